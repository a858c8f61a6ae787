"""Freed places go to the next by the sealed lists; nobody is ever worse off."""

import random
from datetime import timedelta

import pytest

from clearinghouse.applications.enums import Status as ApplicationStatus
from clearinghouse.matching import queries as matching
from clearinghouse.matching.enums import WishResult
from clearinghouse.matching.models import Run
from clearinghouse.notices.models import Message
from clearinghouse.offers import services
from clearinghouse.offers.enums import LIVE_STATUSES, Status
from clearinghouse.offers.models import Offer
from clearinghouse.quotas.models import Quota
from tests.factories.accounts import make_user
from tests.factories.matching import RELEASED, World, execute, make_world
from tests.factories.offers import offer_of, refill_whole

pytestmark = pytest.mark.django_db

LATER = RELEASED + timedelta(days=2)


def answer(world: World, number: int, act: str) -> Offer:
    user = world.workers[number].user
    assert user is not None
    offer = offer_of(world, number)
    done: Offer = getattr(services, act)(by=user, offer_id=offer.public_id, now=LATER)
    return done


def held(world: World) -> list[str]:
    """Return the reference of the place that each worker holds; empty for none."""
    live = Offer.objects.filter(status__in=LIVE_STATUSES)
    places = dict(live.values_list("worker_id", "quota__reference"))
    return [places.get(worker.pk, "") for worker in world.workers]


def test_refill_does_nothing_without_a_free_place() -> None:
    world = make_world([(0,), (0,)])
    assert services.refill(number=world.number, now=LATER) is None
    assert services.refill_all(now=LATER) == []
    assert Run.objects.count() == 1


def test_refill_gives_a_declined_place_to_the_next_with_a_fresh_deadline() -> None:
    world = make_world([(0,), (0,), (0,)])
    answer(world, 0, "decline")
    (run,) = refill_whole(world, now=LATER)
    run.refresh_from_db()
    assert (run.generation, run.applied_at) == (1, LATER)
    assert held(world) == ["", world.quotas[0].reference, ""]
    assert offer_of(world, 1).deadline == LATER + timedelta(days=14)
    world.applications[1].refresh_from_db()
    assert world.applications[1].status == ApplicationStatus.PLACED
    message = Message.objects.filter(user=world.workers[1].user).latest("pk")
    assert (message.kind, "answer_by" in message.facts) == ("result_ready", True)
    assert Quota.objects.get(pk=world.quotas[0].pk).open_taken == 1


def test_refill_improves_a_waiting_offer_and_cascades() -> None:
    # 0 holds A; 1 wants A, holds B; 2 wants B only. 0 declines: 1 moves up, 2 gets B.
    world = make_world([(0,), (0, 1), (1,)])
    first = offer_of(world, 1)
    answer(world, 0, "decline")
    refill_whole(world, now=LATER)
    first.refresh_from_db()
    assert first.status == Status.IMPROVED
    a, b = (quota.reference for quota in world.quotas)
    assert held(world) == ["", a, b]
    assert Message.objects.filter(kind="offer_improved").count() == 1
    with pytest.raises(Exception, match="better offer"):
        services.accept(
            by=world.workers[1].user,  # type: ignore[arg-type]
            offer_id=first.public_id,
            now=LATER,
        )


def test_refill_leaves_accepted_people_where_they_are() -> None:
    world = make_world([(0,), (0, 1), (1,)])
    answer(world, 1, "accept")
    answer(world, 0, "decline")
    refill_whole(world, now=LATER)
    assert held(world) == ["", world.quotas[1].reference, ""]
    explanation = matching.explain_for(world.workers[1], world.round)
    assert explanation.generation == 0
    assert [wish.result for wish in explanation.wishes] == [
        WishResult.CUTOFF_NOT_MET,
        WishResult.PLACED,
    ]


def test_refill_keeps_reserved_places_for_protected_people() -> None:
    world = make_world(
        [(0,), (0,), (0,), (0,)], places=(2, 1), reserve_share=(50, 0), protected=(2, 3)
    )
    assert offer_of(world, 2).seat == "reserved"
    answer(world, 2, "decline")
    refill_whole(world, now=LATER)
    assert offer_of(world, 3).seat == "reserved"
    assert held(world)[1] == ""


def test_refill_moves_a_holder_to_another_kind_of_place_if_the_rule_says_so() -> None:
    # Protected 1 holds the reserved place; the holder of the open place leaves, 1 is next there.
    world = make_world([(0,), (0,), (0,)], places=(2, 1), reserve_share=(50, 0), protected=(1, 2))
    assert [offer_of(world, number).seat for number in (0, 1)] == ["open", "reserved"]
    answer(world, 1, "accept")
    answer(world, 0, "decline")
    refill_whole(world, now=LATER)
    assert [offer_of(world, number).seat for number in (1, 2)] == ["open", "reserved"]
    quota = Quota.objects.get(pk=world.quotas[0].pk)
    assert (quota.open_taken, quota.reserved_taken) == (1, 1)


def test_refill_discards_a_plan_that_an_answer_has_overtaken() -> None:
    world = make_world([(0,), (0, 1), (1,)])
    answer(world, 0, "decline")
    run = services.refill(number=world.number, now=LATER)
    assert run is not None
    execute(run, now=LATER)
    # The plan moves 1 from B to A; meanwhile 1 accepts B.
    answer(world, 1, "accept")
    following = services.refill(number=world.number, now=LATER)
    assert following is not None
    run.refresh_from_db()
    assert (run.applied_at, run.discarded_at) == (None, LATER)
    assert following.generation == 2
    refill_whole(world, now=LATER)
    assert held(world) == ["", world.quotas[1].reference, ""]
    assert services.refill(number=world.number, now=LATER) is None


def test_refill_ignores_the_place_of_somebody_who_declined_meanwhile() -> None:
    world = make_world([(0,), (0, 1), (1,), (1, 0)])
    answer(world, 0, "decline")
    run = services.refill(number=world.number, now=LATER)
    assert run is not None
    execute(run, now=LATER)
    answer(world, 1, "decline")
    refill_whole(world, now=LATER)
    a, b = (quota.reference for quota in world.quotas)
    assert held(world) == ["", "", b, a]
    assert not Offer.objects.filter(worker=world.workers[1], quota=world.quotas[0]).exists()


def test_refill_asks_once_while_a_run_is_under_way() -> None:
    world = make_world([(0,), (0,), (1,), (1,)])
    answer(world, 0, "decline")
    first = services.refill(number=world.number, now=LATER)
    answer(world, 2, "decline")
    second = services.refill(number=world.number, now=LATER)
    assert first is not None
    assert first == second
    refill_whole(world, now=LATER)
    a, b = (quota.reference for quota in world.quotas)
    assert held(world) == ["", a, "", b]


def test_refill_is_not_asked_again_when_the_same_one_failed() -> None:
    world = make_world([(0,), (0,)])
    answer(world, 0, "decline")
    run = services.refill(number=world.number, now=LATER)
    assert run is not None
    Run.objects.filter(pk=run.pk).update(
        status="failed", failure="The verifier found something.", finished_at=LATER
    )
    assert services.refill(number=world.number, now=LATER) is None
    assert Run.objects.filter(generation=1).count() == 1


def test_refill_offers_nothing_to_holders_of_a_place_in_another_round() -> None:
    world = make_world([(0,), (0,)])
    other = make_world([(0,)])
    Offer.objects.filter(round=other.round).update(status="declined", answered_at=RELEASED)
    elsewhere = Offer.objects.get(round=other.round)
    Offer.objects.bulk_create(
        [
            Offer(
                worker=world.workers[1],
                application=elsewhere.application,
                quota=other.quotas[1],
                round=other.round,
                run=elsewhere.run,
                candidate="moved",
                seat="open",
                offered_at=RELEASED,
                deadline=LATER + timedelta(days=9),
            )
        ]
    )
    answer(world, 0, "decline")
    runs = refill_whole(world, now=LATER)
    assert [run.generation for run in runs] == [1, 2]
    assert Offer.objects.filter(round=world.round, worker=world.workers[1]).count() == 0
    assert services.refill(number=world.number, now=LATER) is None


def test_refills_make_nobody_worse_off_whatever_people_answer() -> None:
    draw = random.Random(2026)
    world = make_world(
        [tuple(draw.sample(range(3), draw.randint(1, 3))) for _ in range(14)],
        places=(3, 2, 2),
        reserve_share=(30, 0, 50),
        protected=(1, 4, 8, 11),
        experience=[draw.randint(0, 9) for _ in range(14)],
    )
    names = [quota.reference for quota in world.quotas]
    ranks = [
        {wish.quota.reference: wish.rank for wish in application.wishes.select_related("quota")}
        for application in world.applications
    ]
    for _ in range(4):
        before = held(world)
        waiting = [
            number
            for number, worker in enumerate(world.workers)
            if Offer.objects.filter(worker=worker, status="offered").exists()
        ]
        gone = set()
        for number in waiting[:2]:
            act = draw.choice(["accept", "decline"])
            answer(world, number, act)
            gone |= {number} if act == "decline" else set()
        refill_whole(world, now=LATER)
        after = held(world)
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            if old and number not in gone:
                assert new
                assert ranks[number][new] <= ranks[number][old]
        for name in names:
            quota = Quota.objects.get(reference=name)
            assert after.count(name) <= quota.places
            counted = quota.open_taken + quota.reserved_taken + quota.reverted_taken
            assert counted == after.count(name)
    for replay in matching.replay(world.round, actor=make_user("certifier")):
        assert replay.agrees
