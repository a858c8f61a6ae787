"""The page behind the link of an invitation."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.enums import Role
from accounts.queries import find_user
from clearinghouse.registry import queries as registry
from clearinghouse.registry import services
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError, NotFound, NotNow
from clearinghouse.web.home.forms import WelcomeForm
from clearinghouse.web.pages import apply_errors

if TYPE_CHECKING:
    from accounts.models import User


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited person accept: signed in with one click, else with a name and a password."""
    try:
        offer = registry.get_invitation(token, now=clock.now())
    except (NotFound, NotNow) as refusal:
        status = 404 if isinstance(refusal, NotFound) else 410
        return render(request, "accounts/invitation_gone.html", {"refusal": refusal}, status=status)
    context: dict[str, Any] = {
        "role": Role(offer.role).label,
        "agency": registry.get_agency(offer.place),
        "offer": offer,
    }
    if request.user.is_authenticated:
        return _accept_signed_in(request, request.user, token, context)
    if find_user(offer.email):
        sign_in = f"{reverse('account_login')}?next={request.path}"
        return render(request, "accounts/invitation_sign_in.html", {**context, "sign_in": sign_in})
    return _accept_new(request, token, context)


def _accept_signed_in(
    request: HttpRequest, user: "User", token: str, context: dict[str, Any]
) -> HttpResponse:
    context["other_address"] = user.email.lower() != context["offer"].email
    if request.method == "POST":
        try:
            services.accept_invitation(token=token, user=user, now=clock.now())
        except DomainError as error:
            context["refusal"] = error
        else:
            messages.success(request, _("You accepted the invitation."))
            return redirect("my-home")
    return render(request, "accounts/invitation_accept.html", context)


def _accept_new(request: HttpRequest, token: str, context: dict[str, Any]) -> HttpResponse:
    form = WelcomeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.accept_invitation(
                token=token,
                display_name=form.cleaned_data["display_name"],
                password=form.cleaned_data["password"],
                language=translation.get_language() or "en",
                now=clock.now(),
            )
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, _("Your account is ready. Sign in with your new password."))
            return redirect("account_login")
    return render(request, "accounts/invitation_new.html", {**context, "form": form})
