"""A worker that was stopped, lost its run to another and wakes up again writes nothing."""

import time
from typing import Any

import pytest

from clearinghouse.matching.models import Decision, Run
from tests.factories.matching import RAN, World, lead
from tests.fire import life, processes
from tests.fire.counts import report, times

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.races,
    pytest.mark.usefixtures("forks"),
]

LEASE = 1.0  # seconds
PLACES = ("claimed", "reading", "matching", "verifying", "writing")


def ask(world: World) -> dict[str, Any]:
    from clearinghouse.matching import services

    run = services.request_run(by=world.operator, number=world.number, now=RAN)
    return {"run_id": str(run.public_id)}


def drawn() -> World:
    """Make a small round that waits for its run."""
    world = life.new_world()
    lead(world, "drawn")
    return world


def stop_and_take_over(given: dict[str, Any], *, at: str, without: str = "") -> Any:
    """Stop a worker at a point, wait for its lease to pass, let a second one claim the run.

    Both are stopped when this returns: the zombie where asked, the second before it matches.
    """
    how = {"lease": LEASE, "without": without}
    zombie = processes.start("run", given, failpoint=f"{at}:stop", **how)
    zombie.wait_until_stopped()
    time.sleep(LEASE + 0.1)
    second = processes.start("run", given, failpoint="matching:stop", lease=60)
    second.wait_until_stopped()
    return zombie, second


def chosen(number: int) -> str:
    return PLACES[number // 2 % len(PLACES)]


def state_of(given: dict[str, Any]) -> tuple[str, int, int]:
    run = Run.objects.get(public_id=given["run_id"])
    return run.status, run.attempt, Decision.objects.filter(run=run).count()


def test_zombie_writes_nothing_while_another_works_or_has_finished() -> None:
    began, count = time.monotonic(), times("zombies", gate=2, nightly=100)
    for number in range(count):
        world = drawn()
        given = ask(world)
        zombie, second = stop_and_take_over(given, at="writing" if number < 2 else chosen(number))
        # It wakes while the other one works, or when the other one has finished.
        early, late = (zombie, second) if number % 2 else (second, zombie)
        early.wake()
        early.finish()
        if early is zombie:
            assert state_of(given) == ("running", 2, 0)
        left, traces = life.left_by(world), life.traces()
        late.wake()
        late.finish()
        if late is zombie:
            assert (life.left_by(world), life.traces()) == (left, traces)
        assert state_of(given) == ("finished", 2, len(world.workers))
        assert world.reload().status == "verified"
        life.check_plans(world)
    report("worker stopped past its lease", repetitions=count, result="0 writes", began=began)


def test_twin_without_the_token_a_zombie_writes_what_another_is_working_on() -> None:
    given = ask(drawn())
    zombie, second = stop_and_take_over(given, at="writing", without="token")
    zombie.wake()
    zombie.finish()
    assert state_of(given) == ("finished", 2, len(life.LISTS))
    second.wake()
    second.finish()


def test_worker_stopped_in_its_transaction_loses_it_and_blocks_nobody_for_long() -> None:
    began = time.monotonic()
    world = drawn()
    given = ask(world)
    how = {"lease": LEASE, "idle": 1.5}
    zombie = processes.start("run", given, failpoint="before_commit:stop", **how)
    zombie.wait_until_stopped()
    time.sleep(LEASE + 1)
    processes.start("run", given).finish()
    assert state_of(given) == ("finished", 2, len(world.workers))
    left, traces = life.left_by(world), life.traces()
    zombie.wake()
    zombie.process.join(processes.PATIENCE)
    assert zombie.process.exitcode == 1
    assert (life.left_by(world), life.traces()) == (left, traces)
    life.check_plans(world)
    report("worker stopped in its transaction", repetitions=1, result="0 writes", began=began)


def test_twin_without_the_time_limit_a_stopped_transaction_blocks_the_round() -> None:
    given = ask(drawn())
    zombie = processes.start("run", given, failpoint="before_commit:stop", lease=LEASE)
    try:
        zombie.wait_until_stopped()
        time.sleep(LEASE + 1)
        blocked = processes.start("run", given)
        blocked.process.join(processes.PATIENCE)
        assert blocked.process.exitcode == 1, "the lock could not be had"
        assert state_of(given) == ("running", 1, 0)
    finally:
        zombie.kill()
