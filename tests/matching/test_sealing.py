"""What is sealed stays, and what happens outside afterwards changes nothing."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from clearinghouse import engine
from clearinghouse.applications.enums import Status as ApplicationStatus
from clearinghouse.applications.models import Wish
from clearinghouse.applications.queries import Ballot
from clearinghouse.matching import services, snapshot
from clearinghouse.matching.enums import Status
from clearinghouse.matching.models import Round, SealedEntry, SealedPosting
from clearinghouse.matching.services.sealing import candidate_id, entries_of
from clearinghouse.people.models import Worker
from clearinghouse.quotas.enums import Criterion
from clearinghouse.quotas.enums import Status as QuotaStatus
from clearinghouse.quotas.models import Quota
from clearinghouse.quotas.queries import list_by_ids
from clearinghouse.shared.errors import Forbidden, NotNow
from tests.factories.accounts import make_user
from tests.factories.matching import CLOSES, SEALED, World, lead, make_world, placements
from tests.factories.protection import make_determination

pytestmark = pytest.mark.django_db


def ballots_of(world: World) -> list[Ballot]:
    """List the ballots as the live tables have them now, locked or not."""
    return [
        Ballot(
            application.pk,
            application.public_id,
            application.worker_id,
            tuple(application.wishes.order_by("rank").values_list("quota_id", "rank")),
        )
        for application in world.applications
    ]


def live_market(world: World) -> engine.Market:
    """Build the market from live rows, as no code of the house does after the seal."""
    quotas = list(list_by_ids([quota.pk for quota in world.quotas]))
    entries = entries_of(world.round.salt, quotas, ballots_of(world), on=SEALED.date())
    return engine.Market(
        seed=world.round.seed,
        postings=tuple(
            sorted(
                (
                    engine.Posting(
                        quota.reference,
                        quota.state.iso2,
                        quota.places,
                        quota.reserved,
                        engine.Order(quota.reserve_order),
                    )
                    for quota in quotas
                ),
                key=lambda posting: posting.id,
            )
        ),
        caps=(),
        candidates=tuple(
            sorted(
                (
                    engine.Candidate(
                        entry.candidate,
                        entry.protected,
                        tuple(
                            engine.Wish(*wish)
                            for wish in zip(entry.postings, entry.points, strict=True)
                        ),
                    )
                    for entry in entries
                ),
                key=lambda candidate: candidate.id,
            )
        ),
    )


def edit_everything(world: World) -> None:
    """Change points, wishes, protected status and quotas, as no guard would let anybody."""
    Worker.objects.update(experience_years=1)
    Wish.objects.filter(application=world.applications[0]).delete()
    make_determination(world.workers[3], effective_on=(SEALED - timedelta(days=5)).date())
    Quota.objects.update(places=5, weight_occupation=900)


def test_seal_round_copies_points_protection_and_order() -> None:
    world = make_world(
        [(0, 1), (1,)], reserve_share=(0, 100), protected=(1,), experience=(7, 3), status="sealed"
    )
    first, second = SealedEntry.objects.order_by("application_id")
    de, fr = (quota.reference for quota in world.quotas)
    assert (first.postings, first.points, first.ranks) == ([0, 1], [90, 90], [1, 2])
    assert (second.postings, second.points, second.protected) == ([1], [50], True)
    assert first.parts == [[0, 70, 0, 20, 0]] * 2
    assert list(Criterion)[1] == Criterion.EXPERIENCE
    rows = SealedPosting.objects.order_by("number")
    assert list(rows.values_list("posting", "number", "places", "reserve")) == [
        (de, 0, 1, 0),
        (fr, 1, 1, 1),
    ]
    assert first.candidate == candidate_id(world.round.salt, world.applications[0].public_id)
    assert len(first.candidate) == 32


def test_seal_round_closes_quotas_and_locks_applications() -> None:
    world = make_world([(0,)], status="sealed")
    world.applications[0].refresh_from_db()
    assert world.applications[0].status == ApplicationStatus.LOCKED
    assert set(Quota.objects.values_list("status", flat=True)) == {QuotaStatus.CLOSED}
    market = snapshot.take(world.round)
    assert world.round.input_digest == engine.input_digest(market)


def test_seal_round_takes_eligible_wishes_only() -> None:
    world = make_world([(0, 1), (0, 1)], status="open")
    Wish.objects.filter(application=world.applications[0], quota=world.quotas[0]).update(
        check_status="not_eligible", reasons=["language"]
    )
    Wish.objects.filter(application=world.applications[1]).update(
        check_status="waiting", decided_by=None, decided_at=None
    )
    lead(world, "sealed")
    (entry,) = SealedEntry.objects.all()
    assert (entry.postings, entry.ranks) == ([1], [2])
    world.applications[1].refresh_from_db()
    assert world.applications[1].status == ApplicationStatus.IN_POOL


def test_seal_round_refuses_before_the_lists_close() -> None:
    world = make_world([], status="open")
    with pytest.raises(NotNow) as refusal:
        services.seal_round(
            by=world.operator, number=world.number, now=CLOSES - timedelta(seconds=1)
        )
    assert refusal.value.code == "too_early"
    with pytest.raises(Forbidden):
        services.seal_round(by=make_user("certifier"), number=world.number, now=SEALED)
    assert world.reload().status == Status.OPEN
    services.seal_round(by=world.operator, number=world.number, now=CLOSES)
    with pytest.raises(NotNow):
        services.seal_round(by=world.operator, number=world.number, now=SEALED)


def test_edits_after_the_seal_change_no_result() -> None:
    world = make_world(reserve_share=(0, 100), protected=(2,), status="drawn")
    sealed, live = snapshot.take(world.round), live_market(world)
    assert sealed == live
    expected = engine.match(sealed)
    edit_everything(world)
    # The twin: the same question put to live rows does get another answer.
    assert engine.match(live_market(world)).digest != expected.digest
    lead(world, "verified")
    assert world.reload().plan_digest == expected.digest
    assert sum(bool(posting) for posting, _seat in placements(world.round).values()) == 2


@pytest.mark.parametrize("model", [SealedEntry, SealedPosting])
def test_sealed_rows_refuse_every_change(model: type[SealedEntry] | type[SealedPosting]) -> None:
    make_world([(0,)], status="sealed")
    for change in ({"round_id": 0}, {"id": 77}):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.all().delete()


@pytest.mark.parametrize("column", ["input_digest", "salt", "seed"])
def test_sealed_columns_of_a_round_stay(column: str) -> None:
    world = make_world([(0,)], status="drawn")
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.filter(pk=world.round.pk).update(**{column: "f" * 64})
