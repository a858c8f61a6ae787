"""Asking for a protection check. Only the protection body and the person ever see these pages."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clearinghouse.protection import queries, services
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError
from clearinghouse.shielding import services as shielding
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.pages import apply_errors
from clearinghouse.web.worker.case import case_of
from clearinghouse.web.worker.forms import StatementForm
from clearinghouse.web.worker.shields import rows_of, set_aside_of


def own(request: SignedInRequest, worker_id: UUID | None = None) -> HttpResponse:
    """Explain the check and show the person's own status and history."""
    case = case_of(request, worker_id)
    status = queries.own_status(case.worker, clock.now().date()) if case.worker else None
    context = {
        "case": case,
        "status": status,
        "shields": rows_of(case.worker) if case.worker else [],
        "set_aside": set_aside_of(case.worker) if case.worker else [],
        "nothing_known": case.worker is not None and not queries.grounds_of(case.worker),
    }
    return render(request, "worker/protection.html", context)


def ask(request: SignedInRequest, worker_id: UUID | None = None) -> HttpResponse:
    """Take down what the person wants to say and ask for the check."""
    case = case_of(request, worker_id)
    if case.worker is None:
        return redirect(case.url("profile"))
    form = StatementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            shielding.request_check(
                by=request.user,
                statement=form.cleaned_data["statement"],
                worker_id=worker_id,
                now=clock.now(),
            )
        except DomainError as error:
            if error.code != "request_waiting":
                apply_errors(form, error)
                return render(request, "worker/protection_ask.html", {"case": case, "form": form})
        messages.success(request, _("The protection body has your request."))
        return redirect(case.url("protection"))
    return render(request, "worker/protection_ask.html", {"case": case, "form": form})


def withdraw(request: SignedInRequest, worker_id: UUID | None = None) -> HttpResponse:
    """Ask once more, then take the request back."""
    case = case_of(request, worker_id)
    if request.method == "POST":
        try:
            services.withdraw_request(by=request.user, worker_id=worker_id, now=clock.now())
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Your request is withdrawn."))
        return redirect(case.url("protection"))
    context = {
        "title": _("Take your request back?"),
        "consequences": [
            _("The protection body stops looking at your case."),
            _("Nothing bad follows. You can ask again at any time."),
        ],
        "confirm_label": _("Take it back"),
        "cancel_url": case.url("protection"),
    }
    return render(request, "worker/confirm.html", context)
