"""Employers and recruiters see public postings and their own account, nothing else."""

from datetime import datetime
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import get_resolver, reverse
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.enums import Role
from accounts.models import Invitation
from accounts.queries import held_roles, invitation_token
from clearinghouse.registry import queries, services
from clearinghouse.shared.errors import Conflict, Forbidden
from tests.factories.accounts import make_user
from tests.factories.quotas import make_quota
from tests.factories.registry import make_agency
from tests.web.doors import signed_in, text_of

pytestmark = pytest.mark.django_db
ROOMS = ("worker", "helper", "state", "protection", "operations", "simulation", "admin")
CLOSED = sorted(
    name
    for name, ways in get_resolver().reverse_dict.lists()
    if isinstance(name, str) and name.startswith(ROOMS) and any(not way[0][0][1] for way in ways)
)


def test_employer_is_invited_to_an_agency_of_a_state(client: Client, now: datetime) -> None:
    agency = make_agency("employer", state="KE")
    by = make_user("administrator")
    services.invite_official(
        by=by,
        email="hire@example.org",
        role="employer",
        agency_id=agency.public_id,
        language="en",
        now=now,
    )
    user = services.accept_invitation(
        token=invitation_token(Invitation.objects.get().public_id),
        display_name="Hire",
        password="seven green bicycles",
        now=now,
    )
    assert held_roles(user) == {"employer"}
    assert queries.state_of(user).iso2 == "KE"
    assert mail.outbox == []


def test_employer_opens_no_room_of_anybody() -> None:
    client = signed_in(make_user("employer", state="KE"))
    assert len(CLOSED) > 20
    opened = [name for name in CLOSED if client.get(reverse(name)).status_code != 403]
    assert opened == []


def test_employer_sees_public_postings_and_the_own_account(now: datetime) -> None:
    quota = make_quota("DE", title="Welders in DE", now=now)
    client = signed_in(make_user("employer", state="KE"))
    for name in ("my-home", "my-account", "my-messages", "account-sessions", "public-quotas"):
        assert client.get(reverse(name)).status_code == 200, name
    assert client.get(reverse("public-quota", args=[quota.public_id])).status_code == 200
    assert reverse("public-quotas") in text_of(client.get(reverse("my-home")))


def test_employer_gets_no_token() -> None:
    user = make_user("employer", state="KE")
    assert signed_in(user).get(reverse("account-tokens")).status_code == 403
    with pytest.raises(Forbidden):
        services.issue_token(by=user, now=user.created_at)
    _, token = AuthToken.objects.create(user)
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert program.get(reverse("api-nominations")).status_code == 403


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.EMPLOYER}))
def test_employer_holds_no_other_role(role: str, now: datetime) -> None:
    from django.db import IntegrityError, transaction

    from accounts.models import RoleGrant

    user: Any = make_user("employer", state="KE")
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(user=user, role=role)
    agency = make_agency("employer", state="DE")
    with pytest.raises(Conflict):
        services.appoint(
            by=make_user("administrator"),
            user=make_user("operator"),
            agency_id=agency.public_id,
            role="employer",
            now=now,
        )
