"""Results of released rounds in numbers, never a person."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clearinghouse.matching import queries
from clearinghouse.matching.enums import Status
from clearinghouse.matching.queries import PublicResult
from clearinghouse.registry import queries as registry
from clearinghouse.shared.errors import NotFound
from clearinghouse.simulation import queries as simulation
from clearinghouse.web.pages import paginate
from clearinghouse.web.templatetags.published import in_words

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round

UNDER_WAY = 20
SORTS = {
    "posting": lambda row: row.posting,
    "places": lambda row: row.places,
    "filled": lambda row: row.filled.value or 0,
    "reserve": lambda row: row.reserve,
}


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List released rounds, newest first, and those that are under way or voided."""
    context = {
        "page": paginate(request, queries.list_released()),
        "under_way": queries.list_under_way()[:UNDER_WAY],
    }
    return render(request, "public/results.html", context)


@require_safe
def detail(request: HttpRequest, number: int) -> HttpResponse:
    """Show how every posting of a released round was filled, the cut-offs, and the digests."""
    round_ = queries.get_round(request.user, number)
    if round_.status != Status.RELEASED:
        raise NotFound(_("There is no such round."))
    rows = queries.list_results(round_)
    summary = queries.summary_of(round_)
    counterfactuals = simulation.counterfactuals_of(round_)
    context = {
        "round": round_,
        "summary": summary,
        "counterfactuals": counterfactuals,
        "counterfactual_bars": _bars(counterfactuals),
        "page": paginate(request, _chosen(request, rows)),
        "filters": _filters(rows),
        "reserves": _reserves(request, round_, rows),
        "secrets": queries.list_secrets(round_),
        "certifications": queries.list_certifications(round_).count(),
        "crumbs": [
            (_("Results"), reverse("public-results")),
            (_("Round %(number)d") % {"number": number}, ""),
        ],
    }
    return render(request, "public/result.html", context)


def _reserves(
    request: HttpRequest, round_: "Round", rows: list[PublicResult]
) -> list[dict[str, Any]]:
    """Hold each state's reserve against what became of it, and say why places of it reverted."""
    names = {row.state: registry.state_name(row.quota.state) for row in rows}
    found = queries.list_state_reserves(round_, actor=request.user)
    return [{"name": names[row.state], "row": row} for row in found if row.reserve]


def _bars(
    counterfactuals: simulation.Counterfactuals | None,
) -> list[tuple[str, int | None, str]]:
    """Draw protected people placed by order, unless all of it is withheld."""
    rows = counterfactuals.alternatives if counterfactuals else ()
    if all(row.protected_placed.value is None for row in rows):
        return []
    return [
        (str(row.scenario.label), row.protected_placed.value, in_words(row.protected_placed))
        for row in rows
    ]


def _chosen(request: HttpRequest, rows: list[PublicResult]) -> list[PublicResult]:
    """Search, filter and order: a round has some hundred postings, all of them read already."""
    words = request.GET.get("q", "").casefold().split()
    state = request.GET.get("state", "")
    found = [
        row
        for row in rows
        if (not state or row.state == state)
        and all(word in f"{row.posting} {row.quota.title}".casefold() for word in words)
    ]
    wanted = request.GET.get("sort", "posting")
    key = SORTS.get(wanted.removeprefix("-"), SORTS["posting"])
    return sorted(found, key=key, reverse=wanted.startswith("-"))


def _filters(rows: list[PublicResult]) -> list[dict[str, Any]]:
    states = {row.state: registry.state_name(row.quota.state) for row in rows}
    choices = sorted(states.items(), key=lambda pair: pair[1])
    return [
        {"name": "state", "label": _("Country"), "choices": [("", _("Every country")), *choices]}
    ]
