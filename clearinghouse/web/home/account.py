"""A person's own account: settings, and tokens for programs."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import queries as accounts
from accounts import services as account_services
from accounts.enums import OFFICIAL_ROLES
from accounts.sessions import IDLE_OFFICIAL, IDLE_OTHER, LONGEST
from clearinghouse.access.checks import allows
from clearinghouse.access.permissions import Permission
from clearinghouse.registry import queries as registry
from clearinghouse.registry import services
from clearinghouse.shared import clock
from clearinghouse.shared.errors import Forbidden
from clearinghouse.shared.ids import as_uuid
from clearinghouse.web.guard import SignedInRequest, require_signed_in
from clearinghouse.web.home.forms import SettingsForm, TokenForm


@require_http_methods(["GET", "HEAD", "POST"])
@require_signed_in
def my_account(request: SignedInRequest) -> HttpResponse:
    """Show and keep name, language and time zone; lead to everything else about the account."""
    user = request.user
    present = {
        "display_name": user.display_name,
        "language": user.language,
        "time_zone": user.time_zone,
    }
    form = SettingsForm(request.POST if request.method == "POST" else None, initial=present)
    if form.is_valid():
        account_services.change_settings(user, **form.cleaned_data)
        with translation.override(user.language):
            messages.success(request, _("Your settings are saved."))
        response = redirect("my-account")
        # The cookie of this browser would otherwise win over the new choice.
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return response
    context = {
        "form": form,
        "office": registry.officer_of(user),
        "has_second_factor": accounts.has_second_factor(user),
        "may_use_api": allows(user, Permission.USE_API),
    }
    return render(request, "accounts/my_account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_signed_in
def sessions(request: SignedInRequest) -> HttpResponse:
    """List where one is signed in; end one of these sessions, or all but this."""
    current = request.session.session_key or ""
    if request.method == "POST":
        wanted = as_uuid(request.POST.get("session", ""))
        if "others" in request.POST:
            services.end_other_sessions(by=request.user, keep=current)
        else:
            services.end_session(by=request.user, session_id=wanted)
        messages.success(request, _("Signed out there."))
        return redirect("account-sessions")
    official = accounts.roles_of(request.user) & OFFICIAL_ROLES
    context = {
        "sessions": list(accounts.list_sessions(request.user)),
        "current": current,
        "idle": (IDLE_OFFICIAL if official else IDLE_OTHER).seconds // 60,
        "longest": LONGEST.seconds // 3600,
    }
    return render(request, "accounts/sessions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_signed_in
def tokens(request: SignedInRequest) -> HttpResponse:
    """List one's tokens and issue a new one, which this page shows this once."""
    if not allows(request.user, Permission.USE_API):
        raise Forbidden(_("Your role does not allow this."))
    form, issued = TokenForm(request.POST if request.method == "POST" else None), ""
    if form.is_valid():
        issued = services.issue_token(by=request.user, now=clock.now(), lifetime=form.lifetime)
        form = TokenForm()
    now = clock.now()
    rows = [
        {
            "token": token,
            "id": registry.token_id(token.digest),
            "expired": token.expiry is not None and token.expiry <= now,
        }
        for token in registry.list_tokens(request.user)
    ]
    context = {"form": form, "issued": issued, "rows": rows, "crumbs": _crumbs(_("Tokens"))}
    return render(request, "accounts/tokens.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_signed_in
def withdraw_token(request: SignedInRequest, token_id: str) -> HttpResponse:
    """Withdraw one's own token after a confirmation."""
    if request.method == "POST":
        services.withdraw_token(by=request.user, token_id=token_id)
        messages.success(request, _("The token was withdrawn."))
        return redirect("account-tokens")
    confirm = {
        "title": _("Withdraw this token?"),
        "consequences": [_("Programs that use it are refused at once. It cannot be undone.")],
        "confirm_label": _("Withdraw"),
    }
    context = {
        "confirm": confirm,
        "token_id": token_id,
        "cancel_url": reverse("account-tokens"),
        "danger": True,
        "crumbs": _crumbs(_("Withdraw"), (_("Tokens"), reverse("account-tokens"))),
    }
    return render(request, "accounts/withdraw_token.html", context)


def _crumbs(last: str, *between: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Account and security"), reverse("my-account")), *between, (last, "")]
