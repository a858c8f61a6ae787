"""Every address that shows a person to somebody else writes it down, for that person to read.

Generated from the resolver, as the matrix is: whoever may know of a person (`walk.KNOWS`; that
nobody else is shown a name is what the matrix asserts) opens and sends everything that the table
says is served, and each name in an answer must stand in a row of `audit_reading` of that call.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from clearinghouse.audit.models import Reading
from tests.matrix.probe import Doors, readable
from tests.matrix.routes import Route, routes
from tests.matrix.table import table
from tests.matrix.walk import KNOWS
from tests.matrix.world import RELATIONS, MatrixWorld, Person
from tests.web.doors import signed_in, text_of

pytestmark = pytest.mark.django_db
# The nominating state reads its own words there, as it wrote them (docs/audit.md).
OWN_WORDS = {"A5"}
READERS = sorted(set(KNOWS) - OWN_WORDS)


@dataclass
class Seen:
    """Which calls showed somebody else's name, and which of them left no row."""

    shown: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    missed: set[str] = field(default_factory=set)


def _anything(_route: Route) -> bool:
    return True


def look(world: MatrixWorld, only: Any = _anything) -> Seen:
    """Call what is served to those who know people, and compare names with rows."""
    doors, seen = Doors(world), Seen()
    for route, method, actor, relation in _calls(only):
        if (doors.address(route, actor, relation), method, actor, False) in doors.seen:
            continue
        with recorded() as rows:
            answer = doors.call(route, method, actor, relation)
        reader = world.users[actor]
        for key, person in named(readable(answer.body), world).items():
            if person.user is not None and person.user.pk == reader.pk:
                continue
            seen.shown.add(route.name)
            seen.people.add(key)
            if (person.worker.pk, reader.public_id) not in rows:
                seen.missed.add(f"{route.name} {method} {actor} shows {key}")
    return seen


def _calls(only: Any) -> Iterator[tuple[Route, str, str, str]]:
    for route in filter(only, routes()):
        row = table()[route.name]
        if row.kind in {"account", "public"}:
            continue
        for method in ("GET", "POST"):
            for actor in READERS:
                for relation in RELATIONS if route.objects else RELATIONS[:1]:
                    if set("SC") & set(row.outcome(method, actor, relation)):
                        yield route, method, actor, relation


@contextmanager
def recorded() -> Iterator[set[tuple[int, Any]]]:
    """Collect (worker, reader) of the rows written inside, also of those that are undone."""
    rows: set[tuple[int, Any]] = set()
    columns = [name.column for name in Reading._meta.concrete_fields if not name.primary_key]
    at = columns.index("worker"), columns.index("reader")

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "audit_reading"'):
            for start in range(0, len(params), len(columns)):
                rows.add((params[start + at[0]], params[start + at[1]]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield rows


def named(text: str, world: MatrixWorld) -> dict[str, Person]:
    """Return whose name or address stands in a text."""
    return {
        key: person
        for key, person in world.people.items()
        if any(word in text for word in (person.family, f"{person.given} ", person.email))
    }


def test_each_name_that_somebody_else_is_shown_is_written_down(world: MatrixWorld) -> None:
    seen = look(world)
    assert sorted(seen.missed) == []
    assert len(seen.shown) > 20
    assert len(seen.people) == len(world.people)
    assert {"protection-shields", "protection-referral", "helper-people"} <= seen.shown


def test_the_twin_without_recording_finds_every_one(world: MatrixWorld, settings: Any) -> None:
    settings.RECORD_READS = False
    seen = look(world, lambda route: route.name.startswith("protection-"))
    assert {line.split()[0] for line in seen.missed} == seen.shown
    assert len(seen.shown) > 4


def test_people_read_offices_and_never_names(world: MatrixWorld) -> None:
    """Reads stand on the person's page in the same minute, without readers and third persons."""
    look(world, lambda route: route.name.startswith("protection-"))
    for key, person in world.people.items():
        if person.user is None:
            continue
        assert Reading.objects.filter(worker=person.worker.pk).exists(), key
        page = text_of(signed_in(person.user).get(reverse("worker-access-log")))
        assert "to look at your request for protection" in page
        assert set(named(page, world)) <= {key}
        for actor in READERS:
            reader = world.users[actor]
            if reader.pk != person.user.pk:
                assert reader.email not in page
                assert str(reader.public_id) not in page
