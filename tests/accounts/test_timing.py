"""Signing in takes as long for an unknown address as for a known one (a long run; see README)."""

import os
import time
from statistics import mean

import pytest
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


def test_time_tells_nothing_about_an_address() -> None:
    for name in CLASSES[:4]:
        password = None if name == "without-password" else "seven green bicycles"
        user = register_user(email=f"{name}@example.org", password=password)
        if name != "unconfirmed":
            confirm_address(user)
        user.is_active = name != "closed"
        user.save()
    times: dict[str, list[float]] = {name: [] for name in CLASSES}
    client = Client()
    for _ in range(TRIES):
        for name in CLASSES:
            Attempt.objects.all().delete()
            answers = {"login": f"{name}@example.org", "password": "not this one"}
            began = time.perf_counter()
            client.post(reverse("account_login"), answers)
            times[name].append(time.perf_counter() - began)
    found = {name: round(auc(times[name], times["unknown"]), 3) for name in CLASSES}
    assert all(abs(value - 0.5) <= 0.05 for value in found.values()), found
