"""The first page of each role, messages, one's own account, the invitation's page."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from knox.models import AuthToken

from accounts.enums import Role
from accounts.models import Invitation, User
from accounts.queries import held_roles, invitation_token
from clearinghouse.notices import queries as notice_queries
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.registry import services
from clearinghouse.shared import clock
from clearinghouse.web.home import worklist
from tests.factories.accounts import make_user
from tests.factories.registry import make_agency

pytestmark = pytest.mark.django_db
PASSWORD = "seven green bicycles"


def browser_of(user: User) -> Client:
    """Give a browser in which the person is signed in."""
    browser = Client()
    browser.force_login(user)
    return browser


def tell(user: User, kind: Kind = Kind.RESULT_READY) -> Any:
    """Write a message to the person."""
    return notices.send(user=user, kind=kind, facts={}, now=clock.now())


# First page


@pytest.mark.parametrize("role", Role)
def test_my_home_opens_for_every_role(role: str) -> None:
    response = browser_of(make_user(role, state="DE")).get(reverse("my-home"))
    assert response.status_code == 200
    assert response.content.count(b"<h1") == 1


@pytest.mark.parametrize("role", Role)
def test_my_home_in_arabic_runs_from_right_to_left(role: str) -> None:
    browser = browser_of(make_user(role, state="DE", language="ar"))
    assert b'<html lang="ar" dir="rtl">' in browser.get(reverse("my-home")).content


def test_my_home_asks_strangers_to_sign_in(client: Client) -> None:
    assert client.get(reverse("my-home")).status_code == 302


def test_my_home_of_a_person_without_role_says_so() -> None:
    assert "holds no role" in browser_of(make_user()).get(reverse("my-home")).content.decode()


def test_my_home_of_a_new_worker_leads_to_the_profile() -> None:
    content = browser_of(make_user("worker")).get(reverse("my-home")).content.decode()
    assert reverse("worker-profile") in content
    assert "Fill in my profile" in content


def test_my_home_counts_invitations_for_the_administrator() -> None:
    by = make_user("administrator")
    for number in range(2):
        services.invite_official(
            by=by,
            email=f"new{number}@example.org",
            role="caseworker",
            agency_id=make_agency().public_id,
            language="en",
            now=clock.now(),
        )
    content = browser_of(by).get(reverse("my-home")).content.decode()
    assert "2 invitations wait for an answer" in content


@pytest.mark.parametrize("role", Role)
def test_my_home_asks_the_same_number_of_queries_with_1_and_30_messages(role: str) -> None:
    user = make_user(role, state="DE")
    browser = browser_of(user)
    counts = []
    for more in (1, 29):
        for _ in range(more):
            tell(user)
        with CaptureQueriesContext(connection) as captured:
            browser.get(reverse("my-home"))
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 16


@pytest.mark.parametrize("source", worklist.SOURCES)
def test_every_line_of_the_worklist_speaks_and_leads_somewhere(source: worklist.Source) -> None:
    assert source.words(1) != source.words(2)
    assert "%(" not in source.words(2)
    assert worklist.address(source.leads_to).startswith("/")


def test_every_role_with_work_to_do_has_a_line() -> None:
    assert {source.role for source in worklist.SOURCES} == set(Role) - {Role.WORKER, Role.EMPLOYER}


# Messages


def test_messages_are_listed_newest_first_with_their_count() -> None:
    user = make_user("worker")
    tell(user, Kind.APPLICATION_RECEIVED), tell(user, Kind.RESULT_READY)
    response = browser_of(user).get(reverse("my-messages"))
    kinds = [row["message"].kind for row in response.context["rows"]]
    assert kinds == ["result_ready", "application_received"]
    assert "2 unread messages" in response.content.decode()


def test_messages_of_others_do_not_appear() -> None:
    tell(make_user("worker"))
    assert browser_of(make_user("worker")).get(reverse("my-messages")).context["rows"] == []


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.INVITATION])
def test_a_message_of_every_kind_leads_to_a_page_that_exists(kind: Kind) -> None:
    user = make_user("worker")
    message = tell(user, kind)
    address = reverse("my-message-read", args=[message.public_id])
    response = browser_of(user).post(address, {"open": "1"})
    assert response.url not in {"", reverse("my-messages")}
    assert notice_queries.count_unread(user) == 0


def test_a_message_of_somebody_else_cannot_be_marked() -> None:
    message = tell(make_user("worker"))
    address = reverse("my-message-read", args=[message.public_id])
    assert browser_of(make_user("worker")).post(address).status_code == 404


def test_messages_are_marked_by_post_only() -> None:
    user = make_user("worker")
    browser, message = browser_of(user), tell(user)
    assert browser.get(reverse("my-message-read", args=[message.public_id])).status_code == 405
    assert browser.get(reverse("my-messages-read")).status_code == 405
    browser.post(reverse("my-messages-read"))
    assert notice_queries.count_unread(user) == 0


def test_messages_ask_the_same_number_of_queries_at_1_and_30_rows() -> None:
    user = make_user("worker")
    browser, counts = browser_of(user), []
    for more in (1, 29):
        for _ in range(more):
            tell(user)
        with CaptureQueriesContext(connection) as captured:
            browser.get(reverse("my-messages"))
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 8


# Own account


def test_my_account_keeps_settings_and_speaks_the_new_language_at_once() -> None:
    user = make_user("operator")
    browser = browser_of(user)
    browser.cookies["language"] = "en"
    answers = {"display_name": "Ada", "language": "ar", "time_zone": "Africa/Cairo"}
    response = browser.post(reverse("my-account"), answers, follow=True)
    user.refresh_from_db()
    assert (user.display_name, user.language, user.time_zone) == ("Ada", "ar", "Africa/Cairo")
    assert b'dir="rtl"' in response.content


def test_my_account_refuses_a_time_zone_that_does_not_exist() -> None:
    user = make_user("operator")
    answers = {"display_name": "Ada", "language": "fr", "time_zone": "Mars/Base"}
    response = browser_of(user).post(reverse("my-account"), answers)
    assert list(response.context["form"].errors) == ["time_zone"]
    user.refresh_from_db()
    assert user.language == "en"


def test_my_account_leads_to_everything() -> None:
    content = browser_of(make_user("operator")).get(reverse("my-account")).content.decode()
    names = ("account_email", "account_change_password", "mfa_index", "account-tokens")
    for name in names:
        assert f'href="{reverse(name)}"' in content


def test_tokens_show_a_new_token_once() -> None:
    user = make_user("operator")
    browser = browser_of(user)
    issued = browser.post(reverse("account-tokens"), {"days": "30"}).context["issued"]
    row = AuthToken.objects.get(user=user)
    assert row.expiry - clock.now() > timedelta(days=29)
    assert issued not in browser.get(reverse("account-tokens")).content.decode()


def test_tokens_are_withdrawn_after_a_confirmation() -> None:
    user = make_user("operator")
    browser = browser_of(user)
    browser.post(reverse("account-tokens"), {"days": "30"})
    token_id = browser.get(reverse("account-tokens")).context["rows"][0]["id"]
    address = reverse("account-withdraw-token", args=[token_id])
    assert browser.get(address).status_code == 200
    assert AuthToken.objects.exists()
    browser.post(address)
    assert not AuthToken.objects.exists()


def test_tokens_of_others_cannot_be_withdrawn() -> None:
    user = make_user("operator")
    browser = browser_of(user)
    browser.post(reverse("account-tokens"), {"days": "30"})
    token_id = browser.get(reverse("account-tokens")).context["rows"][0]["id"]
    address = reverse("account-withdraw-token", args=[token_id])
    assert browser_of(make_user("operator")).post(address).status_code == 404


def test_tokens_are_shut_for_roles_without_programs() -> None:
    browser = browser_of(make_user("protection_officer"))
    assert browser.get(reverse("account-tokens")).status_code == 403
    assert browser.post(reverse("account-tokens"), {"days": "30"}).status_code == 403


# Invitation


def invite(email: str = "new@example.org") -> Invitation:
    """Invite an approver of Germany."""
    return services.invite_official(
        by=make_user("administrator"),
        email=email,
        role="approver",
        agency_id=make_agency("destination", state="DE").public_id,
        language="en",
        now=clock.now(),
    )


def link(invitation: Invitation) -> str:
    """Return the address in the invitation's mail."""
    return reverse("invitation", args=[invitation_token(invitation.public_id)])


def test_invitation_by_mail_to_first_page(client: Client) -> None:
    invite()
    notices.deliver_outbox(now=clock.now())
    address = next(line for line in mail.outbox[0].body.split() if "/invitation/" in line)
    answers = {"display_name": "Ada", "password": PASSWORD, "repeated": PASSWORD}
    response = client.post(address, answers, follow=True)
    assert response.redirect_chain[-1][0] == reverse("account_login")
    credentials = {"login": "new@example.org", "password": PASSWORD}
    response = client.post(reverse("account_login"), credentials, follow=True)
    assert response.redirect_chain[-1][0] == reverse("mfa_index")
    assert "Officials sign in with two steps" in response.content.decode()
    user = User.objects.get(email="new@example.org")
    assert "Germany" in browser_of(user).get(reverse("my-home")).content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password": "short", "repeated": "short"}, "password"),
        ({"repeated": "something else"}, "repeated"),
        ({"display_name": ""}, "display_name"),
    ],
)
def test_invitation_with_bad_answers_comes_back(
    client: Client, changes: dict[str, str], field: str
) -> None:
    invitation = invite()
    answers = {"display_name": "Ada", "password": PASSWORD, "repeated": PASSWORD, **changes}
    response = client.post(link(invitation), answers)
    assert list(response.context["form"].errors) == [field]
    assert not User.objects.filter(email="new@example.org").exists()


def test_invitation_of_a_known_address_leads_through_sign_in(client: Client) -> None:
    user, invitation = make_user(email="new@example.org"), invite()
    content = client.get(link(invitation)).content.decode()
    assert f"{reverse('account_login')}?next={link(invitation)}" in content
    client.force_login(user)
    client.post(link(invitation))
    assert held_roles(user) == {"approver"}


def test_invitation_of_somebody_else_cannot_be_accepted() -> None:
    user, invitation = make_user("operator"), invite()
    browser = browser_of(user)
    assert "another address" in browser.get(link(invitation)).content.decode()
    browser.post(link(invitation))
    assert held_roles(user) == {"operator"}


def test_invitation_to_an_incompatible_role_is_refused_with_both_names() -> None:
    user, invitation = make_user("worker", email="new@example.org"), invite()
    content = browser_of(user).post(link(invitation)).content.decode()
    assert "“Worker” and “Approver”" in content
    assert held_roles(user) == {"worker"}


@pytest.mark.parametrize(("state", "status"), [("used", 410), ("old", 410), ("withdrawn", 410)])
def test_invitation_that_is_over_says_why(client: Client, state: str, status: int) -> None:
    invitation = invite()
    now = clock.now()
    changes = {
        "used": {"accepted_at": now, "accepted_by": invitation.invited_by},
        "old": {"expires_at": now - timedelta(seconds=1)},
        "withdrawn": {"withdrawn_at": now},
    }
    Invitation.objects.filter(pk=invitation.pk).update(**changes[state])
    response = client.get(link(invitation))
    assert response.status_code == status
    assert "This invitation cannot be used" in response.content.decode()


def test_invitation_with_a_forged_link_is_not_found(client: Client) -> None:
    response = client.get(link(invite()).removesuffix("/") + "x/")
    assert response.status_code == 404
    assert "not complete" in response.content.decode()
