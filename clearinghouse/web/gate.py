"""What stands between a session and a page: officials show a second factor first."""

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.enums import OFFICIAL_ROLES
from accounts.queries import has_second_factor, roles_of

Next = Callable[[HttpRequest], HttpResponse]

# What an official without a second factor may open: what it takes to get one, and the way out.
OPEN = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "account_reauthenticate",
        "account_confirm_email",
        "account_logout",
        "set_language",
        "healthz",
    }
)


class SecondFactorFirst:
    """Lead officials who have not shown a second factor to where they set one up or show it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Close every page but those of the set-up; programs are asked at their own door."""
        if not request.user.is_authenticated or request.path_info.startswith("/api/"):
            return None
        if shown_at(request) is not None or not roles_of(request.user) & OFFICIAL_ROLES:
            return None
        request.factor_needed = True  # type: ignore[attr-defined]
        match = request.resolver_match
        if match is not None and match.url_name in OPEN:
            return None
        if has_second_factor(request.user):
            return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.path})}")
        return redirect("mfa_index")


def shown_at(request: HttpRequest, method: str = "mfa") -> float | None:
    """Return when this session last showed a second factor (or a password), as seconds since 1970.

    The mark is django-allauth's own and belongs to this person in this session only.
    """
    records = get_authentication_records(request, request.user)
    marks = [float(one["at"]) for one in records if one.get("method") == method]
    return max(marks, default=None)
