"""Every role x permission is decided, and the page says what the code does."""

import re
from pathlib import Path

import pytest

from accounts.enums import Role
from clearinghouse.access import roles
from clearinghouse.access.checks import SYSTEM, acting_role, allows, require
from clearinghouse.access.permissions import Permission
from clearinghouse.shared.errors import Forbidden
from tests.factories.accounts import make_user

README = Path(roles.__file__).with_name("README.md")


def test_every_role_has_a_sentence_and_a_set() -> None:
    assert set(roles.SENTENCES) == set(roles.GRANTS) == set(Role)


def test_every_permission_is_held_by_somebody() -> None:
    assert set().union(*roles.GRANTS.values()) == set(Permission)


def test_page_equals_code() -> None:
    page = README.read_text(encoding="utf-8")
    [printed] = re.findall(r"<!-- grid -->\n(.*?)\n<!-- /grid -->", page, re.DOTALL)
    assert printed == roles.grid()


def test_grid_has_a_cell_for_every_role_and_permission() -> None:
    rows = roles.grid().splitlines()
    assert len(rows) == 2 + len(Permission)
    assert {row.count("|") for row in rows} == {len(Role) + 2}


@pytest.mark.parametrize("role", Role)
@pytest.mark.django_db
def test_allows_is_what_the_grid_says(role: Role) -> None:
    user = make_user(role, state="DE")
    assert {each for each in Permission if allows(user, each)} == roles.GRANTS[role]


@pytest.mark.django_db
def test_require_refuses_what_is_not_granted() -> None:
    worker = make_user("worker")
    require(worker, Permission.OWN_PROFILE)
    with pytest.raises(Forbidden):
        require(worker, Permission.MANAGE_PEOPLE)


@pytest.mark.django_db
def test_nobody_and_the_closed_may_nothing() -> None:
    user = make_user("operator")
    user.is_active = False
    for permission in Permission:
        assert not allows(None, permission)
        assert not allows(user, permission)


@pytest.mark.django_db
def test_acting_role_names_the_role_that_grants() -> None:
    user = make_user("quota_officer", "caseworker", state="DE")
    assert acting_role(user, Permission.CHECK_APPLICATIONS) == "caseworker"
    assert acting_role(user, Permission.MANAGE_PEOPLE) == "none"
    assert acting_role(SYSTEM, Permission.MANAGE_PEOPLE) == "system"


@pytest.mark.django_db
def test_the_system_may_everything() -> None:
    assert all(allows(SYSTEM, permission) for permission in Permission)


READS_CASES = {
    Permission.ACT_FOR_WORKER,
    Permission.CHECK_APPLICATIONS,
    Permission.NOMINATE,
    Permission.DETERMINE_PROTECTION,
}


def test_administrator_reads_no_case() -> None:
    assert not roles.GRANTS[Role.ADMINISTRATOR] & READS_CASES


def test_only_the_protection_body_determines() -> None:
    holders = [role for role in Role if Permission.DETERMINE_PROTECTION in roles.GRANTS[role]]
    assert holders == [Role.PROTECTION_OFFICER]
