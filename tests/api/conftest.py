"""Programs that call."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.models import Attempt, User
from clearinghouse.shared import clock
from tests.factories.accounts import code_now


@pytest.fixture(autouse=True)
def _nobody_has_called_yet() -> None:
    """Forget the calls that the throttle has counted."""
    cache.clear()


@pytest.fixture(autouse=True)
def _clock_stands_still(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Let the door read the moment that the test knows."""
    monkeypatch.setattr(clock, "now", lambda: now)


class WithCodes(APIClient):
    """A program whose holder types the code of the moment for every write.

    A code is good once; so that a test need not wait for the next, those used are forgotten.
    """

    def generic(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Send one request."""
        if method not in {"GET", "HEAD", "OPTIONS"}:
            Attempt.objects.all().delete()
            kwargs.setdefault("HTTP_X_ONE_TIME_CODE", code_now())
        return super().generic(method, *args, **kwargs)


def with_codes(token: str) -> WithCodes:
    """Give a client that carries a token, and a code where it writes."""
    client = WithCodes()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


@pytest.fixture
def caller() -> Callable[[User], APIClient]:
    """Give a client that carries a token of a person."""

    def make(user: User) -> APIClient:
        _, token = AuthToken.objects.create(user)
        return with_codes(token)

    return make


@pytest.fixture
def stranger() -> APIClient:
    """Give a client without a token."""
    return APIClient()
