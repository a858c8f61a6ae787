"""The statistics before certification: a fair draw passes, a manipulated one does not."""

import hashlib
from random import Random
from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, transaction
from scipy import stats

from clearinghouse.matching import queries, selftest, services
from clearinghouse.matching.enums import StatisticalTest, Status
from clearinghouse.matching.models import Certification, Decision, SelfTest
from clearinghouse.matching.services.self_testing import sample_of
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import Conflict
from tests.factories.accounts import make_user
from tests.factories.matching import CERTIFIED, RAN, make_world

PEOPLE = 400


def fair(seed: int, *, people: int = PEOPLE, **over: Any) -> selftest.Sample:
    """Make a round in which nothing matters but chance."""
    rng = Random(seed)
    tickets = [
        int.from_bytes(hashlib.sha256(f"{seed}|{number}".encode()).digest()[:6], "big") / 2**48
        for number in range(people)
    ]
    order = sorted(range(people), key=tickets.__getitem__)
    lottery = [0] * people
    for rank, number in enumerate(order):
        lottery[number] = rank
    stratum = [f"DE-{rng.randrange(4)}|{rng.randrange(3)}" for _ in range(people)]
    given: dict[str, Any] = {
        "lottery": lottery,
        "ticket": tickets,
        "time": [float(number) for number in range(people)],
        "number": list(range(people)),
        "origin": [rng.randrange(20) for _ in range(people)],
        "aim": [rng.choice("ABC") for _ in range(people)],
        "stratum": stratum,
        "first": [int(rank < people // 3) for rank in lottery],
    }
    return selftest.Sample(**{**given, **over})


def failed(sample: selftest.Sample) -> set[str]:
    return {outcome.name for outcome in selftest.examine(sample) if abs(outcome.z) > 4}


def test_names_of_tests_are_those_that_pages_know() -> None:
    assert [row.name for row in selftest.examine(fair(1))] == StatisticalTest.values


def test_fair_draws_pass_and_their_figures_are_standard() -> None:
    rows = [row.z for seed in range(200) for row in selftest.examine(fair(seed, people=200))]
    assert max(map(abs, rows)) < 4
    assert 0.9 < (sum(z * z for z in rows) / len(rows)) ** 0.5 < 1.1


def test_rank_correlation_is_spearmans_and_groups_are_kruskal_wallis() -> None:
    sample = fair(5)
    rho = stats.spearmanr(sample.lottery, sample.time).statistic
    rows = {row.name: row.z for row in selftest.examine(sample)}
    assert rows["lottery_time"] == pytest.approx(rho * (PEOPLE - 1) ** 0.5)
    groups = [
        [rank for rank, aim in zip(sample.lottery, sample.aim, strict=True) if aim == name]
        for name in "ABC"
    ]
    probability = stats.kruskal(*groups).pvalue
    assert rows["lottery_aim"] == pytest.approx(stats.norm.isf(probability), abs=0.1)


def test_twin_earliest_first_is_caught() -> None:
    early = list(range(PEOPLE))
    sample = fair(2, lottery=early, first=[int(rank < PEOPLE // 3) for rank in early])
    assert failed(sample) == {"lottery_time", "lottery_id", "place_time", "place_id"}


def test_twin_places_by_time_under_an_honest_lottery_are_caught() -> None:
    assert failed(fair(3, first=[int(number < 130) for number in range(PEOPLE)])) == {
        "place_time",
        "place_id",
    }


def test_twin_a_favoured_state_and_clustered_tickets_are_caught() -> None:
    sample = fair(4)
    favoured = [rank // 20 for rank in sample.lottery]
    assert "lottery_origin" in failed(fair(4, origin=favoured))
    assert failed(fair(4, ticket=[ticket / 2 for ticket in sample.ticket])) == {"lottery_uniform"}


def test_empty_and_tiny_rounds_have_no_figure_out_of_bounds() -> None:
    assert failed(fair(6, people=0)) == set()
    assert failed(fair(6, people=1)) == set()
    assert failed(fair(6, people=4, lottery=[0, 1, 2, 3])) == set()


@pytest.mark.django_db
def test_certification_waits_for_the_self_test_and_refuses_beyond_its_bounds() -> None:
    world = make_world(
        [(0,)] * 30, experience=[5] * 30, places=(10,), reserve_share=(0,), status="verified"
    )
    kept = queries.find_self_test(world.round)
    assert kept is not None
    assert kept.passed
    assert len(kept.results) == 7
    run = queries.latest_finished_run(world.round)
    assert run is not None
    assert len(sample_of(world.reload(), run).lottery) == 30
    with pgtrigger.ignore():
        entries = dict(Decision.objects.values_list("pk", "entry__application_id"))
        first = min(entries.values())
        for key, number in entries.items():
            Decision.objects.filter(pk=key).update(lottery=number - first)
        SelfTest.objects.all().delete()
    certifier = make_user("certifier")
    with pytest.raises(Conflict) as refusal:
        services.certify(by=certifier, number=world.number, now=CERTIFIED)
    assert refusal.value.code == "self_test_failed"
    assert world.reload().status == Status.VERIFIED
    assert not Certification.objects.exists()


@pytest.mark.django_db
def test_certification_is_refused_by_the_database_too() -> None:
    world = make_world([(0,)], status="verified")
    test = queries.find_self_test(world.round)
    with pytest.raises(IntegrityError), transaction.atomic():
        SelfTest.objects.update(passed=False)
    with pgtrigger.ignore("matching.SelfTest:matching_selftest_no_change"):
        SelfTest.objects.update(passed=False)
    row = {"round": world.round, "certifier": make_user("certifier"), "at": CERTIFIED}
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Certification.objects.create(**row, plan_digest=world.round.plan_digest)
    assert violated_constraint(refusal.value) == "matching_certification_self_test"
    assert services.examine_round(number=world.number, now=RAN) == test
