"""Asking for a simulation on a past pool, for a quota or freely, and cancelling one."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.enums import Role
from clearinghouse.matching.queries import pools
from clearinghouse.quotas.queries import get_quota
from clearinghouse.registry import queries as registry
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError, Forbidden, NotFound, NotNow
from clearinghouse.shared.texts import small_number
from clearinghouse.simulation import queries, services
from clearinghouse.web.guard import SignedInRequest, require_role
from clearinghouse.web.pages import apply_errors
from clearinghouse.web.simulation.forms import MappingForm, WhatIfForm

if TYPE_CHECKING:
    from django.forms import Form

    from clearinghouse.matching.models import Round
    from clearinghouse.simulation.models import Simulation

simulator = require_role(
    Role.QUOTA_OFFICER, Role.APPROVER, Role.OPERATOR, Role.CERTIFIER, Role.AUDITOR
)
official = require_role(Role.QUOTA_OFFICER, Role.APPROVER)


@require_http_methods(["GET", "HEAD", "POST"])
@simulator
def create(request: SignedInRequest) -> HttpResponse:
    """Choose what changes on a past pool; a refused form comes back filled."""
    rounds = list(queries.list_pools()[:20])
    round_ = _chosen(request, rounds)
    context: dict[str, Any] = {"round": round_, "rounds": rounds, "crumbs": _crumbs(_("New"))}
    if round_ is None:
        return render(request, "simulation/new.html", context)
    targets, states = _targets(request, round_)
    form = WhatIfForm(_sent(request), targets=targets, states=states)
    if request.method == "POST" and form.is_valid():
        asked = partial(services.simulate, number=round_.number, parameters=form.to_parameters())
        if answer := _ask(request, form, asked):
            return answer
    context |= {"form": form}
    return render(request, "simulation/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@official
def attach(request: SignedInRequest, quota_id: UUID) -> HttpResponse:
    """Choose the pool and the posting that stands for a quota which is not approved yet."""
    quota = get_quota(quota_id, actor=request.user)
    own = registry.state_of(request.user)
    if own is None or own.pk != quota.state_id:
        raise NotFound(_("There is no such quota."))
    rounds = list(queries.list_pools()[:20])
    round_ = _chosen(request, rounds)
    lines = queries.list_lines(round_, quota) if round_ else []
    choices = [
        (line.reference, f"{line.title} · {line.reference} · {line.likeness.label}")
        for line in lines
    ]
    form = MappingForm(_sent(request), lines=choices)
    if request.method == "POST" and round_ and form.is_valid():
        mapped_to = form.cleaned_data["mapped_to"]
        asked = partial(
            services.simulate_quota, quota_id=quota_id, number=round_.number, mapped_to=mapped_to
        )
        if answer := _ask(request, form, asked):
            return answer
    context = {
        "quota": quota,
        "round": round_,
        "rounds": rounds,
        "form": form,
        "has_lines": bool(choices),
        "crumbs": [
            (_("Our quotas"), reverse("state-quotas")),
            (quota.reference, reverse("state-quota", args=[quota.public_id])),
            (_("Forecast"), ""),
        ],
    }
    return render(request, "simulation/attach.html", context, status=422 if form.errors else 200)


@require_POST
@simulator
def cancel(request: SignedInRequest, simulation_id: UUID) -> HttpResponse:
    """Cancel a simulation that waits or runs."""
    try:
        services.cancel(by=request.user, simulation_id=simulation_id, now=clock.now())
    except NotNow as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The simulation is cancelled."))
    return redirect("simulation", simulation_id)


def _ask(
    request: SignedInRequest, form: "Form", simulate: "Callable[..., Simulation]"
) -> HttpResponse | None:
    """Ask and go to the simulation; a refusal stands at the form, and nothing is returned."""
    try:
        simulation = simulate(by=request.user, now=clock.now())
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        apply_errors(form, error)
        return None
    return redirect("simulation", simulation.public_id)


def _chosen(request: SignedInRequest, rounds: "list[Round]") -> "Round | None":
    """Return the pool that `?round=` names, else the newest one."""
    wanted = small_number(request.GET.get("round", ""))
    return next((row for row in rounds if row.number == wanted), rounds[0] if rounds else None)


def _targets(
    request: SignedInRequest, round_: "Round"
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """List what this person may change: everything, or the postings of the own state."""
    own = registry.state_of(request.user)
    titles = dict(pools.pool_titles(round_))
    postings = pools.pool_postings(round_)
    names = {row.iso2: registry.state_name(row) for row in registry.list_states()}
    present = sorted({row.state for row in postings if own is None or row.state == own.iso2})
    targets = [] if own else [("all", _("All postings"))]
    targets += [
        (f"state:{state}", _("All postings of %s") % names.get(state, state)) for state in present
    ]
    targets += [
        (row.id, f"{titles[row.id]} · {row.id}") for row in postings if row.state in present
    ]
    return targets, [(state, names.get(state, state)) for state in present]


def _sent(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [(_("Simulations"), reverse("simulations")), (last, "")]
