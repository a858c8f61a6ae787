"""The background's door: a task called by name with hostile words does nothing for anybody."""

import ast
import inspect
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from clearinghouse.access.context import acting
from clearinghouse.background import tasks
from clearinghouse.celery import app
from clearinghouse.exports import queries as exports
from clearinghouse.exports.models import Export
from clearinghouse.shared.errors import DomainError
from tests.house.sources import ROOT
from tests.matrix.snapshot import changes_since, marked
from tests.matrix.world import MatrixWorld

pytestmark = pytest.mark.django_db

NAMES = sorted(name for name in app.tasks if not name.startswith("celery."))
# What a task may be told: which row, or which round.
TYPES = {"number": {int, int | None}}
# Who asks is nobody's word: a task acts for the house, and for nobody else.
ACTORS = {
    "actor": "A8",
    "user": 1,
    "user_id": 1,
    "by": 1,
    "roles": ["operator"],
    "now": "2099-01-01",
}


def _arguments(name: str) -> dict[str, Any]:
    """Return the words that a task listens to, with their types."""
    found = inspect.signature(app.tasks[name].run, eval_str=True).parameters
    return {
        word: parameter.annotation
        for word, parameter in found.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def _others(world: MatrixWorld) -> Iterator[object]:
    """Yield what is no id of the right kind: unknown, of a person, of somebody's file, no id."""
    yield str(uuid.UUID(int=7))
    yield str(world.people["R5"].worker.public_id)
    yield str(world.users["A1"].public_id)
    for part in ("application_id", "offer_id", "nomination_id", "quota_id", "message_id"):
        yield world.objects[part]["R1"]
    yield from ("", "1", "0' OR '1'='1", "x" * 5_000, "\x00", "../../etc/passwd")
    yield from (None, True, -1, 2**63, 1.5, [], {}, ["1"], {"id": 1})


def attack(world: MatrixWorld, name: str, word: str) -> tuple[int, list[str]]:
    """Call a task with everything that is not its row; return how often, and what was written."""
    count, wrote = 0, []
    for value in _others(world):
        with marked() as mark:
            try:
                # A wrong word may break the task, but never on the way of its transaction.
                with acting(None), transaction.atomic():
                    app.tasks[name](**{word: value}, **ACTORS)
            except (DomainError, ValueError, TypeError, ArithmeticError) as error:
                assert world.people["R5"].given not in str(error)
            except Exception as error:
                assert type(error).__name__ in {"ValidationError", "DataError"}, repr(error)
            count += 1
            wrote += [f"{name} {word}={value!r}: {table}" for table in changes_since(mark)]
    return count, wrote


@pytest.mark.parametrize("name", NAMES)
def test_listens_to_ids_and_numbers_only(name: str) -> None:
    for word, kind in _arguments(name).items():
        wanted = TYPES.get(word, {str} if word.endswith("_id") else set())
        assert kind in wanted, f"{name} takes {word}: {kind}"


def test_asks_tasks_with_the_words_that_they_listen_to() -> None:
    """What stands in the broker is the name of a task and those words."""
    words = {word for name in NAMES for word in _arguments(name)}
    calls = [
        (file.name, keyword.arg)
        for file in ROOT.glob("clearinghouse/**/*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) == "enqueue_after_commit"
        for keyword in node.keywords
    ]
    assert calls
    assert {word for _file, word in calls} <= words, calls


def test_does_nothing_with_anything_but_its_own_row(world: MatrixWorld) -> None:
    found = [
        attack(world, name, word) for name in NAMES for word in _arguments(name) if word != "number"
    ]
    assert [line for _count, lines in found for line in lines] == []
    assert sum(count for count, _lines in found) >= 60


def test_notices_a_task_that_takes_any_row(
    world: MatrixWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = Export.objects.get(public_id=world.objects["export_id"]["R1"])

    def lock_any(_export_id: object) -> Export:
        Export.objects.filter(pk=waiting.pk).update(reason="Taken by another task.")
        waiting.refresh_from_db()
        return waiting

    monkeypatch.setattr(exports, "lock_export", lock_any)
    _count, wrote = attack(world, tasks.make_export.name, "export_id")
    assert any("exports_export" in line for line in wrote)
