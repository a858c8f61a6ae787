"""My result: what was decided and why, in words, and the answer to an offer."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clearinghouse.applications import queries as applications
from clearinghouse.matching import queries as matching
from clearinghouse.offers import queries, services
from clearinghouse.offers.enums import Status
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.worker.case import case_of

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round


def result(request: SignedInRequest, worker_id: UUID | None = None) -> HttpResponse:
    """Show the newest result with its reasons, the offer that waits, and earlier ones."""
    case = case_of(request, worker_id)
    rounds = list(matching.list_rounds_of(case.worker)) if case.worker else []
    chosen = _chosen(request, rounds)
    offers = list(queries.list_own(case.worker)) if case.worker else []
    context = {
        "case": case,
        "round": chosen,
        "rounds": rounds,
        "explanation": matching.explain_for(case.worker, chosen)
        if case.worker and chosen
        else None,
        "sealed": list(matching.list_sealed_rounds_of(case.worker)) if case.worker else [],
        "waiting": [offer for offer in offers if offer.status == Status.OFFERED],
        "answered": [offer for offer in offers if offer.status != Status.OFFERED],
        "application": applications.latest_of(case.worker) if case.worker else None,
    }
    return render(request, "worker/result.html", context)


def accept(request: SignedInRequest, offer_id: UUID, worker_id: UUID | None = None) -> HttpResponse:
    """Ask once more, then accept; a second click changes nothing."""
    case = case_of(request, worker_id)
    offer = queries.get_own(request.user, offer_id, clock.now())
    if request.method == "POST":
        try:
            services.accept(by=request.user, offer_id=offer_id, now=clock.now())
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("You said yes. The country writes to you about the visa."))
        return redirect(case.url("offers"))
    context = {
        "case": case,
        "offer": offer,
        "title": _("Say yes to this place?"),
        "consequences": [
            _("The place is yours. Nobody else can get it."),
            _("You are out of the queue for your other wishes."),
            _("It costs nothing. If somebody asks you for money, tell us."),
        ],
        "confirm_label": _("Yes, I want this place"),
        "cancel_url": case.url("offers"),
    }
    return render(request, "worker/offer_answer.html", context)


def decline(
    request: SignedInRequest, offer_id: UUID, worker_id: UUID | None = None
) -> HttpResponse:
    """Ask once more, then decline."""
    case = case_of(request, worker_id)
    offer = queries.get_own(request.user, offer_id, clock.now())
    if request.method == "POST":
        try:
            services.decline(by=request.user, offer_id=offer_id, now=clock.now())
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("You said no. You can apply again in the next round."))
        return redirect(case.url("offers"))
    context = {
        "case": case,
        "offer": offer,
        "title": _("Say no to this place?"),
        "consequences": [
            _("The place goes to the next person. You cannot get it back."),
            _("Saying no never lowers your rank later."),
        ],
        "confirm_label": _("No, I do not want this place"),
        "cancel_url": case.url("offers"),
        "danger": True,
    }
    return render(request, "worker/offer_answer.html", context)


def _chosen(request: SignedInRequest, rounds: "list[Round]") -> "Round | None":
    wanted = request.GET.get("round", "")
    for round_ in rounds:
        if str(round_.number) == wanted:
            return round_
    return rounds[0] if rounds else None
