"""What the tables of identity refuse, whoever writes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.enums import Role
from accounts.models import IncompatiblePair, Invitation, RoleGrant, User
from accounts.services import store_incompatible_pairs
from clearinghouse.shared.database import violated_constraint
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db


def refused_by(model: Any, **values: Any) -> str | None:
    """Return the name of the constraint that refuses a row."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        model.objects.create(**values)
    return violated_constraint(error.value)


def test_user_with_a_language_that_the_portal_does_not_speak() -> None:
    assert refused_by(User, email="a@example.org", language="xx") == "accounts_user_language"


def test_user_with_an_address_that_is_taken_in_other_case() -> None:
    make_user(email="ada@example.org")
    assert refused_by(User, email="ADA@example.org") == "accounts_user_email"


def test_user_with_the_same_address_letter_by_letter() -> None:
    make_user(email="ada@example.org")
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX accounts_user_email")
    assert refused_by(User, email="ada@example.org") == "accounts_user_email_exact"


def test_role_that_is_not_in_the_list() -> None:
    assert refused_by(RoleGrant, user=make_user(), role="king") == "accounts_rolegrant_role"


def test_role_twice_at_a_time(now: datetime) -> None:
    user = make_user("helper")
    assert refused_by(RoleGrant, user=user, role="helper") == "accounts_rolegrant_once"
    RoleGrant.objects.create(user=user, role="helper", ended_at=now)


def test_pair_of_roles_twice_or_the_wrong_way_round() -> None:
    pair = {"first": Role.CASEWORKER, "second": Role.WORKER}
    assert refused_by(IncompatiblePair, **pair) == "accounts_pair_once"
    pair = {"first": Role.WORKER, "second": Role.CASEWORKER}
    assert refused_by(IncompatiblePair, **pair) == "accounts_pair_sorted"


@pytest.mark.parametrize("half", ["accepted_at", "accepted_by"])
def test_invitation_accepted_by_halves(half: str, now: datetime) -> None:
    user = make_user("administrator")
    values = {
        "email": "a@example.org",
        "role": "helper",
        "invited_by": user,
        "expires_at": now + timedelta(days=1),
        half: {"accepted_at": now, "accepted_by": user}[half],
    }
    assert refused_by(Invitation, **values) == "accounts_invitation_accepted_pair"


def test_store_incompatible_pairs_adds_and_removes() -> None:
    store_incompatible_pairs({("caseworker", "helper")})
    assert list(IncompatiblePair.objects.values_list("first", "second")) == [
        ("caseworker", "helper")
    ]
