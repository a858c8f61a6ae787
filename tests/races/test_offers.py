"""Many people answer at the same moment, while places are refilled."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from clearinghouse.offers import services
from clearinghouse.offers.enums import LIVE_STATUSES
from clearinghouse.offers.models import Offer
from clearinghouse.quotas.models import Quota
from clearinghouse.shared.errors import DomainError
from tests.factories.matching import RELEASED, World, make_world
from tests.factories.offers import offer_of, refill_whole

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]

LATER = RELEASED + timedelta(days=1)


def at_once(acts: list[Any]) -> list[Any]:
    """Do these on a connection each at the same moment; return results or refusals."""
    start = threading.Barrier(len(acts))

    def run(act: Any) -> Any:
        try:
            start.wait(timeout=60)
            return act()
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def answer(world: World, number: int, act: str) -> Any:
    worker, offer = world.workers[number], offer_of(world, number)
    verb = getattr(services, act)
    return lambda: verb(by=worker.user, offer_id=offer.public_id, now=LATER).status


def check_invariants(world: World) -> None:
    """No quota over its places, counters true, one live offer a person."""
    live = Offer.objects.filter(status__in=LIVE_STATUSES)
    assert max(Counter(live.values_list("worker_id", flat=True)).values(), default=1) == 1
    for quota in Quota.objects.filter(pk__in=[each.pk for each in world.quotas]):
        seats = Counter(live.filter(quota=quota).values_list("seat", flat=True))
        assert (quota.open_taken, quota.reserved_taken, quota.reverted_taken) == (
            seats["open"],
            seats["reserved"],
            seats["reverted"],
        )
        assert sum(seats.values()) <= quota.places
        assert seats["reserved"] + seats["reverted"] <= quota.reserved


def test_fifty_answers_at_once_count_right() -> None:
    world = make_world(
        [(0,)] * 55, places=(50, 1), reserve_share=(20, 0), protected=(3, 9), experience=[9] * 55
    )
    holders = [
        number
        for number, worker in enumerate(world.workers)
        if Offer.objects.filter(worker=worker).exists()
    ]
    assert len(holders) == 50
    acts = [answer(world, number, "accept" if number % 2 else "decline") for number in holders]
    results = at_once(acts)
    assert set(results) <= {"accepted", "declined", "locked"}
    # Who was told to try again does, and is not told twice in an empty house.
    for number, result in zip(holders, results, strict=True):
        if result == "locked":
            answer(world, number, "accept" if number % 2 else "decline")()
    check_invariants(world)
    expected = Counter("accepted" if number % 2 else "declined" for number in holders)
    assert Counter(Offer.objects.values_list("status", flat=True)) == expected
    refill_whole(world, now=LATER)
    check_invariants(world)
    assert Offer.objects.filter(status="offered").count() == 5


def test_fifty_clicks_on_one_offer_are_one_answer() -> None:
    world = make_world([(0,), (0,)])
    acts = [answer(world, 0, "accept" if number % 2 else "decline") for number in range(50)]
    results = Counter(at_once(acts))
    winner = Offer.objects.get().status
    assert results[winner] + results["locked"] >= 25
    assert set(results) <= {winner, "answered", "locked"}
    check_invariants(world)


def test_answers_during_a_refill_leave_everything_right() -> None:
    lists = [(0, 1), (0, 1), (1, 0), (1, 0), (0, 1), (1,), (0,), (1, 0)]
    world = make_world(lists, places=(3, 2), experience=[9, 8, 7, 6, 5, 4, 3, 2])
    answer(world, 0, "decline")()

    def refill() -> str:
        return "under way" if services.refill(number=world.number, now=LATER) else "done"

    at_once(
        [
            refill,
            answer(world, 1, "accept"),
            refill,
            answer(world, 2, "decline"),
            lambda: services.lapse_due(now=RELEASED),
            refill,
        ]
    )
    refill_whole(world, now=LATER)
    check_invariants(world)
    assert services.refill(number=world.number, now=LATER) is None
    assert Offer.objects.filter(status__in=LIVE_STATUSES).count() == 5
