"""What the public, the secretariat and each person may read of a result."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from clearinghouse import engine
from clearinghouse.applications.models import Wish
from clearinghouse.matching import queries, services, snapshot
from clearinghouse.matching.enums import ReserveCause, WishResult
from clearinghouse.matching.models import Decision, Run, SealedEntry
from clearinghouse.shared.errors import Forbidden, NotFound
from tests.factories.accounts import make_user
from tests.factories.matching import RAN, execute, lead, make_person, make_world

pytestmark = pytest.mark.django_db

# Twelve places at one posting, six of them reserved, ten protected among fifteen who ask.
CROWD: dict[str, Any] = {
    "lists": [(0,)] * 15,
    "places": (12, 1),
    "reserve_share": (50, 0),
    "protected": tuple(range(5, 15)),
}


def test_list_results_is_empty_before_the_release() -> None:
    world = make_world([(0,)], status="certified")
    assert queries.list_results(world.round) == []
    assert queries.summary_of(world.round) is None
    lead(world, "released")
    assert len(queries.list_results(world.round)) == 2


def test_list_results_tells_no_small_numbers_of_protected_people() -> None:
    world = make_world(**CROWD)
    full, _empty = sorted(queries.list_results(world.round), key=lambda row: row.places)[::-1]
    assert (full.places, full.filled.value, full.full, full.reserve) == (12, 12, True, 6)
    assert (_empty.filled.precision, _empty.full) == ("few", False)
    assert full.suppressed
    assert full.others_points is not None
    assert (full.protected_points, full.cutoff_protected, full.protected_closed) == (None,) * 3
    summary = queries.summary_of(world.round)
    assert summary is not None
    assert (summary.applicants.value, summary.placed.value) == (15, 10)
    # Twelve placed less fewer than ten would leave at least three others.
    assert summary.protected_placed.precision == "withheld"
    assert summary.reserved_filled.precision == "few"


def test_list_results_shows_numbers_that_are_large_enough(settings: Settings) -> None:
    settings.SMALLEST_PUBLIC_CELL = 5
    world = make_world(**CROWD)
    full = max(queries.list_results(world.round), key=lambda row: row.places)
    assert full.protected_points == full.cutoff_protected is not None
    assert full.protected_closed is False
    summary = queries.summary_of(world.round)
    assert summary is not None
    assert (summary.reserved_filled.precision, summary.reserved_filled.value) == ("about", 5)
    # Seven less the six of the full reserve would leave one protected person in an open place.
    assert summary.protected_placed.precision == "many"


def test_list_results_takes_a_constant_number_of_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    world = make_world([(0,)])
    with django_assert_num_queries(5):
        queries.list_results(world.round)


@pytest.mark.parametrize(
    ("lists", "protected", "cause"),
    [
        ([(0,), (0,)], (), ReserveCause.NO_ELIGIBLE),
        ([(1, 0), (0,)], (0,), ReserveCause.PLACED_HIGHER),
        ([(0,), (0,)], (0, 1), ReserveCause.NONE),
    ],
)
def test_reserve_cause_says_why_places_reverted(
    lists: list[tuple[int, ...]], protected: tuple[int, ...], cause: ReserveCause
) -> None:
    world = make_world(
        lists, places=(1, 1), reserve_share=(100, 0), protected=protected, status="verified"
    )
    run = queries.latest_finished_run(world.round)
    assert run is not None
    (result,) = run.results.filter(quota=world.quotas[0])
    assert result.reserve_cause == cause
    assert result.open_filled + result.reserved_filled + result.reverted + result.free == 1


def test_reserve_first_counts_reverted_places_too() -> None:
    world = make_world(
        [(0,), (0,)],
        places=(2, 1),
        reserve_share=(50, 0),
        order="reserve_first",
        status="verified",
    )
    run = queries.latest_finished_run(world.round)
    assert run is not None
    (result,) = run.results.filter(quota=world.quotas[0])
    assert (result.open_filled, result.reserved_filled, result.reverted) == (1, 0, 1)
    assert set(Decision.objects.values_list("seat", flat=True)) == {"open"}


def test_figures_are_whole_for_the_secretariat_only() -> None:
    world = make_world(**CROWD)
    some = queries.figures_of(world.round, actor=world.operator)
    assert some is not None
    assert (some.candidates, some.placed, some.verified) == (15, 12, True)
    assert (some.protected_candidates, some.protected_placed, some.reserve_filled) == (None,) * 3
    figures = queries.figures_of(world.round, actor=make_user("certifier"))
    assert figures is not None
    assert (figures.candidates, figures.protected_candidates) == (15, 10)
    assert (figures.placed, figures.protected_placed) == (12, 7)
    assert (figures.reserve_filled, figures.reserve_reverted, figures.verified) == (6, 0, True)
    for stranger in (make_user("worker"), make_user("approver", state="DE"), None):
        with pytest.raises(Forbidden):
            queries.figures_of(world.round, actor=stranger)
        with pytest.raises(Forbidden):
            queries.market_json(world.round, actor=stranger)
        with pytest.raises(Forbidden):
            queries.plan_json(world.round, actor=stranger)


def test_sealed_market_is_not_for_whoever_operates() -> None:
    world = make_world([(0,)], status="verified")
    for read in (queries.market_json, queries.plan_json, queries.replay):
        with pytest.raises(Forbidden):
            read(world.round, actor=world.operator)
        assert read(world.round, actor=make_user("certifier"))


def test_posting_with_all_places_reserved_is_closed_to_others(settings: Settings) -> None:
    settings.SMALLEST_PUBLIC_CELL = 2
    world = make_world([(0,)] * 6, places=(2, 1), reserve_share=(100, 0), protected=range(4))
    full = max(queries.list_results(world.round), key=lambda row: row.places)
    assert (full.cutoff_others, full.others_closed) == (None, True)
    assert full.protected_closed is False


def test_market_and_plan_of_a_refill_can_be_verified() -> None:
    world = make_world([(0,), (0,), (1,)])
    auditor = make_user("auditor")
    gone = SealedEntry.objects.get(worker=world.workers[0]).candidate
    run = services.request_refill(round_=world.reload(), withdrawn=[gone], accepted={}, now=RAN)
    assert run is not None
    assert queries.market_json(world.round, actor=auditor, generation=1) is None
    execute(run)
    documents = []
    for generation in (0, 1):
        document = queries.market_json(world.round, actor=auditor, generation=generation)
        plan = queries.plan_json(world.round, actor=auditor, generation=generation)
        assert document is not None and plan is not None
        assert engine.verify(engine.read_market(document), engine.read_plan(plan)) == []
        documents.append(document)
    assert gone in str(documents[0])
    assert documents[0] == queries.market_json(world.round, actor=auditor)
    Run.objects.filter(pk=run.pk).update(discarded_at=RAN)
    for read in (queries.market_json, queries.plan_json):
        with pytest.raises(NotFound):
            read(world.round, actor=auditor, generation=1)


def test_market_and_plan_can_be_verified_by_the_command_line_formats() -> None:
    world = make_world(**CROWD, status="verified")
    auditor = make_user("auditor")
    sealed = queries.market_json(world.round, actor=auditor)
    assert sealed is not None
    market = engine.read_market(sealed)
    document = queries.plan_json(world.round, actor=auditor)
    assert document is not None
    assert engine.verify(market, engine.read_plan(document)) == []
    assert document["digest"] == world.reload().plan_digest
    assert engine.market_digest(market) == world.round.market_digest
    text = str(sealed) + str(document)
    assert "Odhiambo" not in text
    assert all(str(each.public_id) not in text for each in world.applications)


def test_explain_for_agrees_with_the_engine_for_everybody() -> None:
    world = make_world(
        [(0, 1), (1, 0), (0, 1), (1, 0), (0,), (1,), (0, 1), ()],
        places=(2, 1),
        reserve_share=(50, 100),
        protected=(4, 6),
        experience=(5, 5, 5, 9, 3, 9, 3, 1),
    )
    market, run = snapshot.take(world.round), queries.find_applied_run(world.round)
    assert run is not None
    plan = snapshot.plan_of(run)
    for worker in world.workers[:-1]:
        found = queries.explain_for(worker, world.round)
        entry = SealedEntry.objects.get(worker=worker)
        expected = engine.explain(market, plan, entry.candidate)
        assert found.lottery_place == expected.lottery_rank + 1
        assert found.lottery_of == expected.candidates == 7
        assert (found.quota.reference if found.quota else None) == expected.posting
        assert (found.seat or None) == expected.seat
        told = [
            (wish.posting, wish.result, wish.points, wish.cutoff, wish.gap, wish.points_needed)
            for wish in found.wishes
        ]
        assert told == [
            (
                wish.posting,
                wish.reason.value,
                wish.points,
                wish.cutoff_points,
                wish.points_short,
                wish.points_needed,
            )
            for wish in expected.wishes
        ]
        assert all(sum(points for _, points in wish.parts) == wish.points for wish in found.wishes)


def test_explain_for_tells_about_wishes_that_were_not_in_the_ballot() -> None:
    world = make_world([(0, 1)], status="open")
    Wish.objects.filter(quota=world.quotas[0]).update(
        check_status="not_eligible", reasons=["language", "experience"]
    )
    lead(world, "released")
    first, second = queries.explain_for(world.workers[0], world.round).wishes
    assert (first.choice, first.result) == (1, WishResult.NOT_ELIGIBLE)
    assert first.reasons == ("language", "experience")
    assert (second.choice, second.result) == (2, WishResult.PLACED)


def test_explain_for_is_shown_after_the_release_and_to_entrants_only() -> None:
    world = make_world([(0,)], status="certified")
    with pytest.raises(NotFound):
        queries.explain_for(world.workers[0], world.round)
    assert list(queries.list_rounds_of(world.workers[0])) == []
    lead(world, "released")
    assert queries.explain_for(world.workers[0], world.round).placed
    assert list(queries.list_rounds_of(world.workers[0])) == [world.round]
    with pytest.raises(NotFound):
        queries.explain_for(make_person(3), world.round)


def test_explain_for_costs_the_same_in_a_large_round(
    django_assert_max_num_queries: Any,
) -> None:
    world = make_world([(0, 1)] * 8)
    with django_assert_max_num_queries(12):
        queries.explain_for(world.workers[7], world.round)


def test_explain_for_names_nobody() -> None:
    world = make_world([(0,), (0,), (0,)])
    text = repr(queries.explain_for(world.workers[2], world.round).wishes)
    others = SealedEntry.objects.exclude(worker=world.workers[2])
    assert all(entry.candidate not in text for entry in others)
