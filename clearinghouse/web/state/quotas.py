"""Quotas of the official's own state: the list, one quota, and the form."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import Role
from accounts.queries import roles_of
from clearinghouse.audit.queries import list_events_of
from clearinghouse.quotas import queries, services
from clearinghouse.quotas.enums import EDITABLE_STATUSES, Category, Status
from clearinghouse.quotas.rules import max_points
from clearinghouse.registry import queries as registry
from clearinghouse.shared import clock
from clearinghouse.shared.errors import Conflict, DomainError, Forbidden, NotFound, NotNow
from clearinghouse.simulation import queries as simulation
from clearinghouse.simulation.permissions import can_simulate
from clearinghouse.web.guard import SignedInRequest, require_role
from clearinghouse.web.pages import apply_errors, paginate, sort
from clearinghouse.web.quota_facts import points_rule
from clearinghouse.web.state.quota_form import QuotaForm, differences, initial_of

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota

reader = require_role(Role.QUOTA_OFFICER, Role.APPROVER, Role.CASEWORKER)
writer = require_role(Role.QUOTA_OFFICER)
SORTS = {
    "made": "created_at",
    "title": "title",
    "places": "places",
    "reserved": "reserved",
    "status": "status",
    "begins": "period",
}


@require_safe
@reader
def listing(request: SignedInRequest) -> HttpResponse:
    """List the state's quotas in every status, with those that wait for this approver on top."""
    wanted = request.GET
    rows = queries.list_state_quotas(
        request.user,
        search=wanted.get("q", ""),
        status=wanted.get("status", ""),
        category=wanted.get("category", ""),
    )
    counts = queries.count_state_quotas(request.user)
    context = {
        "page": paginate(request, sort(request, rows, allowed=SORTS, default="-made")),
        "filters": _filters(counts),
        "sorts": _sorts(),
        "total": sum(counts.values()),
        "waiting": _waiting(request),
        "may_write": Role.QUOTA_OFFICER in roles_of(request.user),
    }
    return render(request, "state/quotas.html", context)


@require_safe
@reader
def detail(request: SignedInRequest, quota_id: UUID) -> HttpResponse:
    """Show one quota with its history and the steps that this person may take now."""
    quota, now = _own(request, quota_id), clock.now()
    context = {
        "quota": quota,
        "last_day": queries.last_day(quota),
        "moves": queries.list_moves(request.user, quota, now=now),
        "gaps": queries.find_gaps(quota, now=now) if quota.status in EDITABLE_STATUSES else {},
        "forecast": queries.forecast_reserve(quota),
        "points": points_rule(quota),
        "max_points": max_points(queries.weights_of(quota)),
        "language_name": dict(registry.language_choices()).get(quota.language, quota.language),
        "history": _history(quota),
        **forecast_context(request, quota),
        "crumbs": _crumbs((quota.reference, "")),
    }
    return render(request, "state/quota.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@writer
def create(request: SignedInRequest) -> HttpResponse:
    """Draft a quota; a refused form comes back filled."""
    form = QuotaForm(_sent(request), initial={"reserve_order": "", "occupation_digits": 0})
    if request.method == "POST" and form.is_valid():
        try:
            quota = services.draft_quota(by=request.user, data=form.to_draft(), now=clock.now())
        except DomainError as error:
            _refuse(form, error)
        else:
            messages.success(request, _("The draft is saved."))
            return redirect("state-quota", quota.public_id)
    context = {"form": form, "crumbs": _crumbs((_("New quota"), ""))}
    return _form_page(request, context, form)


@require_http_methods(["GET", "HEAD", "POST"])
@writer
def edit(request: SignedInRequest, quota_id: UUID) -> HttpResponse:
    """Edit a draft; whoever comes second sees the other's values and keeps the own text."""
    quota = _own(request, quota_id)
    initial = initial_of(queries.draft_of(quota), version=quota.version)
    form = QuotaForm(_sent(request), initial=initial)
    address = reverse("state-quota", args=[quota.public_id])
    context: dict[str, Any] = {
        "form": form,
        "quota": quota,
        "forecast": queries.forecast_reserve(quota),
        "crumbs": _crumbs((quota.reference, address), (_("Edit"), "")),
    }
    if request.method != "POST" and quota.status not in EDITABLE_STATUSES:
        raise NotNow(
            _("A quota can be changed only while it is a draft or returned to its author."),
            code="not_editable",
        )
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_quota(
                by=request.user,
                quota_id=quota_id,
                version=form.cleaned_data["version"] or 0,
                data=form.to_draft(),
                now=clock.now(),
            )
        except Conflict as error:
            context |= _second(request, form, quota_id, error)
        except DomainError as error:
            _refuse(form, error)
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("state-quota", quota_id)
    return _form_page(request, context, context["form"])


def forecast_context(request: SignedInRequest, quota: "Quota") -> dict[str, Any]:
    """Return what was simulated for a quota, and whether one may simulate it now."""
    if not can_simulate(request.user):
        return {}
    undecided = quota.status in {*EDITABLE_STATUSES, Status.SUBMITTED}
    return {
        "forecasts": simulation.forecasts_of(request.user, quota),
        "may_simulate": undecided,
        "simulates": True,
    }


def _sent(request: SignedInRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _own(request: SignedInRequest, quota_id: UUID) -> "Quota":
    """Return a quota of the person's own state; another state's is not found here."""
    quota = queries.get_quota(quota_id, actor=request.user)
    state = registry.state_of(request.user)
    if state is None or state.pk != quota.state_id:
        raise NotFound(_("There is no such quota."))
    return quota


def _second(
    request: SignedInRequest, form: QuotaForm, quota_id: UUID, error: Conflict
) -> dict[str, Any]:
    """Show what the other person saved beside the kept text; saving again is then deliberate."""
    current = queries.get_quota(quota_id, actor=request.user)
    saved = queries.draft_of(current)
    data = request.POST.copy()
    data["version"] = str(current.version)
    again = QuotaForm(data, initial=initial_of(saved, version=current.version))
    again.add_error(None, str(error.message))
    return {"form": again, "differences": differences(form, saved)}


def _refuse(form: QuotaForm, error: DomainError) -> None:
    if isinstance(error, Forbidden | NotFound):
        raise error
    apply_errors(form, error)


def _form_page(request: SignedInRequest, context: dict[str, Any], form: QuotaForm) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "state/quota_form.html", context, status=status)


def _waiting(request: SignedInRequest) -> "list[Quota]":
    if Role.APPROVER not in roles_of(request.user):
        return []
    return list(queries.list_waiting_approval(request.user)[:20])


def _filters(counts: dict[str, int]) -> list[dict[str, Any]]:
    statuses = [
        (value, _("%(status)s (%(count)d)") % {"status": label, "count": counts.get(value, 0)})
        for value, label in Status.choices
    ]
    return [
        {"name": "status", "label": _("Status"), "choices": [("", _("Every status")), *statuses]},
        {
            "name": "category",
            "label": _("Kind"),
            "choices": [("", _("Every kind")), *Category.choices],
        },
    ]


def _sorts() -> list[tuple[str, str]]:
    return [
        ("-made", _("Newest first")),
        ("title", _("By title")),
        ("-places", _("Most places first")),
        ("begins", _("Earliest begin first")),
        ("status", _("By status")),
    ]


def _history(quota: "Quota") -> list[dict[str, Any]]:
    return [
        {"at": event.at, "what": event.get_verb_display(), "who": _roles(event.actor_role)}
        for event in list_events_of("quotas.quota", str(quota.public_id))
    ]


def _roles(words: str) -> str:
    names = dict(Role.choices)
    return ", ".join(str(names.get(role, _("The clearing house"))) for role in words.split(","))


def _crumbs(*below: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Our quotas"), reverse("state-quotas")), *below]
