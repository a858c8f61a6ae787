"""Fixtures of the whole suite: few, and each with a reason."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation

from clearinghouse.access.checks import SYSTEM
from clearinghouse.access.context import acting_for_process


def load_reference() -> None:
    """Load states, occupations and incompatible roles as every installation has them."""
    with acting_for_process(SYSTEM):
        call_command("load_reference", verbosity=0)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Load reference data once; tests roll back to it."""
    with django_db_blocker.unblock():
        load_reference()


@pytest.fixture(autouse=True, scope="session")
def _flush_evidence_in_tests() -> Iterator[None]:
    """Let tests with real commits empty append-only tables, and load reference data again."""
    teardown = TransactionTestCase._fixture_teardown

    def _teardown(self: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
        try:
            teardown(self)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = origin")
        load_reference()

    TransactionTestCase._fixture_teardown = _teardown
    yield
    TransactionTestCase._fixture_teardown = teardown


@pytest.fixture(autouse=True, scope="session")
def _plain_static_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Serve static files by their plain names: no manifest is built for tests."""
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )


@pytest.fixture(autouse=True, scope="session")
def _guesses_counted_in_the_transaction_of_the_test() -> None:
    """Count on the test's own connection, so that counts roll back with it.

    Tests of the counting itself switch the connection of its own on again.
    """
    settings.COUNT_GUESSES_APART = False


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """Start every test in English, whatever language the pages of the test before spoke."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _signed_in_with_a_second_factor(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let `force_login` stand for password and second factor, shown a moment ago.

    The mark `without_factor` leaves the password alone.
    """

    def _show(sender: Any, request: Any, user: Any, **_facts: Any) -> None:
        if AUTHENTICATION_METHODS_SESSION_KEY not in request.session:
            record_authentication(request, user, method="password")
            record_authentication(request, user, method="mfa", type="totp")

    if request.node.get_closest_marker("without_factor"):
        yield
        return
    user_logged_in.connect(_show, weak=False, dispatch_uid="tests.factor")
    yield
    user_logged_in.disconnect(dispatch_uid="tests.factor")


@pytest.fixture
def now() -> datetime:
    """Give every test the same moment."""
    return datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _acts_as_the_house() -> Iterator[None]:
    """Let tests of services act for the house; what comes through a door brings its own actor."""
    with acting_for_process(SYSTEM):
        yield


@pytest.fixture(autouse=True)
def _checkpoints_of_this_test(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep signed checkpoints apart: each test begins a trail of its own."""
    settings.CHECKPOINT_DIR = str(tmp_path_factory.getbasetemp() / f"checkpoints-{uuid4().hex}")
