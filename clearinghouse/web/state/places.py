"""Where the places of one quota are, and the statement of every move."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.enums import Role
from clearinghouse.offers import queries
from clearinghouse.quotas.queries import get_quota
from clearinghouse.web.files import CSV, MARK, attachment, csv_text
from clearinghouse.web.guard import SignedInRequest, require_role
from clearinghouse.web.pages import paginate

if TYPE_CHECKING:
    from clearinghouse.ledger.models import Transaction
    from clearinghouse.quotas.models import Quota

reader = require_role(Role.QUOTA_OFFICER, Role.APPROVER, Role.CASEWORKER)


@require_safe
@reader
def statement(request: SignedInRequest, quota_id: UUID) -> HttpResponse:
    """Show the accounts of a quota of the own state, and what was booked, newest first."""
    quota = get_quota(quota_id, actor=request.user)
    moves = queries.list_moves(quota, actor=request.user)
    places = queries.places_of(quota, actor=request.user)
    page = paginate(request, moves)
    context = {
        "quota": quota,
        "places": places,
        "page": page,
        "rows": [_row(move, with_reserve=places.with_reserve) for move in page],
        "crumbs": [
            (_("Our quotas"), reverse("state-quotas")),
            (quota.reference, reverse("state-quota", args=[quota.public_id])),
            (_("Places"), ""),
        ],
    }
    return render(request, "state/places.html", context)


@require_safe
@reader
def download(request: SignedInRequest, quota_id: UUID) -> HttpResponse:
    """Send the whole statement as CSV, one line for each account that a move touches."""
    quota = get_quota(quota_id, actor=request.user)
    shown = queries.shows_kinds(quota, actor=request.user)
    rows: list[list[object]] = [["at", "move", "cause", "round", "actor", "account", "places"]]
    for move in queries.list_moves(quota, actor=request.user):
        about = [move.at.isoformat(), move.kind, move.cause, move.round_number or "", move.actor]
        for account, _label, places in queries.lines_of(move, with_reserve=shown):
            rows.append([*about, account, places])
    return attachment(MARK + csv_text(rows), CSV, _name(quota))


def _row(move: "Transaction", *, with_reserve: bool) -> dict[str, Any]:
    roles = dict(Role.choices)
    return {
        "at": move.at,
        "what": move.get_kind_display(),
        "cause": move.get_cause_display() if move.cause else "",
        "round": move.round_number,
        "who": ", ".join(
            str(roles.get(role, _("The clearing house"))) for role in move.actor.split(",")
        ),
        "lines": queries.lines_of(move, with_reserve=with_reserve),
    }


def _name(quota: "Quota") -> str:
    return f"places-{quota.reference}.csv"
