"""The administration: officials, roles, invitations, agencies; never a case, never a worker."""

import re
from datetime import datetime
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Invitation, RoleGrant, User
from accounts.queries import held_roles
from clearinghouse.notices import services as notices
from clearinghouse.registry import queries, services
from clearinghouse.registry.models import Agency
from clearinghouse.shared import clock
from tests.factories.accounts import make_user
from tests.factories.registry import make_agency

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    """Give an administrator."""
    return make_user("administrator", email="admin@example.org")


@pytest.fixture
def page(administrator: User, client: Client) -> Client:
    """Give a browser in which the administrator is signed in."""
    client.force_login(administrator)
    return client


def official(role: str = "caseworker", **changes: str) -> User:
    """Make an official of Germany."""
    return make_user(role, state="DE", **changes)


def addresses() -> list[str]:
    """List the address of every page of the administration."""
    person = official()
    invitation = uuid4()
    return [
        reverse("admin-people"),
        reverse("admin-person", args=[person.public_id]),
        reverse("admin-add-role", args=[person.public_id]),
        reverse("admin-end-role", args=[person.public_id, "caseworker"]),
        reverse("admin-account", args=[person.public_id]),
        reverse("admin-invitations"),
        reverse("admin-invite"),
        reverse("admin-withdraw-invitation", args=[invitation]),
        reverse("admin-agencies"),
        reverse("admin-create-agency"),
    ]


def test_every_page_opens_for_an_administrator(page: Client) -> None:
    for address in addresses():
        response = page.get(address)
        assert response.status_code == 200, address
        assert response.content.count(b"<h1") == 1, address


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_every_page_is_shut_for_other_roles(role: str, client: Client) -> None:
    client.force_login(make_user(role, state="DE"))
    for address in addresses():
        assert client.get(address).status_code == 403, address
        assert client.post(address).status_code in {403, 405}, address


def test_every_page_asks_strangers_to_sign_in(client: Client) -> None:
    for address in addresses():
        assert client.get(address).status_code == 302, address


@pytest.mark.parametrize("name", ["admin-people", "admin-invitations", "admin-agencies"])
def test_pages_in_arabic_run_from_right_to_left(page: Client, name: str) -> None:
    page.cookies["language"] = "ar"
    assert b'<html lang="ar" dir="rtl">' in page.get(reverse(name)).content


def test_people_finds_by_name_and_role_and_hides_workers(page: Client) -> None:
    wanted = official(email="anna@example.org")
    official("approver", email="bela@example.org")
    make_user("worker", email="anna.worker@example.org")
    response = page.get(reverse("admin-people"), {"q": "anna", "role": "caseworker"})
    assert [row["user"] for row in response.context["rows"]] == [wanted]
    assert "anna.worker" not in page.get(reverse("admin-people")).content.decode()


def test_people_sorts_by_address_both_ways(page: Client) -> None:
    for name in ("b", "c", "a"):
        official(email=f"{name}@example.org")
    for sort, order in (("email", "abc"), ("-email", "cba")):
        rows = page.get(reverse("admin-people"), {"sort": sort, "role": "caseworker"}).context[
            "rows"
        ]
        assert [row["user"].email[0] for row in rows] == list(order)


def test_people_with_a_nonsense_role_lists_everybody(page: Client) -> None:
    official()
    rows = page.get(reverse("admin-people"), {"role": "worker"}).context["rows"]
    assert len(rows) == 2


def test_people_without_a_hit_says_so(page: Client) -> None:
    assert "Nobody found" in page.get(reverse("admin-people"), {"q": "zzz"}).content.decode()


def _queries(page: Client, name: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert page.get(reverse(name)).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", ["admin-people", "admin-invitations", "admin-agencies"])
def test_lists_ask_the_same_number_of_queries_at_1_and_30_rows(
    page: Client, administrator: User, name: str
) -> None:
    agency = make_agency("destination", state="FR")

    def add() -> None:
        user = official()
        make_agency("origin", state="PH")
        notices.send(user=user, kind="quota_decided", facts={}, now=clock.now())
        services.invite_official(
            by=administrator,
            email=f"new.{user.email}",
            role="caseworker",
            agency_id=agency.public_id,
            language="en",
            now=clock.now(),
        )

    add()
    few = _queries(page, name)
    for _ in range(29):
        add()
    assert _queries(page, name) == few <= 12


def test_person_shows_roles_history_and_office(page: Client, now: datetime) -> None:
    user = official()
    RoleGrant.objects.create(user=user, role="helper", granted_at=now, ended_at=now)
    content = page.get(reverse("admin-person", args=[user.public_id])).content.decode()
    assert "Past roles" in content
    assert "Helper of workers" in content
    assert "Germany" in content


def test_person_who_is_a_worker_is_not_found(page: Client) -> None:
    worker, nobody = make_user("worker"), uuid4()
    answers = set()
    for public_id in (worker.public_id, nobody):
        response = page.get(reverse("admin-person", args=[public_id]))
        assert response.status_code == 404
        content = response.content.decode().replace(str(public_id), "")
        answers.add(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", content))
    assert len(answers) == 1


def test_person_does_not_show_that_a_helper_is_a_worker_too(page: Client) -> None:
    user = make_user("helper", "worker")
    content = page.get(reverse("admin-person", args=[user.public_id])).content.decode()
    assert ">Worker<" not in content


def test_add_role_gives_it(page: Client) -> None:
    user = official()
    agency = queries.officer_of(user).agency
    answers = {"role": "quota_officer", "agency": str(agency.public_id), "position": "Desk 2"}
    response = page.post(reverse("admin-add-role", args=[user.public_id]), answers)
    assert response.status_code == 302
    assert held_roles(user) == {"caseworker", "quota_officer"}


def test_add_role_that_is_incompatible_comes_back_filled_with_a_sentence(page: Client) -> None:
    user = official()
    agency = queries.officer_of(user).agency
    answers = {"role": "approver", "agency": str(agency.public_id), "position": "Desk 2"}
    response = page.post(reverse("admin-add-role", args=[user.public_id]), answers)
    content = response.content.decode()
    assert "“Caseworker” and “Approver”" in content
    assert 'value="Desk 2"' in content
    assert held_roles(user) == {"caseworker"}


def test_end_role_asks_first_and_then_ends(page: Client) -> None:
    user = official()
    address = reverse("admin-end-role", args=[user.public_id, "caseworker"])
    page.get(address)
    assert held_roles(user) == {"caseworker"}
    assert page.post(address).status_code == 302
    assert held_roles(user) == frozenset()


def test_end_role_with_a_nonsense_word_is_not_found(page: Client) -> None:
    user = official()
    address = reverse("admin-end-role", args=[user.public_id, "worker"])
    assert page.post(address).status_code == 404


def test_account_closes_and_signs_the_person_out(page: Client) -> None:
    user, browser = official(), Client()
    browser.force_login(user)
    address = reverse("admin-account", args=[user.public_id])
    page.post(address, {"wish": "close"})
    assert browser.get(reverse("my-home")).status_code == 302
    page.post(address, {"wish": "open"})
    assert User.objects.get(pk=user.pk).is_active


def test_own_roles_cannot_be_changed(page: Client, administrator: User) -> None:
    for name, extra in (("admin-end-role", ["administrator"]), ("admin-account", [])):
        address = reverse(name, args=[administrator.public_id, *extra])
        assert page.post(address, {"wish": "close"}).status_code == 403
    assert held_roles(administrator) == {"administrator"}


def test_invite_sends_a_mail_and_lists_the_invitation(page: Client) -> None:
    agency = make_agency("destination", state="DE")
    answers = {
        "email": "new@example.org",
        "role": "approver",
        "agency": str(agency.public_id),
        "language": "es",
    }
    response = page.post(reverse("admin-invite"), answers, follow=True)
    assert "new@example.org" in response.content.decode()
    notices.deliver_outbox(now=clock.now())
    assert mail.outbox[0].to == ["new@example.org"]


def test_invite_with_an_agency_that_does_not_fit_shows_it_at_the_field(page: Client) -> None:
    answers = {
        "email": "new@example.org",
        "role": "approver",
        "agency": str(make_agency("origin", state="PH").public_id),
        "language": "en",
    }
    response = page.post(reverse("admin-invite"), answers)
    assert list(response.context["form"].errors) == ["agency"]
    assert not Invitation.objects.exists()


def test_withdraw_removes_an_invitation_from_the_list(page: Client, administrator: User) -> None:
    invitation = services.invite_official(
        by=administrator,
        email="new@example.org",
        role="approver",
        agency_id=make_agency().public_id,
        language="en",
        now=clock.now(),
    )
    page.post(reverse("admin-withdraw-invitation", args=[invitation.public_id]))
    assert page.get(reverse("admin-invitations")).context["rows"] == []


def test_create_agency_lists_it(page: Client) -> None:
    answers = {"name": "Bureau", "kind": "destination", "state": "FR"}
    response = page.post(reverse("admin-create-agency"), answers, follow=True)
    assert "Bureau" in response.content.decode()
    assert Agency.objects.get(name="Bureau").state.iso2 == "FR"


def test_create_agency_without_its_state_shows_it_at_the_field(page: Client) -> None:
    answers = {"name": "Bureau", "kind": "destination", "state": ""}
    response = page.post(reverse("admin-create-agency"), answers)
    assert list(response.context["form"].errors) == ["state"]


def test_agencies_search_by_state_in_the_readers_language(page: Client) -> None:
    make_agency("destination", state="DE", name="Amt")
    page.cookies["language"] = "fr"
    rows = page.get(reverse("admin-agencies"), {"q": "allemagne"}).context["page"]
    assert [row.name for row in rows] == ["Amt"]
