"""Mails about accounts wait in an outbox: what a request does is the same for every address."""

import re
import smtplib
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import letters, services
from accounts.enums import LetterKind
from accounts.models import Attempt, Letter, RoleGrant, User
from accounts.services import confirm_address, register_user
from clearinghouse.access.logins import Login, use_login
from clearinghouse.background import tasks
from clearinghouse.shared.database import violated_constraint

pytestmark = pytest.mark.django_db
PASSWORD = "seven green bicycles"
PAGES = ("account_signup", "account_reset_password")


@pytest.fixture(autouse=True)
def _quick_hash(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def addresses() -> list[str]:
    """Give addresses of equal length: known, closed, unconfirmed, a second one, and unknown."""
    for name in ("known", "close", "uncon", "secon"):
        user = register_user(email=f"{name}@example.org", password=PASSWORD)
        if name != "uncon":
            confirm_address(user)
    User.objects.filter(email="close@example.org").update(is_active=False)
    second = User.objects.get(email="secon@example.org")
    EmailAddress.objects.create(user=second, email="other@example.org", verified=True)
    names = ("known", "close", "uncon", "other", "nobod", "noone")
    return [f"{name}@example.org" for name in names]


def ask(page: str, address: str) -> tuple[Any, ...]:
    """Send a form; return the whole answer, the statements without values, and mails sent."""
    client, before = Client(), len(mail.outbox)
    answers = {"email": address, "password1": PASSWORD, "password2": PASSWORD}
    with CaptureQueriesContext(connection) as done:
        answer = client.post(reverse(page), answers)
    statements = [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in done]
    statements = [re.sub(r"^(ROLLBACK TO|RELEASE) ", "END ", words) for words in statements]
    shown = client.get(answer.url).content.replace(address.encode(), b"ADDRESS")
    shown = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", shown)
    facts = (answer.status_code, answer.url, sorted(answer.headers), shown)
    return facts, [words.split()[:3] for words in statements], len(mail.outbox) - before


@pytest.mark.parametrize("page", PAGES)
def test_every_address_costs_the_same_statements_and_bytes(page: str, addresses: list[str]) -> None:
    ask(page, "warm@example.org")
    found = [ask(page, address) for address in addresses]
    for one in found:
        assert one == found[0]
    assert found[0][2] == 0 < len(found[0][1])
    assert Letter.objects.count() == len(addresses) + 1


def test_twin_mail_inside_the_request_is_seen(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = letters.write

    def at_once(kind: LetterKind, email: str, **more: Any) -> None:
        write(kind, email, **more)
        if User.objects.filter(email=email).exists():
            with use_login(Login.MATCHER):
                letters.deliver()

    monkeypatch.setattr(letters, "write", at_once)
    known, unknown = (ask("account_reset_password", addresses[index]) for index in (0, -1))
    assert known[1] != unknown[1]
    assert (known[2], unknown[2]) == (1, 0)


def test_twin_without_the_account_that_is_taken_back_fewer_statements_are_seen(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make = services.sign_up

    def lazy(*, email: str, **more: Any) -> int | None:
        return None if User.objects.filter(email=email).exists() else make(email=email, **more)

    monkeypatch.setattr(services, "sign_up", lazy)
    known, unknown = (ask("account_signup", addresses[index]) for index in (0, -1))
    assert len(known[1]) < len(unknown[1])


def test_known_address_gets_no_second_account_and_a_word_about_it(addresses: list[str]) -> None:
    before = User.objects.count(), RoleGrant.objects.count(), EmailAddress.objects.count()
    for address in addresses[:4]:
        ask("account_signup", address)
    after = User.objects.count(), RoleGrant.objects.count(), EmailAddress.objects.count()
    assert before == after
    assert letters.deliver() == 4
    assert {one.subject for one in mail.outbox} == {"You have an account already"}
    assert Letter.objects.count() == 0


def test_each_letter_says_what_the_tables_say_then(addresses: list[str]) -> None:
    for address in addresses:
        ask("account_reset_password", address)
    assert letters.deliver() == len(addresses)
    known = {one.to[0] for one in mail.outbox if "reset/key/" in one.body}
    unknown = {one.to[0] for one in mail.outbox if "signup" in one.body}
    assert known == set(addresses) - unknown
    assert unknown == {addresses[1], *addresses[4:]}
    assert all(settings.SITE_URL in one.body for one in mail.outbox)


def test_link_to_confirm_is_for_the_address_that_was_just_written(addresses: list[str]) -> None:
    ask("account_signup", addresses[-1])
    theirs = EmailAddress.objects.create(
        user=User.objects.get(email=addresses[0]), email=addresses[-1], verified=False
    )
    letters.deliver()
    path = re.search(settings.SITE_URL + r"(\S+)", mail.outbox[0].body).group(1)
    Client().post(path)
    theirs.refresh_from_db()
    assert not theirs.verified
    assert EmailAddress.objects.get(user__email=addresses[-1]).verified


def test_language_is_the_readers(addresses: list[str]) -> None:
    client = Client(headers={"accept-language": "fr"})
    client.post(reverse("account_reset_password"), {"email": addresses[0]})
    letters.deliver()
    assert mail.outbox[0].subject == "Choisir un nouveau mot de passe"


class Refusing(EmailBackend):
    """Refuses one address and takes others."""

    def send_messages(self, messages: Any) -> int:
        if messages[0].to == ["known@example.org"]:
            raise smtplib.SMTPRecipientsRefused({})
        return int(super().send_messages(messages))


def test_refused_letter_waits_and_holds_nobody_up(addresses: list[str], settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    for address in (addresses[0], addresses[-1]):
        ask("account_reset_password", address)
    assert letters.deliver() == 1
    assert letters.deliver() == 0
    letter = Letter.objects.get()
    assert (letter.email, letter.tries) == (addresses[0], 1)
    Letter.objects.update(tried_at="2020-01-01T00:00Z")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert letters.deliver() == 1


def test_letter_that_nobody_takes_is_given_up(addresses: list[str], settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    ask("account_reset_password", addresses[0])
    letters.deliver()
    Letter.objects.update(made_at="2020-01-01T00:00Z")
    letters.deliver()
    assert not Letter.objects.exists()


def test_task_and_sweep_send_what_a_lost_hint_left(addresses: list[str]) -> None:
    ask("account_reset_password", addresses[0])
    tasks.send_letters(unknown="word")
    assert [one.to for one in mail.outbox] == [[addresses[0]]]


def test_web_asks_for_letters_and_reads_none(addresses: list[str]) -> None:
    with use_login(Login.WEB), transaction.atomic():
        letters.write(LetterKind.NEW_PASSWORD, addresses[0])
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            Letter.objects.count()
    assert Letter.objects.count() == 1


def test_letter_of_another_kind_is_refused_by_the_table() -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Letter.objects.create(kind="poem", email="a@example.org", language="en")
    assert violated_constraint(error.value) == "accounts_letter_kind"


def test_two_sign_ups_at_the_same_moment_make_one_account(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"email": "twice@example.org", "password": PASSWORD, "language": "en"}
    assert services.sign_up(**facts)
    monkeypatch.setattr(services.queries, "is_known", lambda _email: False)
    assert services.sign_up(**facts) is None
    assert User.objects.filter(email=facts["email"]).count() == 1
    Attempt.objects.all().delete()
