"""Asks for the second factor again before a sensitive act, and then goes on with it.

The question is drawn at the address of the act itself and carries what the person has filled in,
so that nothing is lost and nothing is kept in between. Passwords are not carried.
"""

import time
from collections.abc import Callable
from typing import Any

from allauth.account.forms import ReauthenticateForm as PasswordForm
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from accounts.forms import ReauthenticateByCode
from accounts.queries import factor_kinds
from clearinghouse.access.sensitive import READING, act_of_page
from clearinghouse.web.gate import shown_at

Next = Callable[[HttpRequest], HttpResponse]
PREFIX = "confirm"


class FreshFactor:
    """Let a sensitive act through only while the second factor was shown a moment ago."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Ask, check the answer, or let the request pass."""
        match, method = request.resolver_match, request.method or "GET"
        if match is None or not request.user.is_authenticated:
            return None
        act = act_of_page(match.url_name or "", kwargs, method)
        if act is None or not settings.FRESH_FACTOR_SECONDS:
            return None
        kinds = factor_kinds(request.user)
        if is_fresh(request, kinds):
            return None
        if method in READING:
            return redirect(f"{_way(kinds)}?{urlencode({'next': request.get_full_path()})}")
        return _ask_or_check(request, kinds)


def is_fresh(request: HttpRequest, kinds: frozenset[str]) -> bool:
    """Tell whether the session showed the factor lately; without one the password counts."""
    shown = shown_at(request, "mfa" if kinds else "password")
    if shown is None and not kinds:
        shown = shown_at(request, "mfa")
    return shown is not None and time.time() - shown < settings.FRESH_FACTOR_SECONDS


def _way(kinds: frozenset[str]) -> str:
    if Authenticator.Type.TOTP in kinds:
        return reverse("mfa_reauthenticate")
    return reverse("mfa_reauthenticate_webauthn" if kinds else "account_reauthenticate")


def _ask_or_check(request: HttpRequest, kinds: frozenset[str]) -> HttpResponse | None:
    forms = _forms(request, kinds)
    answered = next((form for form in forms.values() if form.is_bound), None)
    if answered is not None and answered.is_valid():
        if isinstance(answered, PasswordForm):
            reauthenticate_by_password(request)
        else:
            answered.save()  # type: ignore[attr-defined]
        _take_out_the_answer(request)
        return None
    context: dict[str, Any] = {
        **{f"{name}_form": form for name, form in forms.items()},
        "carried": _carried(request),
        "files_lost": bool(request.FILES),
    }
    if "passkey" in forms:
        context["passkey_options"] = webauthn.begin_authentication(request.user)
    return render(request, "account/confirm_act.html", context, status=403)


def _forms(request: HttpRequest, kinds: frozenset[str]) -> dict[str, Form]:
    def bound(field: str) -> Any:
        return request.POST if f"{PREFIX}-{field}" in request.POST else None

    user = request.user
    if not kinds:
        return {"password": PasswordForm(bound("password"), user=user, prefix=PREFIX)}
    forms: dict[str, Form] = {}
    if Authenticator.Type.TOTP in kinds:
        forms["code"] = ReauthenticateByCode(bound("code"), user=user, prefix=PREFIX)
    if Authenticator.Type.WEBAUTHN in kinds:
        answer = bound("credential")
        forms["passkey"] = ReauthenticateWebAuthnForm(answer, user=user, prefix=PREFIX)
    return forms


def _carried(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
        and not name.startswith(f"{PREFIX}-")
        and "password" not in name
    ]


def _take_out_the_answer(request: HttpRequest) -> None:
    kept = request.POST.copy()
    for name in list(kept):
        if name.startswith(f"{PREFIX}-"):
            del kept[name]
    request.POST = kept  # type: ignore[assignment]
