"""Limits of calls, which never keep anybody from an answer when their own store is away."""

import logging
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rest_framework import throttling

if TYPE_CHECKING:
    # The views read the name of these classes while they are being defined themselves.
    from rest_framework.request import Request
    from rest_framework.views import APIView

log = logging.getLogger(__name__)


class _FailsOpen:
    """Let calls in while Valkey is away: a token cannot be guessed, and deadlines do not wait.

    Guesses at sign-in are counted in PostgreSQL instead (`accounts/throttle.py`).
    """

    def allow_request(self, request: "Request", view: "APIView") -> bool:
        """Count the call, or let it in uncounted."""
        try:
            return bool(super().allow_request(request, view))  # type: ignore[misc]
        except RedisError as error:
            log.warning("call not counted", extra={"error": type(error).__name__})
            return True


class AnonymousCalls(_FailsOpen, throttling.AnonRateThrottle):
    """Limit callers without a token, by address."""


class CallsOfAccount(_FailsOpen, throttling.UserRateThrottle):
    """Limit callers with a token, by account."""
