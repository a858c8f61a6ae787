"""Accounts opened and closed; tokens that only their owner sees and only once."""

from datetime import datetime, timedelta

import pytest
from knox.models import AuthToken

from accounts.models import User
from accounts.queries import list_invitations, roles_of
from clearinghouse.audit.models import Event
from clearinghouse.registry import queries, services
from clearinghouse.shared.errors import Forbidden, NotFound
from tests.factories.accounts import make_user
from tests.factories.registry import make_agency

pytestmark = pytest.mark.django_db


def token_id(user: User) -> str:
    """Return the public part of the user's only token."""
    return queries.token_id(AuthToken.objects.get(user=user).digest)


def test_set_account_active_closes_and_opens_again(now: datetime) -> None:
    by, user = make_user("administrator"), make_user("operator")
    services.set_account_active(by=by, user_id=user.public_id, active=False, now=now)
    assert roles_of(User.objects.get(pk=user.pk)) == frozenset()
    services.set_account_active(by=by, user_id=user.public_id, active=True, now=now)
    assert roles_of(User.objects.get(pk=user.pk)) == {"operator"}
    verbs = Event.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["account_closed", "account_opened"]


def test_set_account_active_that_changes_nothing_records_nothing(now: datetime) -> None:
    by, user = make_user("administrator"), make_user("operator")
    before = Event.objects.count()
    services.set_account_active(by=by, user_id=user.public_id, active=True, now=now)
    assert Event.objects.count() == before


def test_set_account_active_closing_withdraws_tokens_and_sent_invitations(now: datetime) -> None:
    by, user = make_user("administrator"), make_user("administrator")
    operator = make_user("operator")
    services.issue_token(by=operator, now=now)
    services.invite_official(
        by=user,
        email="a@example.org",
        role="caseworker",
        agency_id=make_agency().public_id,
        language="en",
        now=now,
    )
    for closed in (user, operator):
        services.set_account_active(by=by, user_id=closed.public_id, active=False, now=now)
    assert not AuthToken.objects.exists()
    assert not list_invitations(now=now).exists()


def test_set_account_active_of_oneself_is_forbidden(now: datetime) -> None:
    by = make_user("administrator")
    with pytest.raises(Forbidden):
        services.set_account_active(by=by, user_id=by.public_id, active=False, now=now)


def test_set_account_active_by_others_is_forbidden(now: datetime) -> None:
    user = make_user("operator")
    with pytest.raises(Forbidden):
        services.set_account_active(
            by=make_user("auditor"), user_id=user.public_id, active=False, now=now
        )


def test_issue_token_keeps_only_the_digest(now: datetime) -> None:
    user = make_user("operator")
    token = services.issue_token(by=user, now=now, lifetime=timedelta(days=7))
    row = AuthToken.objects.get(user=user)
    assert row.expiry == now + timedelta(days=7)
    assert token.startswith(row.token_key)
    assert token not in str(row.__dict__)
    event = Event.objects.latest("pk")
    assert event.subject == queries.token_id(row.digest)
    assert token[:8] not in str(event.__dict__)


def test_issue_token_to_a_role_without_programs_is_forbidden(now: datetime) -> None:
    with pytest.raises(Forbidden):
        services.issue_token(by=make_user("protection_officer"), now=now)


def test_withdraw_token_is_final(now: datetime) -> None:
    user = make_user("operator")
    services.issue_token(by=user, now=now)
    services.withdraw_token(by=user, token_id=token_id(user))
    assert not AuthToken.objects.exists()


def test_withdraw_token_of_somebody_else_is_not_found(now: datetime) -> None:
    user, other = make_user("operator"), make_user("operator")
    services.issue_token(by=user, now=now)
    with pytest.raises(NotFound):
        services.withdraw_token(by=other, token_id=token_id(user))


@pytest.mark.parametrize("start", ["", "a", "%"])
def test_withdraw_token_needs_the_whole_name(start: str, now: datetime) -> None:
    user = make_user("operator")
    services.issue_token(by=user, now=now)
    with pytest.raises(NotFound):
        services.withdraw_token(by=user, token_id=start)
