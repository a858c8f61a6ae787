"""Every move of a place is booked where it happens, and the book agrees with everything else."""

import random
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from clearinghouse.access.checks import SYSTEM
from clearinghouse.applications.models import Wish
from clearinghouse.ledger import queries as ledger
from clearinghouse.ledger.models import Transaction
from clearinghouse.matching import services as rounds
from clearinghouse.matching.causes import Asked, share_causes
from clearinghouse.offers import services
from clearinghouse.offers.models import Offer
from clearinghouse.quotas import services as quotas
from clearinghouse.quotas.models import Quota
from tests.factories.accounts import make_user
from tests.factories.ledger import balances_of, check_balanced
from tests.factories.matching import NOW, RELEASED, SEALED, World, execute, lead, make_world
from tests.factories.offers import offer_of, refill_whole
from tests.factories.quotas import make_quota
from tests.offers.test_refilling import answer, held

pytestmark = pytest.mark.django_db

LATER = RELEASED + timedelta(days=2)


def kinds(quota: Quota) -> list[tuple[str, str]]:
    rows = Transaction.objects.filter(posting=quota.pk).order_by("pk")
    return list(rows.values_list("kind", "cause"))


def test_draft_is_not_in_the_book_until_it_is_published() -> None:
    quota = make_quota(status="approved", places=10)
    assert kinds(quota) == []
    quotas.publish_quota(by=SYSTEM, quota_id=quota.public_id, now=NOW)
    assert balances_of(quota) == {"unallotted": 10}
    check_balanced()


def test_withdrawn_quota_keeps_its_places_in_the_book() -> None:
    quota = make_quota(status="published", places=10)
    never = make_quota(status="withdrawn")
    quotas.withdraw_quota(
        by=make_user("approver", state="DE"), quota_id=quota.public_id, reason="Plan", now=NOW
    )
    assert balances_of(quota) == {"withdrawn": 10}
    assert kinds(never) == []
    row = Transaction.objects.filter(posting=quota.pk).latest("pk")
    assert (row.kind, row.actor) == ("withdrawn", "approver")
    check_balanced()


def test_round_divides_places_and_a_voided_one_gives_them_back() -> None:
    world = make_world(places=(10, 4), reserve_share=(20, 0), status="sealed")
    assert balances_of(world.quotas[0]) == {"open": 8, "reserved": 2}
    assert balances_of(world.quotas[1]) == {"open": 4}
    rounds.void_round(by=world.operator, number=world.number, reason="Fault", now=SEALED)
    assert balances_of(world.quotas[0]) == {"unallotted": 10}
    assert kinds(world.quotas[0]) == [("published", ""), ("allotted", ""), ("voided", "")]
    check_balanced()


def test_release_books_reverted_places_with_their_causes() -> None:
    # Two protected people: one holds a reserved place, the other is placed higher elsewhere.
    world = make_world(
        [(0,), (0,), (0,), (1, 0)],
        places=(6, 1),
        reserve_share=(50, 0),
        protected=(2, 3),
        experience=(9, 8, 1, 9),
    )
    assert balances_of(world.quotas[0]) == {"offered": 3, "reverted": 3}
    booked = ledger.reverted_by_cause([world.quotas[0].pk])
    assert booked == {world.quotas[0].pk: {"placed_higher": 2, "no_eligible": 1}}
    check_balanced()


def test_release_tells_failed_checks_from_nobody_asked() -> None:
    world = make_world(
        [(0, 1), (1,)],
        places=(4, 4),
        reserve_share=(50, 50),
        protected=(0,),
        status="open",
    )
    Wish.objects.filter(application=world.applications[0], quota=world.quotas[0]).update(
        check_status="not_eligible", reasons=["language"]
    )
    lead(world, "released")
    booked = ledger.reverted_by_cause()
    assert booked[world.quotas[0].pk] == {"failed_checks": 1, "no_eligible": 1}
    assert sum(booked[world.quotas[1].pk].values()) == 2
    check_balanced()


@pytest.mark.parametrize(
    ("unfilled", "asked", "causes"),
    [
        (3, Asked(), {"none_ranked": 3}),
        (3, Asked(placed=2), {"no_eligible": 3}),
        (3, Asked(left=1, elsewhere=1), {"declined": 1, "placed_higher": 1, "no_eligible": 1}),
        (2, Asked(left=5, elsewhere=5, failed=5), {"declined": 2}),
        (4, Asked(failed=3), {"failed_checks": 3, "no_eligible": 1}),
        (0, Asked(left=5), {}),
    ],
)
def test_causes_add_up(unfilled: int, asked: Asked, causes: dict[str, int]) -> None:
    assert share_causes(unfilled, asked) == causes
    assert sum(causes.values()) == unfilled


def test_answers_are_booked_one_by_one() -> None:
    world = make_world([(0,)] * 4, places=(4, 1))
    quota = world.quotas[0]
    answer(world, 0, "accept")
    answer(world, 1, "decline")
    assert balances_of(quota) == {"offered": 2, "accepted": 1, "lapsed": 1}
    assert Transaction.objects.filter(posting=quota.pk).latest("pk").actor == "worker"
    check_balanced()
    services.lapse_due(now=offer_of(world, 2).deadline)
    assert balances_of(quota) == {"accepted": 1, "lapsed": 3}
    check_balanced()
    answer(world, 0, "accept")
    assert balances_of(quota) == {"accepted": 1, "lapsed": 3}
    refill_whole(world, now=LATER)
    assert balances_of(quota) == {"accepted": 1, "open": 3}
    check_balanced()


def test_refill_books_improved_holders_and_new_offers() -> None:
    world = make_world([(0,), (0, 1), (1,)])
    answer(world, 0, "decline")
    refill_whole(world, now=LATER)
    assert kinds(world.quotas[1])[-4:] == [
        ("improved", ""),
        ("returned", ""),
        ("taken", ""),
        ("offered", ""),
    ]
    assert [balances_of(quota) for quota in world.quotas] == [{"offered": 1}, {"offered": 1}]
    check_balanced()


def test_refill_takes_a_reverted_place_back_into_the_reserve() -> None:
    # The reserve of X reverted, because protected 1 held an open place; its holder declines.
    world = make_world([(0,), (0,), (0,)], places=(2, 1), reserve_share=(50, 0), protected=(1, 2))
    answer(world, 1, "decline")
    refill_whole(world, now=LATER)
    check_balanced()
    answer(world, 2, "decline")
    refill_whole(world, now=LATER)
    assert ledger.reverted_by_cause()[world.quotas[0].pk] == {"declined": 1}
    assert balances_of(world.quotas[0]) == {"offered": 1, "reverted": 1}
    check_balanced()


def test_place_of_a_holder_elsewhere_is_held_for_the_next_refill() -> None:
    world = make_world([(0,), (0,)], status="certified")
    other = make_world([(0,)])
    elsewhere = Offer.objects.get(round=other.round)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        Offer.objects.filter(pk=elsewhere.pk).update(worker=world.workers[0])
        cursor.execute("SET session_replication_role = origin")
    services.release_round(by=world.operator, number=world.number, now=RELEASED)
    assert balances_of(world.quotas[0]) == {"held": 1}
    check_balanced()
    refill_whole(world, now=LATER)
    assert balances_of(world.quotas[0]) == {"offered": 1}
    check_balanced()


@pytest.mark.parametrize(("order", "seed"), [("open_first", 0), ("reserve_first", 1)])
def test_later_rounds_make_nobody_worse_off_and_balance(order: str, seed: int) -> None:
    draw = random.Random(seed)
    people = 14
    world = make_world(
        [tuple(draw.sample(range(3), draw.randint(1, 3))) for _ in range(people)],
        places=(4, 3, 3),
        reserve_share=(50, 34, 0),
        order=order,
        protected=draw.sample(range(people), 5),
        experience=[draw.randint(0, 9) for _ in range(people)],
    )
    check_balanced()
    ranks = [
        {wish.quota.reference: wish.rank for wish in application.wishes.select_related("quota")}
        for application in world.applications
    ]
    for _generation in range(3):
        before, gone = held(world), _answer_some(world, draw)
        check_balanced()
        refill_whole(world, now=LATER)
        for number, (old, new) in enumerate(zip(before, held(world), strict=True)):
            if old and number not in gone:
                assert new
                assert ranks[number][new] <= ranks[number][old]
        check_balanced()


def _answer_some(world: World, draw: random.Random) -> set[int]:
    gone = set()
    waiting = [
        number
        for number, worker in enumerate(world.workers)
        if Offer.objects.filter(worker=worker, status="offered").exists()
    ]
    for number in draw.sample(waiting, min(3, len(waiting))):
        act = draw.choice(["accept", "decline", "decline"])
        answer(world, number, act)
        gone |= {number} if act == "decline" else set()
    return gone


def test_answers_during_a_refill_are_booked_right() -> None:
    world = make_world([(0,), (0, 1), (1,), (1, 0)])
    answer(world, 0, "decline")
    run = services.refill(number=world.number, now=LATER)
    assert run is not None
    execute(run, now=LATER)
    answer(world, 1, "decline")
    check_balanced()
    refill_whole(world, now=LATER)
    check_balanced()


@pytest.mark.parametrize("order", ["reserve_first"])
def test_opens_the_book_of_an_installation_that_runs_already(order: str) -> None:
    make_quota("ES", "published", places=7)
    quotas.withdraw_quota(
        by=make_user("approver", state="CA"),
        quota_id=make_quota("CA", "published").public_id,
        reason="Plan",
        now=NOW,
    )
    make_quota("CA", "draft")
    make_world(places=(5, 4), reserve_share=(40, 0), status="sealed")
    world = make_world(
        [(0, 1)] * 9,
        places=(6, 2),
        reserve_share=(50, 0),
        order=order,
        protected=(3,),
        experience=(9,) * 9,
    )
    first, second = _holders(world)[:2]
    answer(world, first, "accept")
    answer(world, second, "decline")
    check_balanced()
    before = {quota.pk: balances_of(quota) for quota in Quota.objects.all()}
    call_command("migrate", "ledger", "zero", verbosity=0)
    call_command("migrate", "ledger", verbosity=0)
    assert set(Transaction.objects.values_list("kind", flat=True)) == {"opening", "reverted"}
    check_balanced()
    assert {quota.pk: balances_of(quota) for quota in Quota.objects.all()} == before
    refill_whole(world, now=LATER)
    check_balanced()


def _holders(world: World) -> list[int]:
    return [
        number
        for number, worker in enumerate(world.workers)
        if Offer.objects.filter(worker=worker, status="offered").exists()
    ]
