"""After the draw nobody gets another seed: voiding repeats; only two others let the input go."""

import hashlib
import uuid
from datetime import timedelta
from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from clearinghouse.applications.enums import Status as ApplicationStatus
from clearinghouse.applications.models import Application
from clearinghouse.matching import queries, services, snapshot
from clearinghouse.matching.enums import Status
from clearinghouse.matching.models import Discharge, Round, SealedEntry
from clearinghouse.quotas import services as quotas
from clearinghouse.quotas.enums import Status as QuotaStatus
from clearinghouse.quotas.models import Quota
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import Forbidden, Invalid, NotNow
from tests.factories.accounts import make_user
from tests.factories.matching import (
    DRAWN,
    RAN,
    SEALED,
    World,
    execute,
    lead,
    make_world,
    placements,
)

pytestmark = pytest.mark.django_db

LATER = DRAWN + timedelta(days=30)


def void(world: World) -> Round:
    services.void_round(by=world.operator, number=world.number, reason="A mistake.", now=DRAWN)
    repeat = queries.find_repeat(world.round)
    assert repeat is not None
    return repeat


def shop_for_a_seed(world: World) -> Round:
    """Bring the people and postings of a voided round into a new one, past every service."""
    repeat = queries.find_repeat(world.round)
    if repeat is not None:
        services.rounds.RoundQuota.objects.filter(round=repeat).delete()
    Application.objects.update(status="in_pool")
    ids = list(Quota.objects.filter(status="closed").values_list("pk", flat=True))
    quotas.republish_quotas(by=world.operator, quota_ids=ids, now=LATER)
    again = services.plan_round(
        by=world.operator,
        quota_ids=[quota.public_id for quota in world.quotas],
        opens_at=LATER,
        closes_at=LATER + timedelta(days=1),
        now=LATER,
    )
    services.open_round(by=world.operator, number=again.number, now=LATER)
    now = LATER + timedelta(days=2)
    return services.seal_round(by=world.operator, number=again.number, now=now)


def refused(act: Any) -> str | None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act()
    return violated_constraint(refusal.value)


@pytest.mark.parametrize("status", ["drawn", "verified"])
def test_void_after_the_draw_repeats_with_the_same_entries_and_seed(status: str) -> None:
    world = make_world(reserve_share=(0, 100), protected=(2,), status=status)
    repeat = void(world)
    before, after = world.reload(), repeat
    assert before.status == Status.VOIDED
    assert (after.status, after.repeat_of, after.number) == (
        Status.DRAWN,
        before,
        before.number + 1,
    )
    for name in ("seed", "salt", "input_digest", "merkle_root", "rules_digest", "sealed_at"):
        assert getattr(before, name) == getattr(after, name) != ""
    assert snapshot.take(before) == snapshot.take(after)
    assert [(row.party, row.secret) for row in queries.list_secrets(before)] == [
        (row.party, row.secret) for row in queries.list_secrets(after)
    ]
    assert set(Application.objects.values_list("status", flat=True)) == {ApplicationStatus.LOCKED}
    assert set(Quota.objects.values_list("status", flat=True)) == {QuotaStatus.CLOSED}
    assert queries.quota_ids_of(after)


def test_repeat_gives_the_same_result_and_is_released_as_any_round() -> None:
    world = make_world(status="verified")
    expected, digest = placements(world.round), world.reload().plan_digest
    world.round = void(world)
    lead(world, "released")
    assert placements(world.round) == expected
    assert world.round.plan_digest == digest


def test_repeat_can_be_repeated() -> None:
    world = make_world(lists=[[0]], status="drawn")
    first = world.round
    world.round = void(world)
    second = void(world)
    assert [row.number for row in queries.repeat_chain(second)] == [
        second.number,
        world.round.number,
        first.number,
    ]
    assert second.seed == first.seed


def test_void_is_refused_once_secrets_are_revealed() -> None:
    world = make_world(lists=[[0]], status="open")
    auditor, secret = make_user("auditor"), "ab" * 32
    commitment = hashlib.sha256(bytes.fromhex(secret)).hexdigest()
    services.commit_secret(
        by=auditor, number=world.number, commitment=commitment, now=world.round.opens_at
    )
    lead(world, "sealed")
    services.reveal_secret(by=auditor, number=world.number, secret=secret, now=SEALED)
    with pytest.raises(NotNow) as refusal:
        services.void_round(by=world.operator, number=world.number, reason="No.", now=SEALED)
    assert refusal.value.code == "draw_first"
    rows = Round.objects.filter(pk=world.round.pk)
    name = refused(lambda: rows.update(status="voided", void_reason="x"))
    assert name == "matching_round_no_void_after_reveal"


def test_entries_of_a_drawn_round_join_no_other_round() -> None:
    world = make_world(status="drawn")
    void(world)
    assert refused(lambda: shop_for_a_seed(world)) == "matching_round_bound_to_their_draw"


def test_twin_without_the_trigger_an_operator_shops_for_a_seed() -> None:
    world = make_world(status="drawn")
    void(world)
    with pgtrigger.ignore("matching.Round:bound_to_their_draw"):
        again = shop_for_a_seed(world)
    again = services.draw_seed(
        by=world.operator, number=again.number, now=LATER + timedelta(days=3)
    )
    assert again.seed != world.reload().seed
    assert queries.count_entries(again) == len(world.workers)


@pytest.mark.parametrize("column", ["seed", "salt", "input_digest", "merkle_root"])
def test_repeat_with_another_input_is_refused_by_the_database(column: str) -> None:
    world = make_world(lists=[[0]], status="drawn")
    row = void(world)
    row.pk, row.public_id, row.number = None, uuid.uuid4(), 77
    setattr(row, column, "f" * 64)
    row._state.adding = True
    assert refused(lambda: row.save(force_insert=True)) == "matching_round_repeat_is_same"


def agree(repeat: Round, certifier: User, reason: str = "Minors were sealed.") -> Round:
    return services.discharge_entries(by=certifier, number=repeat.number, reason=reason, now=LATER)


def test_two_certifiers_give_the_entries_back() -> None:
    world = make_world(status="drawn")
    repeat = void(world)
    first = make_user("certifier")
    for _ in range(2):
        assert agree(repeat, first).status == Status.DRAWN
    assert Discharge.objects.count() == 1
    assert agree(repeat, make_user("certifier")).status == Status.VOIDED
    assert set(Application.objects.values_list("status", flat=True)) == {ApplicationStatus.IN_POOL}
    assert set(Quota.objects.values_list("status", flat=True)) == {QuotaStatus.PUBLISHED}
    assert world.reload().discharged_at == LATER
    assert shop_for_a_seed(world).input_digest


def test_discharge_refuses_those_who_had_a_hand_and_rounds_that_repeat_nothing() -> None:
    world = make_world(lists=[[0]], status="drawn")
    with pytest.raises(NotNow):
        agree(world.round, make_user("certifier"))
    repeat = void(world)
    for role in ("operator", "auditor", "ombudsperson"):
        with pytest.raises(Forbidden):
            agree(repeat, make_user(role))
    with pytest.raises(Forbidden):
        agree(repeat, world.operator)
    with pytest.raises(Invalid):
        agree(repeat, make_user("certifier"), reason=" ")
    row = {"round": repeat, "certifier": world.operator, "reason": "x", "at": LATER}
    name = refused(lambda: Discharge.objects.create(**row))
    assert name == "matching_certification_by_others"
    row["certifier"] = make_user("certifier")
    Discharge.objects.create(**row)
    assert refused(lambda: Discharge.objects.create(**row)) == "matching_discharge_once"
    row |= {"reason": "", "certifier": make_user("certifier")}
    assert refused(lambda: Discharge.objects.create(**row)) == "matching_discharge_reason"


def test_discharge_by_one_is_refused_by_the_database() -> None:
    world = make_world(lists=[[0]], status="drawn")
    repeat = void(world)
    agree(repeat, make_user("certifier"))
    rows = Round.objects.filter(pk=world.round.pk)
    name = refused(lambda: rows.update(discharged_at=LATER))
    assert name == "matching_round_discharged_by_two"


def test_discharge_stops_a_run_that_is_under_way() -> None:
    world = make_world(lists=[[0]], status="drawn")
    repeat = void(world)
    run = services.request_run(by=world.operator, number=repeat.number, now=RAN)
    for _ in range(2):
        agree(repeat, make_user("certifier"))
    assert execute(run) is None
    assert SealedEntry.objects.filter(round=repeat).exists()
