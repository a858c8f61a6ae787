"""A worker may be killed anywhere, and the queue may forget everything: no work is lost."""

import os
from signal import SIGKILL

import pytest
import redis
from django.conf import settings

from clearinghouse import engine
from clearinghouse.audit.models import Event
from clearinghouse.matching import services, snapshot
from clearinghouse.matching.enums import RunStatus
from clearinghouse.matching.models import Decision, PostingResult, Run
from clearinghouse.notices.models import Message
from clearinghouse.shared import clock
from tests.background.celery_worker import until, worker
from tests.factories.accounts import make_user
from tests.factories.matching import World, make_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# Every point there is, in processes that start faster: tests/fire/test_killed_anywhere.py.
POINTS = ("reading", "writing_decisions", "before_commit")


@pytest.fixture(autouse=True)
def queue() -> redis.Redis:
    """Give an empty queue to each test, and leave one behind."""
    address = settings.REDIS_URL.replace("redis+socket://", "unix://")
    client: redis.Redis = redis.Redis.from_url(address)
    client.flushall()
    return client


def ask(world: World) -> Run:
    return services.request_run(by=world.operator, number=world.number, now=clock.now())


def sweep_until_finished(run: Run) -> None:
    """Sweep as the beat does every few seconds, until the run is finished."""

    def finished() -> bool:
        services.sweep(now=clock.now())
        run.refresh_from_db()
        return run.status == RunStatus.FINISHED

    until(finished)


def test_worker_process_killed_again_and_again_gives_the_same_plan_once() -> None:
    make_user("certifier")
    world = make_world(
        [(0, 1), (1, 0), (0,), (1,), (0, 1)], reserve_share=(0, 100), protected=(3,), status="drawn"
    )
    expected = engine.match(snapshot.take(world.round))
    run = ask(world)
    deaths = ",".join(f"{point}@{turn}" for turn, point in enumerate(POINTS, start=1))
    with worker(deaths, pool="prefork") as process:
        sweep_until_finished(run)
        master = process.pid
    assert run.attempt == len(POINTS) + 1
    assert world.reload().status == "verified"
    assert world.round.plan_digest == run.plan_digest == expected.digest
    assert snapshot.plan_of(run) == expected
    assert Decision.objects.count() == 5
    assert PostingResult.objects.count() == 2
    claims = Event.objects.filter(verb="run_claimed").values_list("facts", flat=True)
    # Every attempt was another process, and none was this one or the one that starts them.
    assert len({facts["pid"] for facts in claims} - {os.getpid(), master}) == len(POINTS) + 1
    assert Event.objects.filter(verb="run_finished").count() == 1
    assert Event.objects.filter(verb="round_verified").count() == 1
    assert Message.objects.filter(kind="round_to_certify").count() == 1


def test_whole_worker_killed_while_writing_leaves_nothing_half_written() -> None:
    world = make_world([(0,), (0,)], status="drawn")
    run = ask(world)
    with worker("writing_results") as process:
        until(lambda: process.poll() is not None)
    run.refresh_from_db()
    assert (process.returncode, run.status, run.attempt) == (-SIGKILL, RunStatus.RUNNING, 1)
    assert not Decision.objects.exists()
    assert world.reload().status == "drawn"
    with worker():
        sweep_until_finished(run)
    assert run.attempt == 2
    assert Decision.objects.count() == 2


def test_queue_that_forgets_everything_loses_no_run(queue: redis.Redis) -> None:
    world = make_world([(0,), (0,)], status="drawn")
    run = ask(world)
    assert queue.llen("celery") > 0
    queue.flushall()
    assert queue.llen("celery") == 0
    with worker():
        run.refresh_from_db()
        assert run.status == RunStatus.WAITING
        sweep_until_finished(run)
    assert run.attempt == 1
    assert Decision.objects.count() == 2
