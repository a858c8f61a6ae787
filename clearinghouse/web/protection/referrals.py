"""Referrals of minors: the worklist and closing one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clearinghouse.audit import reads
from clearinghouse.audit.enums import Purpose
from clearinghouse.protection import queries, services
from clearinghouse.protection.enums import ReferralStatus
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.pages import apply_errors, paginate
from clearinghouse.web.protection.forms import ClosingForm
from clearinghouse.web.protection.requests import officer


@officer
def worklist(request: SignedInRequest) -> HttpResponse:
    """List referrals, open ones first."""
    rows = queries.list_referrals(
        request.user, request.GET.get("q", ""), request.GET.get("status", "")
    )
    page = paginate(request, rows)
    minors = [row.worker for row in page]
    reads.record(request.user, minors, purpose=Purpose.MINOR, now=clock.now())
    context = {
        "page": page,
        "filters": [
            {
                "name": "status",
                "label": _("Status"),
                "choices": [("", _("All")), *ReferralStatus.choices],
            }
        ],
    }
    return render(request, "protection/referrals.html", context)


@officer
def case(request: SignedInRequest, referral_id: UUID) -> HttpResponse:
    """Show one referral and close it with a word on what was arranged."""
    referral = queries.get_referral(request.user, referral_id)
    reads.record(request.user, [referral.worker], purpose=Purpose.MINOR, now=clock.now())
    form = ClosingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.close_referral(
                by=request.user,
                referral_id=referral_id,
                note=form.cleaned_data["note"],
                now=clock.now(),
            )
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, _("The referral is closed."))
            return redirect("protection-referrals")
    context = {"referral": referral, "worker": referral.worker, "form": form}
    return render(request, "protection/referral.html", context)
