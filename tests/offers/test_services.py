"""Offers: made at the release, answered once, lapsed by the clock."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from pytest_django import Settings

from clearinghouse.applications.enums import Status as ApplicationStatus
from clearinghouse.notices.models import Message
from clearinghouse.offers import queries, services
from clearinghouse.offers.enums import Status
from clearinghouse.offers.lifecycle import LIFECYCLE
from clearinghouse.offers.models import Offer
from clearinghouse.quotas.models import Quota
from clearinghouse.shared.errors import Conflict, Forbidden, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.ledger import book_offer
from tests.factories.matching import CERTIFIED, RELEASED, lead, make_world
from tests.factories.offers import offer_of

pytestmark = pytest.mark.django_db


def taken(quota: Quota) -> tuple[int, int, int]:
    quota.refresh_from_db()
    return quota.open_taken, quota.reserved_taken, quota.reverted_taken


def test_release_round_makes_offers_counts_places_and_tells_everybody() -> None:
    world = make_world(
        [(0,), (0,), (0,), (1,)], places=(2, 1), reserve_share=(50, 0), protected=(2,)
    )
    offers = Offer.objects.order_by("worker_id")
    assert [(offer.worker_id, offer.seat) for offer in offers] == [
        (world.workers[0].pk, "open"),
        (world.workers[2].pk, "reserved"),
        (world.workers[3].pk, "open"),
    ]
    assert {offer.deadline for offer in offers} == {RELEASED + timedelta(days=14)}
    assert [taken(quota) for quota in world.quotas] == [(1, 1, 0), (1, 0, 0)]
    for application in world.applications:
        application.refresh_from_db()
    assert [application.status for application in world.applications] == [
        ApplicationStatus.PLACED,
        ApplicationStatus.UNPLACED,
        ApplicationStatus.PLACED,
        ApplicationStatus.PLACED,
    ]
    messages = Message.objects.filter(kind="result_ready")
    assert {message.user_id for message in messages} == {each.user_id for each in world.workers}
    # The same words for those with and without a place, protected or not.
    assert {str(message.facts) for message in messages} == {str({"round": world.number})}


def test_release_round_refuses_early_and_others_and_writes_nothing() -> None:
    world = make_world([(0,)], status="verified")
    with pytest.raises(NotNow):
        services.release_round(by=world.operator, number=world.number, now=CERTIFIED)
    lead(world, "certified")
    with pytest.raises(Forbidden):
        services.release_round(by=make_user("certifier"), number=world.number, now=RELEASED)
    assert not Offer.objects.exists()
    services.release_round(by=world.operator, number=world.number, now=RELEASED)
    with pytest.raises(NotNow):
        services.release_round(by=world.operator, number=world.number, now=RELEASED)
    assert Offer.objects.count() == 1


def test_accept_twice_is_one_answer() -> None:
    world = make_world([(0,)])
    offer, user = offer_of(world, 0), world.workers[0].user
    assert user is not None
    first = services.accept(by=user, offer_id=offer.public_id, now=RELEASED)
    again = services.accept(by=user, offer_id=offer.public_id, now=RELEASED + timedelta(days=30))
    assert (first.status, again.status) == (Status.ACCEPTED, Status.ACCEPTED)
    assert again.answered_at == RELEASED
    with pytest.raises(Conflict) as refusal:
        services.decline(by=user, offer_id=offer.public_id, now=RELEASED)
    assert refusal.value.code == "answered"
    assert taken(world.quotas[0]) == (1, 0, 0)


def test_decline_frees_the_place_once() -> None:
    world = make_world([(0,)])
    offer, user = offer_of(world, 0), world.workers[0].user
    assert user is not None
    for _ in range(2):
        declined = services.decline(by=user, offer_id=offer.public_id, now=RELEASED)
    assert declined.status == Status.DECLINED
    assert taken(world.quotas[0]) == (0, 0, 0)
    with pytest.raises(Conflict):
        services.accept(by=user, offer_id=offer.public_id, now=RELEASED)
    world.applications[0].refresh_from_db()
    assert world.applications[0].status == ApplicationStatus.UNPLACED


@pytest.mark.parametrize("act", ["accept", "decline"])
def test_answer_is_refused_after_the_deadline(act: str) -> None:
    world = make_world([(0,)])
    offer, user = offer_of(world, 0), world.workers[0].user
    assert user is not None
    with pytest.raises(NotNow) as refusal:
        getattr(services, act)(by=user, offer_id=offer.public_id, now=offer.deadline)
    assert refusal.value.code == "late"
    services.lapse_due(now=offer.deadline)
    with pytest.raises(NotNow):
        getattr(services, act)(by=user, offer_id=offer.public_id, now=offer.deadline)


def test_offers_of_others_do_not_exist() -> None:
    world = make_world([(0,), (1,)])
    offer = offer_of(world, 0)
    stranger = world.workers[1].user
    assert stranger is not None
    for act in (services.accept, services.decline):
        with pytest.raises(NotFound):
            act(by=stranger, offer_id=offer.public_id, now=RELEASED)
    with pytest.raises(NotFound):
        queries.get_own(stranger, offer.public_id)
    with pytest.raises(Forbidden):
        services.accept(by=world.operator, offer_id=offer.public_id, now=RELEASED)
    assert [each.worker_id for each in queries.list_own(world.workers[1])] == [world.workers[1].pk]


def test_helper_with_a_mandate_answers_for_a_person_on_paper() -> None:
    from tests.factories.people import make_paper_person

    world = make_world([(0,)])
    helper = make_user("helper")
    offer = offer_of(world, 0)
    person = make_paper_person(helper, now=RELEASED)
    assert queries.find_live(person) is None
    with pytest.raises(NotFound):
        services.accept(by=helper, offer_id=offer.public_id, now=RELEASED)
    Offer.objects.bulk_create(
        [
            Offer(
                worker=person,
                application=offer.application,
                quota=world.quotas[1],
                round=offer.round,
                run=offer.run,
                candidate="paper",
                seat="open",
                offered_at=RELEASED,
                deadline=offer.deadline,
            )
        ]
    )
    book_offer(world.quotas[1])
    own = queries.find_live(person)
    assert own is not None
    assert services.accept(by=helper, offer_id=own.public_id, now=RELEASED).status == "accepted"


def test_lapse_due_frees_places_and_tells() -> None:
    world = make_world([(0,), (1,)])
    user = world.workers[1].user
    assert user is not None
    services.accept(by=user, offer_id=offer_of(world, 1).public_id, now=RELEASED)
    deadline = offer_of(world, 0).deadline
    assert services.lapse_due(now=deadline - timedelta(seconds=1)) == 0
    assert services.lapse_due(now=deadline) == 1
    assert services.lapse_due(now=deadline) == 0
    assert Counter(Offer.objects.values_list("status", flat=True)) == {"lapsed": 1, "accepted": 1}
    assert [taken(quota) for quota in world.quotas] == [(0, 0, 0), (1, 0, 0)]
    assert Message.objects.get(kind="offer_lapsed").user_id == world.workers[0].user_id


def test_remind_due_sends_two_reminders_and_no_more() -> None:
    world = make_world([(0,)])
    sent = [
        services.remind_due(now=RELEASED + timedelta(days=day)) for day in (0, 6, 7, 8, 11, 12, 13)
    ]
    assert sent == [0, 0, 1, 0, 0, 1, 0]
    messages = Message.objects.filter(kind="offer_reminder")
    assert messages.count() == 2
    assert messages[0].facts == {"answer_by": offer_of(world, 0).deadline.isoformat()}


def test_remind_due_after_a_pause_sends_one_and_skips_the_answered() -> None:
    world = make_world([(0,), (1,)])
    user = world.workers[1].user
    assert user is not None
    services.accept(by=user, offer_id=offer_of(world, 1).public_id, now=RELEASED)
    assert services.remind_due(now=RELEASED + timedelta(days=13)) == 1
    assert services.remind_due(now=RELEASED + timedelta(days=13)) == 0
    assert services.remind_due(now=RELEASED + timedelta(days=15)) == 0


def test_offer_days_are_a_setting(settings: Settings) -> None:
    settings.OFFER_DAYS = 3
    world = make_world([(0,)])
    assert offer_of(world, 0).deadline == RELEASED + timedelta(days=3)


def test_list_of_state_counts_answers_for_the_own_state_only() -> None:
    world = make_world([(0,), (1,)])
    user = world.workers[0].user
    assert user is not None
    services.accept(by=user, offer_id=offer_of(world, 0).public_id, now=RELEASED)
    (row,) = queries.list_of_state(make_user("caseworker", state="DE"))
    assert (row["reference"], row["accepted"], row["waiting"]) == (
        world.quotas[0].reference,
        1,
        0,
    )
    assert queries.list_of_state(make_user("caseworker", state="ES")) == []
    with pytest.raises(Forbidden):
        queries.list_of_state(make_user("origin_officer", state="DE"))


def test_database_keeps_one_live_offer_a_person() -> None:
    world = make_world([(0,)])
    offer = offer_of(world, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.create(
            worker=offer.worker,
            application=offer.application,
            quota=world.quotas[1],
            round=offer.round,
            run=offer.run,
            candidate="somebody",
            seat="open",
            offered_at=RELEASED,
            deadline=offer.deadline,
        )


def test_database_refuses_hand_made_changes() -> None:
    world = make_world([(0,)])
    offer = offer_of(world, 0)
    changes = (
        {"quota": world.quotas[1]},
        {"candidate": "another"},
        {"status": "accepted"},
        {"deadline": RELEASED},
    )
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            Offer.objects.filter(pk=offer.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        offer.delete()
    services.lapse_due(now=offer.deadline)
    with pytest.raises(DatabaseError), transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(status="accepted")


def test_lifecycle_ends_everywhere_but_where_it_starts() -> None:
    assert LIFECYCLE.statuses == frozenset(Status.values)
    assert LIFECYCLE.ends == frozenset(Status.values) - LIFECYCLE.start
