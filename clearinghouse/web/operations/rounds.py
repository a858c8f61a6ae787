"""Rounds: the list, and one round with its steps, digests, secrets, progress and numbers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.queries import roles_of
from clearinghouse.audit import queries as audit
from clearinghouse.matching import queries
from clearinghouse.matching.enums import VOIDABLE_STATUSES, Status
from clearinghouse.matching.permissions import (
    can_certify,
    can_read_sealed,
    can_see_figures,
    party_of,
)
from clearinghouse.shared import clock
from clearinghouse.web.guard import SignedInRequest, require_role
from clearinghouse.web.operations.steps import Action, possible_steps
from clearinghouse.web.pages import paginate, sort

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round

# Approvers come in to add their state's secret to the draw.
insider = require_role(
    Role.OPERATOR, Role.CERTIFIER, Role.AUDITOR, Role.OMBUDSPERSON, Role.APPROVER
)
SORTS = {"number": "number", "opens": "opens_at", "closes": "closes_at"}
ORDER = (
    (Status.PLANNED, "created_at"),
    (Status.OPEN, "opened_at"),
    (Status.SEALED, "sealed_at"),
    (Status.DRAWN, "drawn_at"),
    (Status.RUN, "run_at"),
    (Status.VERIFIED, "verified_at"),
    (Status.CERTIFIED, "certified_at"),
    (Status.RELEASED, "released_at"),
)


@dataclass(frozen=True, slots=True)
class Station:
    """One status on a round's way: when it was reached and in which role."""

    label: str
    state: str
    at: datetime | None


@insider
def listing(request: SignedInRequest) -> HttpResponse:
    """List rounds, newest first, with what has to be done next."""
    rows = queries.list_rounds(request.user)
    if status := request.GET.get("status", ""):
        rows = rows.filter(status=status)
    page = paginate(request, sort(request, rows, allowed=SORTS, default="-number"))
    context = {
        "page": page,
        "may_plan": Role.OPERATOR in roles_of(request.user),
        "next_steps": {round_.pk: next_step(round_, now=clock.now()) for round_ in page},
        "filters": [
            {"name": "status", "label": _("Status"), "choices": [("", _("All")), *Status.choices]}
        ],
    }
    return render(request, "operations/rounds.html", context)


@insider
def detail(request: SignedInRequest, number: int) -> HttpResponse:
    """Show one round whole, with buttons only for what is possible now."""
    round_ = queries.get_round(request.user, number)
    now = clock.now()
    progress_now = queries.progress_of(round_)
    postings = queries.list_postings(round_)
    # Approvers come from the states; for them numbers of people are those of the releases.
    counts = can_see_figures(request.user)
    context: dict[str, Any] = {
        "round": round_,
        "stations": stations(round_),
        "events": audit.list_events_of("matching.round", str(round_.public_id)),
        "actions": _actions(request, round_, now),
        "hint": next_step(round_, now=now),
        "secrets": queries.list_secrets(round_),
        "party": party_of(request.user),
        "secret_links": _secret_links(request, round_),
        "certifications": queries.list_certifications(round_),
        "needed": settings.CERTIFIERS_NEEDED,
        "postings": postings,
        "entries": queries.count_entries(round_) if counts and round_.sealed_at else None,
        "progress": progress_now,
        "refresh_url": _refresh_url(round_, progress_now),
        "inside": can_read_sealed(request.user),
        "counts": counts,
        "figures": queries.figures_of(round_, actor=request.user)
        if counts and round_.verified_at
        else None,
        "results": queries.list_results(round_),
        "self_test": queries.find_self_test(round_),
        "repeat": queries.find_repeat(round_),
        "discharges": queries.list_discharges(round_),
    }
    return render(request, "operations/round.html", context)


@insider
def progress(request: SignedInRequest, number: int) -> HttpResponse:
    """Return the fragment that shows how far the newest run is."""
    round_ = queries.get_round(request.user, number)
    run = queries.progress_of(round_)
    context = {
        "progress": run,
        "refresh_url": _refresh_url(round_, run),
        "counts": can_see_figures(request.user),
    }
    return render(request, "operations/_progress.html", context)


def stations(round_: "Round") -> list[Station]:
    """List the way of a round with the time of each status that was reached."""
    order = [status for status, _column in ORDER]
    here = order.index(Status(round_.status)) if round_.status != Status.VOIDED else -1
    rows = []
    for place, (status, column) in enumerate(ORDER):
        at = getattr(round_, column)
        state = "done" if at and place != here else "current" if place == here else "todo"
        rows.append(Station(str(status.label), state, at))
    return rows


def next_step(round_: "Round", *, now: datetime) -> str:
    """Say in a few words what has to be done next and by whom."""
    if round_.status == Status.OPEN and now < round_.closes_at:
        return _("People apply until the round closes.")
    words = {
        Status.PLANNED: _("Operator: open the round."),
        Status.OPEN: _("Operator: seal the input."),
        Status.SEALED: _("Parties reveal their secrets; then the operator draws the seed."),
        Status.DRAWN: _("Operator: start the matcher."),
        Status.RUN: _("The second program is checking the plan."),
        Status.VERIFIED: _("Two certifiers: look at the round and certify it."),
        Status.CERTIFIED: _("Operator: release the results."),
        Status.RELEASED: _("Nothing. People answer their offers."),
        Status.VOIDED: _("Nothing. The round is voided."),
    }
    return words[Status(round_.status)]


def _actions(request: SignedInRequest, round_: "Round", now: datetime) -> list[Action]:
    held = roles_of(request.user)
    steps = possible_steps(round_, now=now) if Role.OPERATOR in held else []
    requesters = queries.list_requester_ids(round_)
    if round_.status == Status.VERIFIED and can_certify(request.user, round_, requesters):
        done = queries.list_certifications(round_).filter(certifier=request.user).exists()
        if not done:
            url = reverse("operations-round-certify", args=[round_.number])
            steps = [*steps, Action(_("Look and certify"), url)]
    if _may_discharge(request, round_, requesters):
        url = reverse("operations-round-discharge", args=[round_.number])
        steps = [*steps, Action(_("Give the lists back"), url, danger=True)]
    return steps


def _may_discharge(
    request: SignedInRequest, round_: "Round", requesters: Collection[int | None]
) -> bool:
    possible = round_.repeat_of_id and round_.status in VOIDABLE_STATUSES
    if not possible or not can_certify(request.user, round_, requesters):
        return False
    return not queries.list_discharges(round_).filter(certifier=request.user).exists()


def _secret_links(request: SignedInRequest, round_: "Round") -> dict[str, bool]:
    """Tell whether this person's party may commit or reveal now; the operator's is automatic."""
    party = party_of(request.user)
    held = roles_of(request.user)
    row = queries.list_secrets(round_).filter(party=party).first() if party else None
    may = bool(party) and Role.OPERATOR not in held
    return {
        "commit": may and row is None and round_.status in {Status.PLANNED, Status.OPEN},
        "reveal": may and row is not None and not row.secret and round_.status == Status.SEALED,
    }


def _refresh_url(round_: "Round", run: Any) -> str:
    if run is None or not run.is_live:
        return ""
    return reverse("operations-round-progress", args=[round_.number])
