"""Programs that call."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.cache import cache
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.models import User
from clearinghouse.shared import clock


@pytest.fixture(autouse=True)
def _nobody_has_called_yet() -> None:
    """Forget the calls that the throttle has counted."""
    cache.clear()


@pytest.fixture(autouse=True)
def _clock_stands_still(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Let the door read the moment that the test knows."""
    monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def caller() -> Callable[[User], APIClient]:
    """Give a client that carries a token of a person."""

    def make(user: User) -> APIClient:
        _, token = AuthToken.objects.create(user)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return client

    return make


@pytest.fixture
def stranger() -> APIClient:
    """Give a client without a token."""
    return APIClient()
