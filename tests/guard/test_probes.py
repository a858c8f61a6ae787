"""Twelve ways past the service layer, and one more, tried by a real login on real connections."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from clearinghouse.access.checks import SYSTEM
from clearinghouse.access.context import acting_for_process
from clearinghouse.access.logins import Login
from clearinghouse.embedded.logins import address_of
from clearinghouse.guard.applying import apply_guard
from clearinghouse.protection.enums import Ground
from clearinghouse.protection.services import raise_shield
from clearinghouse.web.transactions import context_of
from tests.background.celery_worker import database_url
from tests.conftest import load_reference
from tests.factories.accounts import make_user
from tests.factories.applications import make_application
from tests.factories.people import make_worker
from tests.factories.quotas import make_quota
from tests.guard import probes
from tests.guard.probes import CANARY, PROBES, World


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Commit a person who is hidden from Germany, and one who is not; take them away at the end."""
    with django_db_blocker.unblock(), acting_for_process(SYSTEM):
        try:
            yield _make_world()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP VIEW IF EXISTS everybody")
                cursor.execute("SET session_replication_role = replica")
                call_command("flush", verbosity=0, interactive=False)
                cursor.execute("SET session_replication_role = origin")
            load_reference()
            apply_guard()


def _make_world() -> World:
    here, there = make_quota("DE"), make_quota("CA")
    hidden = make_worker(family_name=CANARY)
    make_application(hidden, [here, there], "submitted")
    visible = make_worker(family_name="Sichtbar")
    make_application(visible, [here], "submitted")
    raise_shield(hidden, {"DE": Ground.ADDED}, by=SYSTEM, now=probes_now())
    officer, friend = (make_user("caseworker", state=state) for state in ("DE", "CA"))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE VIEW everybody WITH (security_invoker) AS SELECT family_name FROM people_worker"
        )
        cursor.execute("GRANT SELECT ON everybody TO mvch_web")
        cursor.execute("ANALYZE people_worker")
    owner = database_url()
    assert hidden.user is not None
    return World(
        owner=owner,
        web=address_of(owner, "web"),
        settings=_settings(officer),
        hidden=hidden.pk,
        hidden_user=hidden.user.pk,
        hidden_id=str(hidden.public_id),
        visible="Sichtbar",
        free_user=make_user("worker").pk,
        own_user=officer.pk,
        elsewhere=_settings(friend),
    )


def probes_now() -> Any:
    from tests.factories.people import NOW

    return NOW


def _settings(user: Any) -> dict[str, str]:
    values = context_of(user, Login.WEB).settings()
    return {f"app.{name}": value for name, value in values.items()}


def _try(name: str, world: World) -> bool:
    probe, _loosen = PROBES[name]
    with probes.connect(world.web) as connected:
        probes.become(connected, world.settings)
        found = probe(connected, world)
        connected.rollback()
    return found


@pytest.mark.parametrize("name", PROBES)
def test_learns_nothing_of_a_hidden_person(name: str, world: World) -> None:
    assert not _try(name, world)


@pytest.mark.parametrize("name", [name for name, probe in PROBES.items() if probe[1]])
def test_learns_it_with_the_control_off(name: str, world: World) -> None:
    with psycopg.connect(world.owner, autocommit=True) as owner:
        for statement in PROBES[name][1]:
            owner.execute(statement)
        try:
            assert _try(name, world)
        finally:
            for statement in probes.SET_BACK:
                owner.execute(statement)
            apply_guard()
            owner.execute("GRANT SELECT ON everybody TO mvch_web")


def test_an_advisory_lock_named_by_a_person_would_be_seen(world: World) -> None:
    with psycopg.connect(world.owner) as owner:
        owner.execute("SELECT pg_advisory_xact_lock(7, %s)", [world.hidden])
        assert _try("advisory lock", world)
        owner.rollback()


def test_without_a_context_the_login_sees_nobody(world: World) -> None:
    with psycopg.connect(world.web) as connected:
        for table in ("people_worker", "applications_application", "applications_wish"):
            assert connected.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
