"""Every address that shows a person to somebody else writes it down, for that person to read.

Generated from the resolver, as the matrix is: whoever may know of a person (`walk.KNOWS`; that
nobody else is shown a name is what the matrix asserts) opens and sends everything that the table
says is served, and each name in an answer must stand in a row of `audit_reading` of that call.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.urls import reverse

from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit.models import Reading
from clearinghouse.protection import services as protection
from tests.matrix.probe import Doors, readable
from tests.matrix.routes import Route, routes
from tests.matrix.table import table
from tests.matrix.walk import KNOWS
from tests.matrix.world import LATER, RELATIONS, MatrixWorld, Person
from tests.web.doors import signed_in, text_of

pytestmark = pytest.mark.django_db
# The nominating state reads its own words there, as it wrote them (docs/audit.md).
OWN_WORDS = {"A5"}
# Knows of itself.
PERSON = {"A1"}
READERS = sorted(set(KNOWS) - OWN_WORDS - PERSON)


@pytest.fixture(scope="module")
def watched(world: MatrixWorld) -> MatrixWorld:
    """Give the world with somebody who wants to be seen again, and a nomination set aside."""
    person = world.people["R1"]
    assert person.user is not None
    protection.ask_to_lift(by=person.user, shield_id=world.objects["shield_id"]["R1"], now=LATER)
    protection.set_aside([(person.worker.pk, "a nomination", "BR")], by=SYSTEM, now=LATER)
    return world


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
    with doors.standing:
        for route, method, actor, relation in _calls(only):
            if (doors.address(route, actor, relation), method, actor, False) in doors.seen:
                continue
            # What a refusal leaves behind is for this call alone, as behind a request.
            with recorded() as rows, transaction.atomic():
                answer = doors.call(route, method, actor, relation)
            assert answer.status < 500, f"{route.name} {method} {actor} {relation}"
            reader = world.users[actor]
            for key, person in named(readable(answer.body), world).items():
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

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "audit_reading"'):
            # One reader and many workers, in whatever shape a bulk insert sends them.
            flat = [one for value in params for one in (value if type(value) is list else [value])]
            workers = [int(value) for value in flat if isinstance(value, int)]
            rows.update((key, one) for key in workers for one in flat if isinstance(one, UUID))
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


def test_each_name_that_somebody_else_is_shown_is_written_down(watched: MatrixWorld) -> None:
    seen = look(watched)
    assert sorted(seen.missed) == []
    assert len(seen.shown) > 11
    assert len(seen.people) == len(watched.people)
    assert {
        "protection-shields",
        "protection-set-aside",
        "protection-referral",
        "helper-people",
    } <= seen.shown


def test_the_twin_without_recording_finds_every_one(watched: MatrixWorld, settings: Any) -> None:
    settings.RECORD_READS = False
    seen = look(watched, lambda route: route.name.startswith("protection-"))
    assert {line.split()[0] for line in seen.missed} == seen.shown
    assert len(seen.shown) > 4


def test_people_read_offices_and_never_names(watched: MatrixWorld) -> None:
    """Reads stand on the person's page in the same minute, without readers and third persons."""
    look(watched, lambda route: route.name.startswith("protection-"))
    for key, person in watched.people.items():
        if person.user is None:
            continue
        assert Reading.objects.filter(worker=person.worker.pk).exists(), key
        page = text_of(signed_in(person.user).get(reverse("worker-access-log")))
        assert "to look at your request for protection" in page
        assert set(named(page, watched)) <= {key}
        for actor in READERS:
            assert watched.users[actor].email not in page
            assert str(watched.users[actor].public_id) not in page
