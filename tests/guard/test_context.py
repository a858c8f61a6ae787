"""Who acts: told to the database by every transaction, asked by every table of persons."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError, connection, connections, transaction
from django.db.backends.signals import connection_created
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.models import User
from clearinghouse.access import context
from clearinghouse.access.checks import SYSTEM
from clearinghouse.access.context import NoActor, acting, current, inside
from clearinghouse.access.logins import Login, use_login
from clearinghouse.applications.models import Application, Nomination, Wish
from clearinghouse.guard import checks
from clearinghouse.notices.models import Message
from clearinghouse.offers.models import Offer
from clearinghouse.people.models import LanguageSkill, Mandate, Worker
from clearinghouse.protection.enums import Ground
from clearinghouse.protection.models import Determination, PersonKey, Request, Shield
from clearinghouse.protection.services import raise_shield
from clearinghouse.shared.postgres import session
from clearinghouse.shared.postgres.base import LeftOver
from clearinghouse.web.logins import login_of
from clearinghouse.web.transactions import OneTransaction, context_of
from tests.background.celery_worker import database_url
from tests.factories.accounts import make_user
from tests.factories.applications import make_application
from tests.factories.people import NOW, make_worker
from tests.factories.quotas import make_quota

PERSONAL = (Worker, LanguageSkill, Mandate, Application, Wish, Nomination, Offer, Message, Request)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take away what lets tests act for the house."""
    monkeypatch.setattr(context, "_of_process", [None])
    monkeypatch.setattr(session, "of_process", [session.NOTHING])
    yield


def settings_now() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, coalesce(current_setting('app.' || name, true), '')"
            " FROM unnest(%s::text[]) name",
            [list(session.NAMES)],
        )
        return dict(cursor.fetchall())


def role_now() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        found: str = cursor.fetchone()[0]
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("model", PERSONAL)
def test_nobody_lists_persons_on_nobodys_behalf(model: Any, nobody: None) -> None:
    with pytest.raises(NoActor):
        model.objects.count()
    with acting(SYSTEM):
        assert model.objects.count() == 0
    # The twin: a manager that asks nobody answers.
    assert model._base_manager.count() == 0


@pytest.mark.django_db
def test_a_block_tells_the_database_who_acts_and_takes_it_back(nobody: None) -> None:
    user = make_user("caseworker", state="DE")
    with inside(context_of(user, Login.WEB)) as mine:
        found = settings_now()
        assert (found["user"], found["actor"]) == (str(user.pk), str(user.public_id))
        assert (found["roles"], found["state"]) == ("caseworker", str(mine.state))
        assert found["tokens"] == "{" + ",".join(map(str, mine.tokens)) + "}" != "{}"
        with acting(SYSTEM, purpose="inside"):
            assert settings_now()["roles"] == "system"
        assert settings_now() == found
        assert current() is mine
    assert set(settings_now().values()) == {""}


@pytest.mark.django_db(transaction=True)
def test_each_transaction_begins_with_it_and_leaves_nothing() -> None:
    with acting(SYSTEM, purpose="one"):
        with transaction.atomic():
            assert settings_now()["purpose"] == "one"
        assert settings_now()["purpose"] == ""
    with acting(SYSTEM, purpose="two"), transaction.atomic():
        assert settings_now()["purpose"] == "two"


@pytest.mark.django_db(transaction=True)
def test_a_connection_with_somebody_elses_context_is_refused() -> None:
    with connection.cursor() as cursor:  # the attack: a setting of the session, not the transaction
        cursor.execute("SELECT set_config('app.request', 'somebody else', false)")
    try:
        with pytest.raises(LeftOver), acting(SYSTEM), transaction.atomic():
            pass
        assert not connection.in_atomic_block
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.request', '', false)")
    with acting(SYSTEM), transaction.atomic():
        assert settings_now()["roles"] == "system"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("status", "stays"), [(200, True), (409, True), (500, False)])
def test_a_refusal_keeps_what_was_done_and_an_error_does_not(status: int, stays: bool) -> None:
    user = make_user("worker")

    def view(_request: Any) -> HttpResponse:
        assert role_now() == "mvch_web"
        User.objects.filter(pk=user.pk).update(display_name="New")
        return HttpResponse(status=status)

    request = RequestFactory().get("/account/")
    request.user = user
    OneTransaction(view)(request)
    user.refresh_from_db()
    assert (user.display_name == "New") is stays
    assert role_now() == "mvch"


@pytest.mark.parametrize(
    ("path", "login"),
    [
        ("/", Login.WEB),
        ("/state/checks/", Login.WEB),
        ("/protection/requests/", Login.PROTECTION),
        ("/worker/protection/", Login.PROTECTION),
        ("/helper/people/0c4c/protection/ask/", Login.PROTECTION),
        ("/operations/rounds/", Login.MATCHER),
        ("/operations/audit/", Login.AUDITOR),
        ("/api/v1/rounds/1/seal/", Login.MATCHER),
        ("/api/v1/quotas/", Login.WEB),
        ("/worker/result/", Login.MATCHER),
    ],
)
def test_the_address_decides_the_login(path: str, login: Login) -> None:
    assert login_of(path) == login


@pytest.mark.django_db(transaction=True)
def test_another_login_is_another_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    given = connections.settings["default"] | {"USER": "mvch_matcher"}
    monkeypatch.setitem(connections.settings, "mvch_matcher", given)
    monkeypatch.setitem(settings.DATABASES, "mvch_matcher", given)
    before = connections["default"]
    try:
        with use_login(Login.MATCHER), acting(SYSTEM), transaction.atomic():
            assert role_now() == "mvch_matcher"
            assert connections["default"] is not before
            assert Worker.objects.count() == 0
        assert role_now() == "mvch" and connections["default"] is before
    finally:
        connections["mvch_matcher"].close()


def test_a_process_without_a_way_to_a_login_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LOGIN", "mvch_web")
    with use_login(Login.WEB):
        pass
    with pytest.raises(RuntimeError, match="mvch_protection"), use_login(Login.PROTECTION):
        pass


@pytest.mark.django_db
def test_no_process_serves_as_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    other = connections.create_connection("default")
    checks.watch_connections()
    try:
        with pytest.raises(ImproperlyConfigured, match="may pass row-level security"):
            other.ensure_connection()
        assert other.connection is None
    finally:
        connection_created.disconnect(dispatch_uid="guard")
    monkeypatch.setattr(settings, "LOGIN", "mvch_web")
    assert [error.id for error in checks.login_is_guarded(databases=["default"])] == ["guard.E001"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mvch_web")
    assert checks.login_is_guarded(databases=["default"]) == []


@pytest.mark.django_db(transaction=True)
def test_no_process_serves_as_a_login_that_owns_a_table() -> None:
    with psycopg.connect(database_url(), autocommit=True) as owner:
        owner.execute("ALTER TABLE django_migrations OWNER TO mvch_web")
        try:
            with connection.cursor() as cursor, transaction.atomic(), use_login(Login.WEB):
                cursor.execute(checks._UNSAFE)
                assert cursor.fetchone() == (False, True)
        finally:
            owner.execute("ALTER TABLE django_migrations OWNER TO mvch")


@pytest.mark.django_db
def test_rows_hold_where_the_service_layer_is_off() -> None:
    here = make_quota("DE")
    hidden, plain = make_worker(family_name="Hidden"), make_worker(family_name="Plain")
    for worker in (hidden, plain):
        make_application(worker, [here], "submitted")
    raise_shield(hidden, {"DE": Ground.ADDED}, by=SYSTEM, now=NOW)
    official = make_user("caseworker", state="DE")
    models = (Worker, Application, Wish, LanguageSkill, User)
    keys = {hidden.pk, hidden.user_id}

    def seen() -> set[str]:
        columns = {Worker: "pk", User: "pk"}
        return {
            model.__name__
            for model in models
            if keys
            & set(model._base_manager.values_list(columns.get(model, "worker_id"), flat=True))
        }

    asking = context_of(official, Login.WEB)
    for login in (Login.WEB, Login.MATCHER):
        with use_login(login), inside(asking):
            assert seen() == set()
            if login == Login.WEB:
                assert [row.family_name for row in Worker._base_manager.all()] == ["Plain"]
    # The twin: as the owner, whom no row withholds itself from.
    with inside(asking):
        assert seen() == {model.__name__ for model in models}


@pytest.mark.django_db
@pytest.mark.parametrize("login", [Login.WEB, Login.MATCHER, Login.AUDITOR])
@pytest.mark.parametrize("model", [Request, Determination, Shield, PersonKey])
def test_the_zone_has_one_login(login: Login, model: Any) -> None:
    operator = context_of(make_user("operator"), login)
    refused = pytest.raises(ProgrammingError, match="permission denied")
    with use_login(login), inside(operator), refused, transaction.atomic():
        model._base_manager.count()
    with use_login(Login.PROTECTION):
        assert model._base_manager.count() == 0
