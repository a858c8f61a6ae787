"""An official sets up a passkey in a real browser, signs in with it and confirms an act with it."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.services import confirm_address
from tests.factories.accounts import make_user

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.without_factor,
    pytest.mark.django_db(transaction=True),
]
PASSWORD = "seven green bicycles"


@pytest.fixture
def page(chromium: Any, live_server: Any) -> Any:
    """Give a page of a browser that has a passkey of its own."""
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    page.set_default_timeout(30_000)
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield page
    context.close()


def sign_in(page: Any, email: str) -> None:
    """Fill in the first of the two sign-in forms."""
    page.goto(reverse("account_login"))
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.locator("main button[type=submit]").click()


def test_passkey_from_set_up_to_a_sensitive_act(page: Any, settings: Any) -> None:
    user = make_user("operator")
    Authenticator.objects.filter(user=user).delete()
    user.set_password(PASSWORD)
    user.save()
    confirm_address(user)

    sign_in(page, user.email)
    assert page.url.endswith(reverse("mfa_index"))
    page.goto(reverse("mfa_add_webauthn"))
    with page.expect_navigation():
        page.locator("[data-passkey-start]").click()
    assert Authenticator.objects.filter(user=user, type="webauthn").count() == 1
    page.goto(reverse("operations-rounds"))
    assert page.url.endswith(reverse("operations-rounds"))

    page.context.clear_cookies()
    sign_in(page, user.email)
    assert reverse("mfa_authenticate") in page.url
    with page.expect_navigation():
        page.locator("[data-passkey-start]").click()
    page.goto(reverse("account-tokens"))

    settings.FRESH_FACTOR_SECONDS = 0.001
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()
    assert "Show that it is you" in page.content()
    settings.FRESH_FACTOR_SECONDS = 600
    with page.expect_navigation():
        page.locator("[data-passkey-start]").click()
    assert "Your new token" in page.content()
