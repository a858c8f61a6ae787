"""Sealed means sealed: 1,000 attempts in eight ways, none accepted, and no row is another."""

import logging
from collections.abc import Callable, Iterator

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper

from clearinghouse.matching.models import SealedEntry
from clearinghouse.shared import clock
from tests.factories.accounts import make_user
from tests.factories.matching import RELEASED, World, make_world
from tests.sealed import attempts
from tests.sealed.attempts import digests, marks, tried

pytestmark = pytest.mark.django_db

EACH = 125


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Give a released round with a protected person."""
    monkeypatch.setattr(clock, "now", lambda: RELEASED)
    made = make_world(protected=(1,), reserve_share=(50, 0), places=(2, 1))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    logging.disable(logging.CRITICAL)
    yield made
    logging.disable(logging.NOTSET)


def _insiders(world: World) -> list:
    roles = ("certifier", "auditor", "ombudsperson")
    return [world.operator, *(make_user(role) for role in roles)]


def _ways(world: World) -> dict[str, Callable[[], Iterator[attempts.Attempt]]]:
    users = _insiders(world)
    return {
        "api": lambda: attempts.by_api(world, users),
        "form": lambda: attempts.by_form(world, users),
        "save": attempts.by_save,
        "queryset": attempts.by_queryset,
        "sql": lambda: attempts.by_sql(_login()),
        "copy": lambda: attempts.by_copy(_login()),
        "cascade": attempts.by_cascade,
        "background": lambda: attempts.by_background(world),
    }


def _login() -> str:
    """Return the login of the web server, once there is one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'mvch_web'")
        return "mvch_web" if cursor.fetchone() else ""


def test_accepts_none_of_a_thousand_attempts(world: World) -> None:
    ways = _ways(world)
    before, count, accepted = marks(), 0, []
    sealed = digests(before)
    for name, way in ways.items():
        done, taken = tried(way(), EACH)
        count += done
        accepted += [f"{name}: {one}" for one in taken]
        assert digests(before) == sealed, name
    assert sorted(set(accepted)) == []
    assert count >= 1000


def test_notices_an_attempt_where_triggers_are_off(world: World) -> None:
    before = marks()
    sealed = digests(before)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        taken = SealedEntry.objects.filter(protected=True).update(protected=False)
        cursor.execute("SET LOCAL session_replication_role = origin")
    after = digests(before)
    assert taken == 1
    assert {table for table in sealed if sealed[table] != after[table]} == {"matching_sealedentry"}


# Rows that may be written on, and what of them may not once they are finished or certified.
LATE = {
    "matching_run": {
        "plan_digest": "repeat('0', 64)",
        "market_digest": "repeat('0', 64)",
        "checked_by": "'nobody'",
        "engine_version": "'9.9'",
        "withdrawn": "'[1]'",
        "accepted": """'{"1": 1}'""",
        "generation": "generation + 1",
    },
    "matching_round": {"engine_version": "'9.9'", "certified_at": "now()", "verified_at": "now()"},
}
GUARDS = {"matching_run": "finished_stays", "matching_round": "sealed_stays"}


def test_what_was_found_and_certified_stays(world: World) -> None:
    assert _written(world) == []


def test_the_twin_without_the_triggers_writes_it(world: World) -> None:
    with connection.cursor() as cursor:
        for table in LATE:
            cursor.execute(f"DROP TRIGGER {_trigger(cursor, table)} ON {table}")
    assert len(_written(world)) == sum(map(len, LATE.values()))


def _written(world: World) -> list[str]:
    """Change each column of a finished run and of a certified round; return what was written."""
    assert world.round.runs.get().status == "finished"
    taken = []
    for table, columns in LATE.items():
        for column, value in columns.items():
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f"UPDATE {table} SET {column} = {value}")
                    taken.append(f"{table}.{column}")
                    transaction.set_rollback(True)
            except IntegrityError as error:
                assert "stays as it is" in str(error)
    return taken


def _trigger(cursor: CursorWrapper, table: str) -> str:
    cursor.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE %s",
        [table, f"pgtrigger_{GUARDS[table]}_%"],
    )
    return str(cursor.fetchone()[0])
