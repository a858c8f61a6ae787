"""Thin adapters: they keep doors shut early; services and queries decide."""

from typing import TYPE_CHECKING, cast

from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from clearinghouse.access.checks import allows
from clearinghouse.access.permissions import Permission

if TYPE_CHECKING:
    from accounts.models import User


def caller_of(request: Request) -> "User":
    """Return who calls; services refuse strangers by themselves."""
    return cast("User", request.user)


class Public(AllowAny):
    """Let everybody in; a token, where given, shows more."""


class UsesApi(BasePermission):
    """Let in the holders of a token whose role may use the API."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        """Answer for the whole view; object rules stand in each app's `permissions.py`."""
        return bool(request.user.is_authenticated) and allows(request.user, Permission.USE_API)


class ReadsPublicly(UsesApi):
    """Let everybody read, and token holders write."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Answer by the method."""
        return request.method in {"GET", "HEAD", "OPTIONS"} or super().has_permission(request, view)
