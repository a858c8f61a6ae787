"""Sending an application, its receipt, and taking it back."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clearinghouse.applications import queries, services
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError, NotFound
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.worker.application import closes_first
from clearinghouse.web.worker.case import Case, case_of

if TYPE_CHECKING:
    from clearinghouse.applications.models import Application


def submit(request: SignedInRequest, worker_id: UUID | None = None) -> HttpResponse:
    """Say what sending means, then send; a second click shows the same receipt."""
    case = case_of(request, worker_id)
    application = _latest(case)
    receipt_url = case.url("application-receipt", application.public_id)
    if request.method == "POST":
        try:
            services.submit(by=request.user, application_id=application.public_id, now=clock.now())
        except DomainError as error:
            messages.error(request, str(error))
            return redirect(case.url("application"))
        return redirect(receipt_url)
    wishes = list(application.wishes.all())
    if not wishes:
        return redirect(case.url("application"))
    context = {
        "case": case,
        "application": application,
        "wishes": wishes,
        "closes": closes_first(wishes),
        "cancel_url": case.url("application"),
    }
    return render(request, "worker/submit.html", context)


def receipt(
    request: SignedInRequest, application_id: UUID, worker_id: UUID | None = None
) -> HttpResponse:
    """Show the receipt with the number to keep; it prints on one page."""
    case = case_of(request, worker_id)
    application = queries.get_own(request.user, application_id, clock.now())
    context = {"case": case, "application": application, "wishes": application.wishes.all()}
    return render(request, "worker/receipt.html", context)


def withdraw(request: SignedInRequest, worker_id: UUID | None = None) -> HttpResponse:
    """Ask once more, then take the application back."""
    case = case_of(request, worker_id)
    application = _latest(case)
    if request.method == "POST":
        try:
            services.withdraw(
                by=request.user, application_id=application.public_id, now=clock.now()
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Your application is withdrawn. You can apply again."))
        return redirect(case.url("application"))
    context = {
        "case": case,
        "application": application,
        "title": _("Withdraw your application?"),
        "consequences": [
            _("You will get no place in this round."),
            _("Nothing bad follows. You can apply again, with the same chance as before."),
        ],
        "confirm_label": _("Withdraw my application"),
        "cancel_url": case.url("application"),
    }
    return render(request, "worker/confirm.html", context)


def _latest(case: Case) -> "Application":
    application = queries.latest_of(case.worker) if case.worker else None
    if application is None:
        raise NotFound(_("There is no application yet."))
    return application
