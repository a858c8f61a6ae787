"""Sign-in with django-allauth: workers sign up, everybody confirms an address."""

import re
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.letters import deliver
from accounts.models import User
from accounts.queries import held_roles
from accounts.services import confirm_address, register_user
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "seven green bicycles"


def link_in_mail() -> str:
    """Return the path of the link in the first mail."""
    letter = mail.outbox[0]
    return str(re.search(settings.SITE_URL + r"(\S+)", letter.body).group(1))


@pytest.fixture
def address() -> str:
    """Give an address of this test's own, because limits of mails are kept by address."""
    return f"ada.{uuid4().hex}@example.org"


def sign_up(client: Client, address: str) -> None:
    """Fill in the sign-up page."""
    answers = {"email": address, "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(reverse("account_signup"), answers).status_code == 302


def sign_in(client: Client, email: str, password: str = PASSWORD) -> bool:
    """Fill in the sign-in page and tell whether it let the person in."""
    client.post(reverse("account_login"), {"login": email, "password": password})
    return "_auth_user_id" in client.session


def test_sign_up_makes_a_worker_in_the_language_of_the_page(client: Client, address: str) -> None:
    client.cookies["language"] = "ar"
    sign_up(client, address.title())
    user = User.objects.get()
    assert (user.email, user.language) == (address, "ar")
    assert held_roles(user) == {"worker"}


def test_sign_up_lets_nobody_in_before_the_address_is_confirmed(
    client: Client, address: str
) -> None:
    sign_up(client, address)
    assert not sign_in(client, address)
    deliver()
    client.post(link_in_mail())
    assert sign_in(client, address)


def test_sign_up_with_a_known_address_does_not_say_so(client: Client, address: str) -> None:
    user = make_user("operator", email=address)
    confirm_address(user)
    sign_up(client, address.upper())
    assert User.objects.count() == 1
    assert held_roles(user) == {"operator"}
    deliver()
    assert mail.outbox[0].to == [address]


def test_sign_in_without_regard_to_case(client: Client, address: str) -> None:
    confirm_address(register_user(email=address, password=PASSWORD))
    assert sign_in(client, address.upper())


def test_sign_in_to_a_closed_account_is_refused(client: Client, address: str) -> None:
    user = register_user(email=address, password=PASSWORD)
    confirm_address(user)
    User.objects.update(is_active=False)
    assert not sign_in(client, address)


def test_sign_in_without_a_password_set_is_refused(client: Client, address: str) -> None:
    confirm_address(register_user(email=address))
    assert not sign_in(client, address, password="")


def test_password_reset_reaches_an_invited_person(client: Client, address: str) -> None:
    confirm_address(register_user(email=address, password=PASSWORD))
    client.post(reverse("account_reset_password"), {"email": address})
    deliver()
    form = client.get(link_in_mail(), follow=True)
    answers = {"password1": "three blue tortoises", "password2": "three blue tortoises"}
    client.post(form.request["PATH_INFO"], answers)
    assert sign_in(client, address, "three blue tortoises")


@pytest.mark.parametrize("role", ["operator", "worker"])
def test_second_factor_can_be_set_up(client: Client, role: str) -> None:
    client.force_login(make_user(role))
    assert client.get(reverse("mfa_index")).status_code == 200
