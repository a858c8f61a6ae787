"""Sealed means sealed: 1,000 attempts in eight ways, none accepted, and no row is another."""

import logging
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

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
    assert (count, sorted(set(accepted))) == (1000, [])


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
