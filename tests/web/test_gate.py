"""Officials open nothing without a second factor; workers and helpers may do without."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver, reverse
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.enums import OFFICIAL_ROLES, Role
from accounts.services import confirm_address
from clearinghouse.api.authentication import TokenAuthentication
from clearinghouse.demo.codes import code_of, give_factors
from clearinghouse.registry import services
from clearinghouse.shared.errors import NotNow
from clearinghouse.web.gate import OPEN
from tests.factories.accounts import SECRET, code_now, give_factor, make_user
from tests.web.doors import signed_in, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.without_factor]
PASSWORD = "seven green bicycles"
PLAIN = sorted(
    (name, f"/{path}")
    for name, ways in get_resolver().reverse_dict.lists()
    if isinstance(name, str)
    for path in {way[0][0][0] for way in ways if not way[0][0][1]}
    if not path.startswith("api/") and name not in OPEN
)


def bare(role: str) -> Any:
    """Make a person with a role and without a second factor."""
    user = make_user(role, state="DE")
    Authenticator.objects.filter(user=user).delete()
    return user


def with_password(role: str) -> Any:
    """Make a person who can sign in with a password."""
    user = make_user(role, state="DE")
    user.set_password(PASSWORD)
    user.save()
    confirm_address(user)
    return user


def sign_in(client: Client, user: Any) -> Any:
    """Send the first of the two sign-in forms."""
    return client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})


@pytest.mark.parametrize("role", sorted(OFFICIAL_ROLES))
def test_every_official_is_led_to_the_set_up(role: str) -> None:
    assert signed_in(bare(role)).get(reverse("my-home")).url == reverse("mfa_index")


def test_official_without_a_factor_opens_nothing_else() -> None:
    client = signed_in(bare("approver"))
    assert len(PLAIN) > 40
    answers = {path: client.get(path) for _name, path in PLAIN}
    led = {path for path, answer in answers.items() if answer.status_code == 302}
    assert led == set(answers)
    assert {answers[path].url for path in led} == {reverse("mfa_index")}


def test_twin_without_the_gate_the_pages_open(settings: Any) -> None:
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "SecondFactorFirst" not in one]
    assert signed_in(bare("operator")).get(reverse("operations-rounds")).status_code == 200


def test_official_posts_nothing_either() -> None:
    client = signed_in(bare("administrator"))
    answer = client.post(reverse("admin-invite"), {"email": "a@example.org"})
    assert answer.url == reverse("mfa_index")


@pytest.mark.parametrize("role", sorted(set(Role) - OFFICIAL_ROLES))
def test_workers_and_helpers_come_in_without(role: str) -> None:
    client = signed_in(make_user(role))
    assert client.get(reverse("my-home")).status_code == 200
    assert client.get(reverse("mfa_index")).status_code == 200


def test_worker_is_told_about_it_on_the_protection_page() -> None:
    text = text_of(signed_in(make_user("worker")).get(reverse("worker-protection"), follow=True))
    assert reverse("mfa_index") in text or "Fill in" in text


def test_setting_up_an_app_opens_the_portal(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    user = with_password("approver")
    Authenticator.objects.filter(user=user).delete()
    page = client.post(
        reverse("account_login"), {"login": user.email, "password": PASSWORD}, follow=True
    )
    assert page.redirect_chain[-1][0] == reverse("mfa_index")
    form = client.get(reverse("mfa_activate_totp"))
    session = client.session
    session["mfa.totp.secret"] = SECRET
    session.save()
    assert form.status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": code_now()})
    assert Authenticator.objects.filter(user=user, type="totp").exists()
    assert client.get(reverse("my-home")).status_code == 200


def test_official_with_a_factor_is_asked_at_sign_in(client: Client) -> None:
    user = with_password("operator")
    assert sign_in(client, user).url.startswith(reverse("mfa_authenticate"))
    assert client.get(reverse("my-home")).status_code == 302
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert wrong.status_code == 200
    client.post(reverse("mfa_authenticate"), {"code": code_now()})
    assert client.get(reverse("my-home")).status_code == 200


def test_session_that_showed_no_factor_is_asked_when_the_account_has_one() -> None:
    user = bare("certifier")
    client = signed_in(user)
    give_factor(user)
    answer = client.get(reverse("operations-rounds"))
    assert answer.url.startswith(reverse("mfa_reauthenticate"))


def test_removing_the_last_factor_closes_the_portal() -> None:
    user = with_password("operator")
    client = Client()
    sign_in(client, user)
    client.post(reverse("mfa_authenticate"), {"code": code_now()})
    assert client.get(reverse("my-home")).status_code == 200
    Authenticator.objects.filter(user=user).delete()
    session = client.session
    session["account_authentication_methods"] = []
    session.save()
    assert client.get(reverse("my-home")).url == reverse("mfa_index")


def test_passkey_pages_carry_their_options_without_inline_script(client: Client) -> None:
    user = with_password("operator")
    client = signed_in(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    text = text_of(client.get(reverse("mfa_add_webauthn")))
    assert 'data-passkey="create"' in text
    assert '"challenge"' in text
    scripts = re.findall(r"<script\b([^>]*)>", text)
    assert all("src=" in one or "application/json" in one for one in scripts)
    assert "Add a passkey" in text_of(client.get(reverse("mfa_list_webauthn")))


def call(user: Any) -> Any:
    """Call the API with a token of the person."""
    _, token = AuthToken.objects.create(user)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client.get(reverse("api-rounds"))


def test_token_of_an_official_without_a_factor_is_refused() -> None:
    user = bare("operator")
    answer = call(user)
    assert (answer.status_code, answer.data["code"]) == (403, "second_factor_missing")
    with pytest.raises(NotNow):
        services.issue_token(by=user, now=user.created_at)
    give_factor(user)
    assert call(user).status_code == 200


def test_twin_without_the_question_the_token_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clearinghouse.api.authentication.has_second_factor", lambda _user: True)
    assert call(bare("operator")).status_code == 200
    assert TokenAuthentication is not None


def test_demo_code_is_the_code_of_the_app(settings: Any, capsys: Any) -> None:
    user = bare("operator")
    give_factors([user])
    settings.DEMO_MODE = True
    call_command("demo_code", user.email)
    shown = capsys.readouterr().out.strip()
    assert re.fullmatch(r"\d{6}", shown)
    assert code_of("nobody@example.org", seconds=0) is None
    with pytest.raises(CommandError):
        call_command("demo_code", "nobody@example.org")
    settings.DEMO_MODE = False
    with pytest.raises(CommandError):
        call_command("demo_code", user.email)


def test_code_page_of_the_demonstration_says_where_codes_are(settings: Any) -> None:
    user = with_password("operator")
    for demo in (True, False):
        settings.DEMO_MODE = demo
        client = Client()
        sign_in(client, user)
        text = text_of(client.get(reverse("mfa_authenticate")))
        assert ("manage demo_code" in text) is demo
