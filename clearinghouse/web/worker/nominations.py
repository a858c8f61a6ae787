"""Nominations that wait for a worker's own word; the state never sees the answer 'not me'."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from clearinghouse.applications import queries, services
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError, NotFound
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.worker.case import case_of


def waiting(request: SignedInRequest) -> HttpResponse:
    """List the nominations that carry this person's e-mail address."""
    context = {"case": case_of(request, None), "nominations": queries.nominations_for(request.user)}
    return render(request, "worker/nominations.html", context)


def confirm(request: SignedInRequest, nomination_id: UUID) -> HttpResponse:
    """Ask once more, then say yes to a nomination."""
    nomination = _mine(request, nomination_id)
    if request.method == "POST":
        try:
            services.confirm_nomination(
                by=request.user, nomination_id=nomination_id, now=clock.now()
            )
        except DomainError as error:
            messages.error(request, str(error))
            return redirect("worker-nominations")
        messages.success(request, _("You confirmed the nomination. You keep all your rights."))
        return redirect("worker-application")
    context = {
        "nomination": nomination,
        "title": _("Is this you?"),
        "consequences": [
            _("The state that put your name forward sees that you confirmed, and nothing else."),
            _("Your wishes stay yours. Your rank does not change."),
        ],
        "confirm_label": _("Yes, this is me"),
    }
    return _ask(request, context)


def decline(request: SignedInRequest, nomination_id: UUID) -> HttpResponse:
    """Ask once more, then say no; the state is not told."""
    nomination = _mine(request, nomination_id)
    if request.method == "POST":
        try:
            services.decline_nomination(
                by=request.user, nomination_id=nomination_id, now=clock.now()
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Done. You will not see this nomination again."))
        return redirect("worker-nominations")
    context = {
        "nomination": nomination,
        "title": _("Say that this is not you?"),
        "consequences": [
            _("The state is not told. For the state, the nomination just stays unanswered."),
            _("Nothing changes for your own application."),
        ],
        "confirm_label": _("This is not me, or I do not want it"),
    }
    return _ask(request, context)


def _ask(request: SignedInRequest, context: dict[str, Any]) -> HttpResponse:
    context["cancel_url"] = reverse("worker-nominations")
    return render(request, "worker/confirm.html", context)


def _mine(request: SignedInRequest, nomination_id: UUID) -> Any:
    for nomination in queries.nominations_for(request.user):
        if nomination.public_id == nomination_id:
            return nomination
    if request.method == "POST":
        return None
    raise NotFound(_("There is no such nomination."))
