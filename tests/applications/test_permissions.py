"""Who may apply, check, nominate and confirm: every role, and officials without a state."""

from datetime import datetime

import pytest

from accounts import services as accounts
from accounts.enums import Role
from accounts.models import User
from clearinghouse.applications import permissions
from clearinghouse.people import permissions as people
from clearinghouse.protection import permissions as protection
from clearinghouse.shared.errors import Forbidden
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db

MAY = {
    permissions.can_apply: {Role.WORKER, Role.HELPER},
    permissions.can_check: {Role.CASEWORKER},
    permissions.can_nominate: {Role.ORIGIN_OFFICER},
    permissions.can_confirm: {Role.WORKER},
    people.can_have_profile: {Role.WORKER},
    people.can_help: {Role.HELPER},
    protection.can_ask: {Role.WORKER, Role.HELPER},
    protection.can_determine: {Role.PROTECTION_OFFICER},
}


def _user(role: str) -> User:
    return make_user(role, state="DE")


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_what_the_table_says(role: Role) -> None:
    user = _user(role)
    assert {may for may in MAY if may(user)} == {may for may, roles in MAY.items() if role in roles}


@pytest.mark.parametrize(
    ("role", "may", "check"),
    [
        ("caseworker", permissions.can_check, permissions.check_can_check),
        ("origin_officer", permissions.can_nominate, permissions.check_can_nominate),
    ],
)
def test_official_without_a_state_acts_for_none(
    role: str, may: object, check: object, now: datetime
) -> None:
    user = make_user()
    accounts.grant_role(user, role, by=None, now=now)
    assert callable(may) and callable(check)
    assert not may(user)
    with pytest.raises(Forbidden):
        check(user)
