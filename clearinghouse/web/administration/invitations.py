"""Invitations of officials."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import queries as accounts
from accounts.enums import Role
from clearinghouse.registry import queries as registry
from clearinghouse.registry import services
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError
from clearinghouse.web.administration.forms import InvitationForm
from clearinghouse.web.administration.frame import administrators_only, crumbs_to, framed
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.pages import apply_errors, paginate


@require_safe
@administrators_only
def invitations(request: SignedInRequest) -> HttpResponse:
    """List invitations that wait for an answer."""
    page = paginate(
        request, accounts.list_invitations(now=clock.now(), search=request.GET.get("q", ""))
    )
    agencies = registry.agencies_by_public_id([row.place for row in page])
    rows = [
        {"invitation": row, "role": Role(row.role).label, "agency": agencies.get(row.place)}
        for row in page
    ]
    return render(request, "administration/invitations.html", framed(request, page=page, rows=rows))


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def invite(request: SignedInRequest) -> HttpResponse:
    """Invite somebody to a role in an agency."""
    form = InvitationForm(
        request.POST if request.method == "POST" else None,
        initial={"language": request.user.language},
    )
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.invite_official(
                by=request.user,
                email=given["email"],
                role=given["role"],
                agency_id=given["agency"],
                language=given["language"],
                now=clock.now(),
            )
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, _("The invitation is on its way."))
            return redirect("admin-invitations")
    crumbs = crumbs_to("admin-invitations", _("Invitations"), (_("Invite an official"), ""))
    return render(request, "administration/invite.html", framed(request, form=form, crumbs=crumbs))


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def withdraw(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """Withdraw an open invitation after a confirmation."""
    if request.method == "POST":
        services.withdraw_invitation(by=request.user, invitation_id=invitation_id, now=clock.now())
        messages.success(request, _("The invitation was withdrawn."))
        return redirect("admin-invitations")
    confirm = {
        "title": _("Withdraw this invitation?"),
        "consequences": [_("The link in the mail stops working. You can invite again.")],
        "confirm_label": _("Withdraw"),
    }
    context = framed(
        request,
        confirm=confirm,
        cancel_url=reverse("admin-invitations"),
        danger=True,
        crumbs=crumbs_to("admin-invitations", _("Invitations"), (_("Withdraw"), "")),
    )
    return render(request, "administration/confirm.html", context)
