"""Hidings that somebody asked to end, and nominations that were set aside."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clearinghouse.audit import reads
from clearinghouse.audit.enums import Purpose
from clearinghouse.protection import queries, services
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.pages import paginate
from clearinghouse.web.protection.requests import officer


@officer
def lifts(request: SignedInRequest) -> HttpResponse:
    """List the hidings that people asked to end, those that wait longest first."""
    page = paginate(request, queries.list_lifts(request.user))
    _record(request, page)
    return render(request, "protection/shields.html", {"page": page})


@officer
def decide(request: SignedInRequest, shield_id: UUID) -> HttpResponse:
    """Agree that a hiding ends, or keep it."""
    if request.method == "POST":
        act = services.agree_to_lift if "agree" in request.POST else services.keep_shield
        try:
            act(by=request.user, shield_id=shield_id, now=clock.now())
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Done. The person is told."))
    return redirect("protection-shields")


@officer
def set_aside(request: SignedInRequest) -> HttpResponse:
    """List nominations of people who are hidden from the nominating state."""
    page = paginate(request, queries.list_set_aside(request.user))
    _record(request, page)
    return render(request, "protection/set_aside.html", {"page": page})


def _record(request: SignedInRequest, page: Iterable[Any]) -> None:
    workers = [row.worker for row in page]
    reads.record(request.user, workers, purpose=Purpose.PROTECTION, now=clock.now())
