"""The time of an answer does not tell hidden from absent, on six routes that look a person up.

`TIMING_PAIRS` (gate: 0, nightly: 6000) is the number of pairs a route. The gate only proves that
the meter works: it must see two milliseconds.
"""

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from statistics import median
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import transaction

from clearinghouse.applications.models import Application
from clearinghouse.people.models import Worker
from tests.worlds.canaries import settle
from tests.worlds.cast import BEGIN, assemble
from tests.worlds.chance import held
from tests.worlds.doors import Call, Doors, find_route
from tests.worlds.scanner import Scanner
from tests.worlds.timing import Measured, auc, measure

pytestmark = pytest.mark.django_db

PAIRS = int(os.environ.get("TIMING_PAIRS", "0"))
BOUND = 0.03

ROUTES = (
    ("state-check", "caseworker", "GET", "application_id"),
    ("api-file", "caseworker", "GET", "application_id"),
    ("api-file-check-all", "caseworker", "POST", "application_id"),
    ("api-application", "worker", "GET", "application_id"),
    ("helper-person", "helper", "GET", "worker_id"),
    ("worker-application-receipt", "worker", "GET", "application_id"),
)


@pytest.fixture
def lookup(db: None) -> Iterator[Callable[[str, str, str, str], Callable[[str], Any]]]:
    """Give, for a route, what asks it for an id and undoes whatever the answer wrote."""
    with held(BEGIN) as (chance, watch):
        watch.hold_database()
        with chance.named("world"):
            cast = assemble()
        with chance.named("canaries"):
            settle(cast, Scanner())
        doors = Doors(cast, chance)

        def make(route: str, account: str, method: str, blank: str) -> Callable[[str], Any]:
            address = find_route(route)

            def ask(public_id: str) -> Any:
                path = address.filled({blank: public_id})
                kind = "application/json" if method == "POST" else ""
                answer = doors.ask(Call(account, path, method, "{}" if kind else None, kind))
                assert answer.status in {403, 404}, answer
                return answer

            # Signed in before the first answer is undone.
            ask(str(UUID(int=7)))
            return ask

        yield make


def hidden_ids(blank: str) -> list[str]:
    """Return ids of shielded people, or of their applications."""
    hidden = Worker.objects.exclude(shield=[])
    rows: Any = hidden if blank == "worker_id" else Application.objects.filter(worker__in=hidden)
    return [str(one) for one in rows.values_list("public_id", flat=True)]


@pytest.mark.skipif(not PAIRS, reason="nightly: set TIMING_PAIRS")
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route[0])
def test_time_tells_nothing(
    lookup: Any, progress: Any, note: Any, route: tuple[str, str, str, str]
) -> None:
    def rest(done: int) -> None:
        cache.clear()
        progress(done, PAIRS, f"pairs at {route[0]}")

    measured = _measure(lookup(*route), route[0], route[-1], PAIRS, rest)
    whole, typical = measured.auc, measured.typical
    took = 1000 * median(measured.hidden), 1000 * median(measured.absent)
    milliseconds = "{:.2f} against {:.2f} ms".format(*took)
    note(f"{PAIRS:,} pairs", f"AUC {whole:.3f}, of blocks {typical:.3f}, {milliseconds}")
    # With few pairs chance alone goes further than the bound.
    bound = max(BOUND, 3 * measured.spread)
    assert abs(whole - 0.5) <= bound, (whole, milliseconds)
    assert abs(typical - 0.5) <= bound, (typical, milliseconds)


def test_twin_two_milliseconds_are_seen() -> None:
    def slower(public_id: str) -> None:
        time.sleep(0.002 if public_id == "hidden" else 0)

    def meter(ask: Callable[[str], object]) -> float:
        random = Random("meter")
        absent = partial(str, "absent")
        return measure("", ask, hidden=["hidden"], absent=absent, pairs=100, random=random).auc

    assert meter(slower) > 0.9
    # The same work for both: no more than chance makes of so few pairs on a busy machine.
    assert 0.25 < meter(len) < 0.75


@pytest.mark.skipif(not PAIRS, reason="nightly: set TIMING_PAIRS")
def test_twin_two_milliseconds_are_seen_on_a_route(lookup: Any) -> None:
    route, account, method, blank = ROUTES[1]
    ask, hidden = lookup(route, account, method, blank), set(hidden_ids(blank))

    def slower(public_id: str) -> None:
        if public_id in hidden:
            time.sleep(0.002)
        ask(public_id)

    assert _measure(slower, route, blank, PAIRS).auc > 0.5 + BOUND


def test_the_area_of_equal_and_of_parted_samples() -> None:
    assert auc([1, 2, 3], [1, 2, 3]) == 0.5
    assert auc([3, 4], [1, 2]) == 1.0
    assert auc([1, 2], [3, 4]) == 0.0


def _measure(
    ask: Callable[[str], object],
    route: str,
    blank: str,
    pairs: int,
    rest: Callable[[int], object] = lambda _done: cache.clear(),
) -> Measured:
    random = Random(route)

    def fresh(public_id: str) -> object:
        with transaction.atomic():
            answer = ask(public_id)
            transaction.set_rollback(True)
        return answer

    return measure(
        route,
        fresh,
        hidden=hidden_ids(blank),
        absent=lambda: str(UUID(int=random.getrandbits(128), version=4)),
        pairs=pairs,
        random=random,
        rest=rest,
    )
