"""Cancelling: the worker notices and writes nothing; the next run gives the same."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from clearinghouse import engine
from clearinghouse.audit.models import Event
from clearinghouse.matching import bulk, queries, services, snapshot
from clearinghouse.matching.enums import RunStatus, Stage, Status
from clearinghouse.matching.models import Decision, Run
from clearinghouse.matching.services import computing, progress
from clearinghouse.matching.services.progress import Meter, pace_of
from clearinghouse.shared.errors import Forbidden, NotNow
from tests.factories.accounts import make_user
from tests.factories.matching import RAN, World, execute, lead, make_world

pytestmark = pytest.mark.django_db


def ask(world: World) -> Run:
    return services.request_run(by=world.operator, number=world.number, now=RAN)


def cancel(world: World) -> Run:
    return services.cancel_run(by=world.operator, number=world.number, now=RAN)


def test_cancel_of_a_waiting_run_lets_nobody_do_it() -> None:
    world = make_world([(0,), (0,)], status="drawn")
    run = ask(world)
    cancelled = cancel(world)
    assert (cancelled.pk, cancelled.status, cancelled.finished_at) == (run.pk, "cancelled", RAN)
    assert cancelled.failure == "An operator has cancelled this run."
    assert execute(run) is None
    assert services.sweep(now=RAN + timedelta(hours=1)) == 0
    assert world.reload().status == Status.DRAWN
    event = Event.objects.order_by("-pk")[0]
    assert (event.verb, event.facts["cancelled"]) == ("run_finished", True)


STAGES: list[tuple[Any, str]] = [
    (bulk, "read_sealed"),
    (bulk, "leave_out"),
    (engine, "match_arrays"),
    (computing, "second_opinion"),
]


def cancelling(world: World, owner: Any, name: str) -> Callable[..., Any]:
    """Return the real step, with a cancel in the middle of the stage."""
    honest = getattr(owner, name)

    def step(*given: Any, **words: Any) -> Any:
        cancel(world)
        return honest(*given, **words)

    return step


@pytest.mark.parametrize(("owner", "name"), STAGES, ids=[name for _, name in STAGES])
def test_cancel_at_any_stage_writes_nothing_and_the_next_run_gives_the_same(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    world = make_world([(0,), (0,), (1, 0)], status="drawn")
    expected = engine.match(snapshot.take(world.round))
    run = ask(world)
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, cancelling(world, owner, name))
        assert execute(run) is None
    run.refresh_from_db()
    assert (run.status, run.plan_digest) == (RunStatus.CANCELLED, "")
    assert not Decision.objects.exists()
    assert world.reload().status == Status.DRAWN
    again = ask(world)
    assert again.pk != run.pk
    lead(world, "verified")
    assert world.round.plan_digest == expected.digest


def test_worker_that_does_not_listen_would_write_a_cancelled_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin: without the question at each stage and before the commit, the result is written."""
    world = make_world([(0,), (0,)], status="drawn")
    run = ask(world)
    monkeypatch.setattr(computing, "second_opinion", cancelling(world, computing, "second_opinion"))
    monkeypatch.setattr(progress, "tell", lambda *_given, **_words: None)

    def deaf(claim: Run, _attempt: int) -> Run:
        claim.status = RunStatus.RUNNING
        return claim

    monkeypatch.setattr(queries, "lock_claimed", deaf)
    with pytest.raises(Exception, match="Invalid transition"):
        execute(run)


def test_cancel_after_the_result_changes_nothing() -> None:
    world = make_world([(0,), (0,)], status="verified")
    with pytest.raises(NotNow) as refusal:
        cancel(world)
    assert refusal.value.code == "no_live_run"
    assert Run.objects.get().status == RunStatus.FINISHED
    assert world.reload().status == Status.VERIFIED


def test_cancel_refuses_others_and_rounds_without_a_run() -> None:
    world = make_world([(0,)], status="drawn")
    with pytest.raises(NotNow):
        cancel(world)
    ask(world)
    for user in (make_user("certifier"), make_user("auditor"), make_user("approver", state="DE")):
        with pytest.raises(Forbidden):
            services.cancel_run(by=user, number=world.number, now=RAN)
    assert Run.objects.get().status == RunStatus.WAITING


def test_cancelled_refill_is_asked_for_again() -> None:
    world = make_world([(0,), (0,)], status="released")

    def refill() -> Run | None:
        name = world.round.entries.order_by("pk")[0].candidate
        return services.request_refill(
            round_=world.reload(), withdrawn=[name], accepted={}, now=RAN
        )

    first = refill()
    assert first is not None
    cancel(world)
    second = refill()
    assert second is not None
    assert (second.pk != first.pk, second.generation) == (True, first.generation)
    done = execute(second)
    assert done is not None
    assert done.status == RunStatus.FINISHED


class Clock:
    """A clock that goes on by so many seconds with each look at it."""

    def __init__(self, step: float) -> None:
        self.step = timedelta(seconds=step)
        self.now: datetime = RAN

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


def test_meter_tells_rows_percent_and_the_time_left() -> None:
    world = make_world([(0,)], status="drawn")
    run = ask(world)
    Run.objects.filter(pk=run.pk).update(status="running", attempt=1)
    run.refresh_from_db()
    meter = Meter(run, Clock(1), {stage.value: 1e6 for stage in progress.STAGES})

    def told() -> tuple[str, int, int | None, int, int]:
        run.refresh_from_db()
        return run.stage, run.percent, run.seconds_left, run.rows_read, run.rows_total

    # Ten people, one second a person and stage by experience: 40 seconds in all.
    meter.read(5, 10)
    # Half of the first stage took one second instead of five: a fifth of the rest is left.
    assert told() == ("waiting", 13, 7, 5, 10)
    meter.read(10, 10)
    meter.enter(Stage.MATCHING)
    stage, percent, left, *_rows = told()
    assert (stage, percent, left) == ("matching", 25, 9)
    meter.enter(Stage.VERIFYING)
    meter.enter(Stage.WRITING, people_placed=3)
    assert told()[:2] == ("writing", 74)
    seconds = meter.close()
    assert seconds == {"reading": 3.0, "matching": 1.0, "verifying": 1.0, "writing": 1.0}
    meter.part("again")
    meter.part("twice")
    assert meter.close()["twice"] == 1.0


def test_pace_is_learned_from_large_runs_only() -> None:
    small = Run(rows_total=10, stage_seconds={"reading": 1.0})
    large = Run(rows_total=10_000, stage_seconds={"reading": 1.0})
    assert pace_of(None) == pace_of(small) == {}
    assert pace_of(large) == {"reading": 100.0}


def test_run_keeps_what_was_measured_and_who_agreed(settings: Any) -> None:
    world = make_world([(0,), (0,)], status="drawn")
    settings.SECOND_IMPLEMENTATION_MAX = 1
    run = services.execute_run(run_id=ask(world).public_id, pid=1, host="a", clock=Clock(1))
    assert run is not None
    assert set(run.stage_seconds) >= {"reading", "matching", "verifying", "writing", "digests"}
    assert min(run.stage_seconds.values()) >= 1
    assert (run.rows_total, run.seconds_left, run.percent) == (2, None, 100)
    assert "second=" in run.checked_by
    assert "objects" not in run.checked_by
    assert queries.latest_measured_run() == run
