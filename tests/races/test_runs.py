"""Many processes want the same run at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from clearinghouse.matching import services
from clearinghouse.matching.enums import RunStatus
from clearinghouse.matching.models import Decision, Run
from clearinghouse.matching.services import runs
from clearinghouse.matching.services.computing import compute
from clearinghouse.matching.services.lease import keep_alive
from clearinghouse.matching.services.progress import Meter
from clearinghouse.shared import clock
from tests.factories.matching import RAN, World, make_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]


def at_once(count: int, act: Any) -> list[Any]:
    """Do the same on so many connections at the same moment."""
    start = threading.Barrier(count)

    def run(number: int) -> Any:
        try:
            start.wait(timeout=30)
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def ask(world: World) -> Run:
    return services.request_run(by=world.operator, number=world.number, now=RAN)


def test_request_run_from_eight_clicks_is_one_run() -> None:
    world = make_world([(0,)], status="drawn")
    found = at_once(8, lambda _number: ask(world).pk)
    assert len(set(found)) == 1
    assert Run.objects.count() == 1


def test_same_message_delivered_to_eight_workers_is_done_once() -> None:
    world = make_world([(0,), (0,), (1, 0)], status="drawn")
    run = ask(world)

    def deliver(number: int) -> Run | None:
        return services.execute_run(
            run_id=run.public_id, pid=number + 1, host="race", clock=clock.now
        )

    done = [result for result in at_once(8, deliver) if result is not None]
    assert [result.status for result in done] == [RunStatus.FINISHED]
    assert done[0].attempt == 1
    assert Decision.objects.count() == 3


def test_two_workers_that_both_think_the_run_is_theirs_write_it_once() -> None:
    world = make_world([(0,), (0,)], status="drawn")
    run = ask(world)
    claims = [
        runs._claim(run.public_id, pid=pid, host="race", now=RAN + timedelta(minutes=pid))
        for pid in (1, 2)
    ]
    meters = [Meter(claim, lambda: RAN, {}) for claim in claims if claim is not None]
    # The second claim is the one that may tell how far it is.
    outcome = compute(meters[1]._run, meters[1])

    def write(number: int) -> bool:
        claim = claims[number]
        assert claim is not None
        return runs.write_result(claim, outcome, meters[number], now=RAN)

    assert at_once(2, write) == [False, True]
    assert Decision.objects.count() == 2


def test_lease_is_renewed_while_a_stage_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "RUN_LEASE_SECONDS", 0.3)
    world = make_world([(0,)], status="drawn")
    run = runs._claim(ask(world).public_id, pid=1, host="a", now=RAN)
    assert run is not None
    later = RAN + timedelta(hours=1)
    renewed = threading.Event()

    def seen() -> Any:
        renewed.set()
        return later

    with keep_alive(run, seen):
        assert renewed.wait(timeout=10)
    run.refresh_from_db()
    assert run.lease_until is not None
    assert run.lease_until > later
    assert runs._claim(run.public_id, pid=2, host="b", now=later) is None
