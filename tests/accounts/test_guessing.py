"""Exactly five of a hundred guesses are looked at, whoever guesses and however fast."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import throttle
from accounts.codes import TooManyGuesses, check_code
from accounts.letters import deliver
from accounts.models import Attempt, User
from accounts.services import confirm_address
from clearinghouse.shared.database import violated_constraint
from tests.factories.accounts import SECRET, code_now, make_user

PASSWORD = "seven green bicycles"
GUESSES, AT_A_TIME = 100, 20
LIMIT = throttle.Limit("test", 5, timedelta(minutes=5))


@pytest.fixture(autouse=True)
def _quick_hash(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def _apart(settings: Any) -> Any:
    settings.COUNT_GUESSES_APART = True
    yield
    Attempt.objects.all().delete()


def with_password(role: str) -> User:
    """Make a person who can sign in with a password."""
    user = make_user(role, email=f"{role}.guessed@example.org")
    user.set_password(PASSWORD)
    user.save()
    confirm_address(user)
    return user


def all_at_once(act: Callable[[int], bool]) -> int:
    """Do something a hundred times, twenty at the same moment; count how often it went through."""
    gate = threading.Barrier(AT_A_TIME)

    def one(number: int) -> bool:
        gate.wait(timeout=60)
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return sum(pool.map(one, range(GUESSES)))


@pytest.mark.races
@pytest.mark.usefixtures("_apart")
@pytest.mark.django_db(transaction=True)
def test_exactly_five_of_a_hundred_guesses_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    user, compared = with_password("worker"), []
    compare = AuthenticationBackend._check_password

    def slowly(self: Any, one: Any, password: str) -> Any:
        compared.append(password)
        time.sleep(0.02)
        return compare(self, one, password)

    monkeypatch.setattr(AuthenticationBackend, "_check_password", slowly)

    def guess(number: int) -> bool:
        client = Client()
        answers = {"login": user.email, "password": f"guess {number}"}
        client.post(reverse("account_login"), answers)
        return "_auth_user_id" in client.session

    assert all_at_once(guess) == 0
    assert len(compared) == 5
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


@pytest.mark.races
@pytest.mark.usefixtures("_apart")
@pytest.mark.django_db(transaction=True)
def test_exactly_five_of_a_hundred_are_counted_and_twin_in_the_cache_more() -> None:
    assert all_at_once(lambda _n: throttle.spend(LIMIT, "somebody")) == 5

    def in_the_cache(_number: int) -> bool:
        tries = cache.get("twin", 0)
        time.sleep(0.002)
        cache.set("twin", tries + 1)
        return bool(tries < 5)

    cache.delete("twin")
    assert all_at_once(in_the_cache) > 5


@pytest.mark.races
@pytest.mark.usefixtures("_apart")
@pytest.mark.django_db(transaction=True)
def test_exactly_five_of_a_hundred_codes_are_looked_at() -> None:
    user, looked = make_user("operator", email="codes@example.org"), []

    def guess(number: int) -> bool:
        try:
            found = check_code(user, f"{number:06d}", recovery=True)
        except TooManyGuesses:
            return False
        looked.append(number)
        return found is not None

    all_at_once(guess)
    assert len(looked) == 5


@pytest.mark.races
@pytest.mark.usefixtures("_apart")
@pytest.mark.django_db(transaction=True)
def test_one_code_is_good_once_also_at_the_same_moment() -> None:
    user, code = make_user("operator", email="once@example.org"), code_now(1)
    gate, used = threading.Barrier(4), []

    def use() -> None:
        gate.wait(timeout=60)
        used.append(check_code(user, code, recovery=True) is not None)
        connection.close()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(used) == [False, False, False, True]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("apart", [True, False])
def test_rollback_takes_no_count_back_and_twin_on_one_connection_does(
    apart: bool, settings: Any
) -> None:
    settings.COUNT_GUESSES_APART = apart
    for _ in range(7):
        with pytest.raises(RuntimeError), transaction.atomic():
            allowed = throttle.spend(LIMIT, "rolled back")
            raise RuntimeError
    assert allowed is not apart
    Attempt.objects.all().delete()


# One after the other


@pytest.mark.django_db
def test_limit_ends_with_its_time() -> None:
    assert [throttle.spend(LIMIT, "a") for _ in range(6)] == [True] * 5 + [False]
    assert throttle.spend(LIMIT, "b")
    Attempt.objects.update(until="2020-01-01T00:00Z")
    assert throttle.spend(LIMIT, "a")
    assert Attempt.objects.count() == 1


@pytest.mark.django_db
def test_right_guess_is_taken_back() -> None:
    for _ in range(5):
        assert throttle.spend(LIMIT, "a")
    throttle.give_back(LIMIT, "a")
    assert throttle.spend(LIMIT, "a")
    assert not throttle.spend(LIMIT, "a")
    throttle.forget(LIMIT, "a")
    assert throttle.spend(LIMIT, "a")


@pytest.mark.django_db
def test_row_tells_nothing_of_what_it_counts() -> None:
    throttle.spend(throttle.PASSWORD, "ada@example.org")
    assert len(bytes(Attempt.objects.get().key)) == 32
    assert b"ada" not in bytes(Attempt.objects.get().key)


@pytest.mark.django_db
def test_attempt_without_tries_is_refused_by_the_table() -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Attempt.objects.create(key=b"x", tries=0, until="2030-01-01T00:00Z")
    assert violated_constraint(error.value) == "accounts_attempt_tries"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("nonsense", "unknown"),
    ],
)
def test_network_of_an_address(address: str, network: str) -> None:
    assert throttle.network_of(address) == network


@pytest.mark.django_db
def test_network_is_limited_whatever_the_address() -> None:
    for number in range(throttle.PASSWORD_NET.most):
        assert throttle.spend(throttle.PASSWORD_NET, "127.0.0.0/24"), number
    user = with_password("worker")
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_signing_in_forgets_wrong_guesses() -> None:
    user = with_password("worker")
    for _ in range(4):
        Client().post(reverse("account_login"), {"login": user.email, "password": "wrong"})
    for _ in range(2):
        client = Client()
        client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
        assert "_auth_user_id" in client.session


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["account_reset_password", "account_signup"])
def test_resets_and_sign_ups_are_counted_for_known_and_unknown(page: str) -> None:
    confirm_address(make_user("worker", email="known@example.org"))
    for email in ("known@example.org", "unknown@example.org"):
        answers = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
        statuses = [Client().post(reverse(page), answers).status_code for _ in range(6)]
        assert statuses == [302] * 5 + [200]


@pytest.mark.django_db
def test_nobody_is_flooded_with_mails_to_confirm_an_address() -> None:
    user = make_user("worker", email="flooded@example.org")
    user.set_password(PASSWORD)
    user.save()
    for _ in range(8):
        Client().post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    deliver()
    assert len(mail.outbox) == throttle.CONFIRMATION.most


@pytest.mark.django_db
def test_old_password_is_guessed_five_times_only() -> None:
    user = with_password("worker")
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    answers = {"password1": "nine blue kettles", "password2": "nine blue kettles"}
    for old in ["wrong"] * 5 + [PASSWORD]:
        client.post(reverse("account_change_password"), {"oldpassword": old, **answers})
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.django_db
def test_recovery_code_is_good_once() -> None:
    user = make_user("operator")
    codes = Authenticator.objects.create(
        user=user, type="recovery_codes", data={"seed": "a" * 40, "used_mask": 0}
    )
    code = codes.wrap().generate_codes()[0]
    assert check_code(user, code, recovery=False) is None
    assert check_code(user, code, recovery=True) == codes
    assert check_code(user, code, recovery=True) is None


def test_secret_is_not_readable_where_it_is_stored() -> None:
    stored = encrypt(SECRET)
    assert SECRET not in stored
    assert decrypt(stored) == SECRET
    assert decrypt(SECRET) == SECRET


def test_secret_survives_a_new_secret_key(settings: Any) -> None:
    stored = encrypt(SECRET)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one"
    assert decrypt(stored) == SECRET


# Known and unknown addresses get the same answer


def bodies(page: str, answers: dict[str, str]) -> tuple[int, str, bytes]:
    """Send a form and return status, address and body without the tokens of the form."""
    client = Client()
    answer = client.post(reverse(page), answers)
    body = answer.content
    for token in _tokens(body):
        body = body.replace(token, b"TOKEN")
    shown = client.get(answer.url).content if answer.status_code == 302 else b""
    for token in _tokens(shown):
        shown = shown.replace(token, b"TOKEN")
    return answer.status_code, answer.headers.get("Location", ""), body + shown


def _tokens(body: bytes) -> list[bytes]:
    import re

    return re.findall(rb'name="csrfmiddlewaretoken" value="([^"]+)"', body)


@pytest.mark.django_db
def test_known_and_unknown_addresses_get_the_same_answer() -> None:
    kinds = {
        "kno@example.org": make_user("worker", email="kno@example.org"),
        "clo@example.org": make_user("operator", email="clo@example.org"),
        "raw@example.org": make_user("worker", email="raw@example.org"),
    }
    for email in ("kno@example.org", "clo@example.org"):
        confirm_address(kinds[email])
    User.objects.filter(email="clo@example.org").update(is_active=False)
    for page, answers in (
        ("account_login", {"password": "wrong"}),
        ("account_signup", {"password1": PASSWORD, "password2": PASSWORD}),
        ("account_reset_password", {}),
    ):
        field = "login" if page == "account_login" else "email"
        seen = set()
        for email in (*kinds, "not@example.org"):
            status, where, body = bodies(page, {field: email, **answers})
            seen.add((status, where, body.replace(email.encode(), b"ADDRESS")))
        assert len(seen) == 1, page


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["account_login", "account_signup"])
def test_known_and_unknown_addresses_hash_as_often(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    confirm_address(with_password("worker"))
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> Any:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    counts = []
    for email in ("worker.guessed@example.org", "nobody.here@example.org"):
        hashed.clear()
        field = "login" if page == "account_login" else "email"
        answers = {field: email, "password": "no", "password1": PASSWORD, "password2": PASSWORD}
        Client().post(reverse(page), answers)
        counts.append(len(hashed))
    assert counts[0] == counts[1] > 0
