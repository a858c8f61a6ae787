"""Simulations: the list, one with its table and charts, the fragment of progress, the file."""

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
from clearinghouse.web.files import CSV, attachment, csv_text
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
        **_how_far(simulation),
        "words": words_of(simulation),
        "may_cancel": can_cancel(request.user, simulation),
        "posting": queries.posting_table(simulation, actor=request.user),
        "table": table,
        "charts": charts_of(table),
        "exact": exact,
        "state": state,
        "states": _states(simulation) if exact else [],
        "largest": queries.largest_of(simulation, exact=exact),
        "crumbs": [(_("Simulations"), reverse("simulations")), (_("Simulation"), "")],
    }
    return render(request, "simulation/detail.html", context)


@require_safe
@simulator
def progress(request: SignedInRequest, simulation_id: UUID) -> HttpResponse:
    """Return the fragment that shows how far a simulation is."""
    simulation = queries.get_simulation(request.user, simulation_id)
    return render(request, "simulation/_progress.html", _how_far(simulation))


@require_safe
@simulator
def download(request: SignedInRequest, simulation_id: UUID) -> HttpResponse:
    """Send the table as CSV, each number with its status, as on the page."""
    simulation = queries.get_simulation(request.user, simulation_id)
    state = request.GET.get("state", "")
    table = queries.table_of(simulation, actor=request.user, state=state)
    if table is None:
        raise NotFound(_("There is no such file yet."))
    header = [""]
    for name in table.scenarios:
        header += [str(name.label), _("Status of the number: %s") % name.label]
    rows = [
        [row.label, *(word for cell in row.cells for word in (cell.plain, cell.status))]
        for row in table.rows
    ]
    return attachment(csv_text([header, *rows]), CSV, f"simulation-{simulation.public_id}.csv")


def _how_far(simulation: "Simulation") -> dict[str, Any]:
    live = simulation.status in LIVE_STATUSES
    return {
        "simulation": simulation,
        "live": live,
        "stage": str(Stage(simulation.stage).label),
        "refresh_url": reverse("simulation-progress", args=[simulation.public_id]) if live else "",
    }


def _states(simulation: "Simulation") -> list[tuple[str, str]]:
    if simulation.result is None:
        return []
    present = set(simulation.result["scenarios"]["base"]["states"])
    rows = [row for row in registry.list_states() if row.iso2 in present]
    return [(row.iso2, registry.state_name(row)) for row in rows]
