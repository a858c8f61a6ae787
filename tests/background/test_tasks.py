"""Every task that anybody names exists, takes words only, and forgives words it does not know."""

import inspect
import socket
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib import import_module

import pytest

from clearinghouse.audit.models import Heartbeat
from clearinghouse.background import schedule, tasks
from clearinghouse.celery import app
from clearinghouse.matching.enums import Status
from clearinghouse.matching.models import Round
from clearinghouse.shared import clock
from tests.factories.matching import CLOSES, NOW, make_world

ENUMS = ("audit",
    "matching", "offers", "simulation", "notices", "protection", "people", "ledger", "background",
    "audit", "exports", "statistics",
)  # fmt: skip
NAMES = sorted(
    {task.value for room in ENUMS for task in import_module(f"clearinghouse.{room}.enums").Task}
)


def test_names_are_words_of_enums() -> None:
    for room in ENUMS:
        assert issubclass(import_module(f"clearinghouse.{room}.enums").Task, StrEnum)
    own = {name for name in app.tasks if not name.startswith("celery.")}
    assert own == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_task_is_registered_takes_keywords_only_and_tolerates_unknown_ones(name: str) -> None:
    parameters = inspect.signature(app.tasks[name].run).parameters.values()
    kinds = {parameter.kind for parameter in parameters}
    assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    assert inspect.Parameter.VAR_KEYWORD in kinds


def test_every_beat_entry_exists_and_expires() -> None:
    for entry in schedule.SCHEDULE.values():
        assert entry["task"] in NAMES
        assert entry["options"]["expires"] <= entry["schedule"]
    assert app.conf.beat_schedule == schedule.SCHEDULE


def test_schedule_imports_nothing() -> None:
    names = set(vars(schedule)) - {"SCHEDULE", "Any", "_every"}
    assert all(name.startswith("__") for name in names)


@pytest.mark.django_db
def test_heartbeat_names_host_and_process() -> None:
    tasks.show_life(unknown="word")
    tasks.show_life()
    beat = Heartbeat.objects.get()
    assert beat.process == f"worker@{socket.gethostname()}"
    assert beat.pid > 0


@pytest.mark.django_db
def test_clock_opens_rounds_whose_time_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(status="planned")
    monkeypatch.setattr(clock, "now", lambda: NOW - timedelta(seconds=1))
    tasks.open_rounds()
    assert world.reload().status == Status.PLANNED
    monkeypatch.setattr(clock, "now", lambda: NOW)
    tasks.open_rounds()
    assert world.reload().status == Status.OPEN


@pytest.mark.django_db
def test_tasks_of_the_clock_do_nothing_in_an_empty_house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 21, tzinfo=UTC))
    for entry in schedule.SCHEDULE.values():
        app.tasks[entry["task"]].run(word_of_a_newer_version=1)
    assert not Round.objects.exists()


@pytest.mark.django_db
def test_run_task_does_the_run_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    from clearinghouse.matching import services

    world = make_world([(0,)], status="drawn")
    monkeypatch.setattr(clock, "now", lambda: CLOSES + timedelta(days=1))
    run = services.request_run(by=world.operator, number=world.number, now=clock.now())
    tasks.run_round(run_id=str(run.public_id), later_argument=True)
    run.refresh_from_db()
    assert (run.status, run.host) == ("finished", socket.gethostname())
    tasks.refill_places(number=world.number)
