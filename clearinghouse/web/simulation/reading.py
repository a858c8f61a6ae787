"""Simulations: the list, one with its table and charts, the fragment of progress, the file."""

import csv
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clearinghouse.registry import queries as registry
from clearinghouse.shared.errors import NotFound
from clearinghouse.simulation import queries
from clearinghouse.simulation.enums import LIVE_STATUSES, Stage
from clearinghouse.simulation.permissions import can_cancel, sees_exact
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.pages import paginate
from clearinghouse.web.simulation.asking import simulator
from clearinghouse.web.simulation.words import charts_of, words_of

if TYPE_CHECKING:
    from clearinghouse.simulation.models import Simulation


@require_safe
@simulator
def listing(request: SignedInRequest) -> HttpResponse:
    """List the simulations that this person may know of, newest first."""
    page = paginate(request, queries.list_simulations(request.user))
    rows = [(simulation, words_of(simulation)) for simulation in page]
    return render(request, "simulation/list.html", {"page": page, "rows": rows})


@require_safe
@simulator
def detail(request: SignedInRequest, simulation_id: UUID) -> HttpResponse:
    """Show what was asked, how far it is, and the result as tables and charts."""
    simulation = queries.get_simulation(request.user, simulation_id)
    state = request.GET.get("state", "")
    table = queries.table_of(simulation, actor=request.user, state=state)
    if state and table is not None and not table.scenarios:
        raise NotFound(_("No posting of this state is in the pool: %s.") % state)
    exact = sees_exact(request.user)
    context = {
        "simulation": simulation,
        "words": words_of(simulation),
        "live": simulation.status in LIVE_STATUSES,
        "stage": str(Stage(simulation.stage).label),
        "refresh_url": _refresh_url(simulation),
        "may_cancel": can_cancel(request.user, simulation),
        "posting": queries.posting_table(simulation, actor=request.user),
        "table": table,
        "charts": charts_of(table),
        "exact": exact,
        "state": state,
        "states": _states(simulation) if exact else [],
        "largest": _largest(simulation),
        "crumbs": [(_("Simulations"), reverse("simulations")), (_("Simulation"), "")],
    }
    return render(request, "simulation/detail.html", context)


@require_safe
@simulator
def progress(request: SignedInRequest, simulation_id: UUID) -> HttpResponse:
    """Return the fragment that shows how far a simulation is."""
    simulation = queries.get_simulation(request.user, simulation_id)
    context = {
        "simulation": simulation,
        "live": simulation.status in LIVE_STATUSES,
        "stage": str(Stage(simulation.stage).label),
        "refresh_url": _refresh_url(simulation),
    }
    return render(request, "simulation/_progress.html", context)


@require_safe
@simulator
def download(request: SignedInRequest, simulation_id: UUID) -> HttpResponse:
    """Send the table as CSV, with the same numbers withheld as on the page."""
    simulation = queries.get_simulation(request.user, simulation_id)
    state = request.GET.get("state", "")
    table = queries.table_of(simulation, actor=request.user, state=state)
    if table is None:
        raise NotFound(_("There is no such file yet."))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="simulation-{simulation.public_id}.csv"'
    )
    writer = csv.writer(response)
    writer.writerow(["", *(str(name.label) for name in table.scenarios)])
    for row in table.rows:
        writer.writerow([row.label, *(cell.plain for cell in row.cells)])
    return response


def _refresh_url(simulation: "Simulation") -> str:
    if simulation.status not in LIVE_STATUSES:
        return ""
    return reverse("simulation-progress", args=[simulation.public_id])


def _states(simulation: "Simulation") -> list[tuple[str, str]]:
    if simulation.result is None:
        return []
    present = set(simulation.result["scenarios"]["base"]["states"])
    rows = [row for row in registry.list_states() if row.iso2 in present]
    return [(row.iso2, registry.state_name(row)) for row in rows]


def _largest(simulation: "Simulation") -> dict[str, Any] | None:
    if simulation.result is None:
        return None
    placed = simulation.result["scenarios"]["changed"]["all"]["placed"]
    largest = simulation.result["largest"]
    return {"placed": placed, "largest": largest, "distance": largest - placed}
