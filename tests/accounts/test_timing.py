"""Signing in, signing up, asking for a new password: as long for unknown addresses as for known."""

import os
import time
from statistics import mean
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Attempt
from accounts.services import confirm_address, register_user

TRIES = int(os.environ.get("SIGN_IN_TIMING", "0"))
CLASSES = ("known", "closed", "unconfirmed", "without-password", "unknown", "no-such-domain")

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not TRIES, reason="SIGN_IN_TIMING says how many tries of each class"),
]


def auc(one: list[float], other: list[float]) -> float:
    """Return how often a value of one list is above one of the other; 0.5 tells nothing."""
    return mean((a > b) + 0.5 * (a == b) for a in one for b in other)


def make_classes() -> None:
    """Make an account of each class that has one."""
    for name in CLASSES[:4]:
        password = None if name == "without-password" else "seven green bicycles"
        user = register_user(email=f"{name}@example.org", password=password)
        if name != "unconfirmed":
            confirm_address(user)
        user.is_active = name != "closed"
        user.save()


@pytest.mark.parametrize(
    ("page", "field"),
    [("account_login", "login"), ("account_signup", "email"), ("account_reset_password", "email")],
)
def test_time_tells_nothing_about_an_address(page: str, field: str, settings: Any) -> None:
    if page != "account_login":
        # A quick hash hides nothing of what else is done.
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    make_classes()
    times: dict[str, list[float]] = {name: [] for name in CLASSES}
    for _ in range(TRIES):
        for name in CLASSES:
            Attempt.objects.all().delete()
            client = Client()
            answers = {field: f"{name}@example.org", "password": "not this one"}
            answers |= dict.fromkeys(("password1", "password2"), "three blue tortoises")
            with transaction.atomic():
                began = time.perf_counter()
                client.post(reverse(page), answers)
                times[name].append(time.perf_counter() - began)
                # An account that was made is gone again, so that the next try is as the first.
                transaction.set_rollback(True)
    found = {name: round(auc(times[name], times["unknown"]), 3) for name in CLASSES}
    assert all(abs(value - 0.5) <= 0.05 for value in found.values()), found
