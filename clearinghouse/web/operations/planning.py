"""Planning a round: which published postings take part, and when."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from clearinghouse.matching import queries as matching
from clearinghouse.matching import services
from clearinghouse.quotas import queries as quotas
from clearinghouse.quotas.enums import Status
from clearinghouse.registry import queries as registry
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.operations.forms import PlanForm
from clearinghouse.web.operations.steps import operator
from clearinghouse.web.pages import apply_errors

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota


@operator
def plan(request: SignedInRequest) -> HttpResponse:
    """Choose postings one by one or a whole state at once, without script."""
    now = clock.now()
    groups = _groups()
    every = [quota for group in groups for quota in group["quotas"]]
    form = PlanForm(
        request.POST or None,
        states=[(group["iso2"], group["name"]) for group in groups],
        quotas=[(str(quota.public_id), quota.title) for quota in every],
        now=now,
    )
    if request.method == "POST" and form.is_valid():
        chosen, states = set(form.cleaned_data["quota_ids"]), set(form.cleaned_data["states"])
        try:
            round_ = services.plan_round(
                by=request.user,
                quota_ids=_ids(every, chosen, states),
                opens_at=form.cleaned_data["opens_at"],
                closes_at=form.cleaned_data["closes_at"],
                now=now,
            )
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, _("The round is planned."))
            return redirect("operations-round", round_.number)
    context = {
        "form": form,
        "groups": groups,
        "zone": timezone.localtime(now),
        "chosen": set(request.POST.getlist("quota_ids")),
        "chosen_states": set(request.POST.getlist("states")),
        "total": len(every),
    }
    return render(request, "operations/plan.html", context)


def _groups() -> list[dict[str, Any]]:
    """List published postings that are in no round yet, by state."""
    found = list(quotas.list_public(status=Status.PUBLISHED))
    taken = matching.rounds_of_quotas([quota.pk for quota in found])
    by_state: dict[str, dict[str, Any]] = {}
    for quota in found:
        if quota.pk in taken:
            continue
        name = registry.state_name(quota.state)
        group = by_state.setdefault(
            quota.state.iso2, {"iso2": quota.state.iso2, "name": name, "quotas": []}
        )
        group["quotas"].append(quota)
    return sorted(by_state.values(), key=lambda group: str(group["name"]))


def _ids(every: "list[Quota]", chosen: set[str], states: set[str]) -> list[UUID]:
    return [
        quota.public_id
        for quota in every
        if str(quota.public_id) in chosen or quota.state.iso2 in states
    ]
