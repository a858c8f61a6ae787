"""Finding work: open postings with what fits and what does not, and one posting in full."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from clearinghouse.applications import queries as applications
from clearinghouse.applications.guards import is_late
from clearinghouse.people import queries as people
from clearinghouse.quotas import queries as quotas
from clearinghouse.quotas.enums import Category, Reason, Status
from clearinghouse.registry import queries as registry
from clearinghouse.shared import clock
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.pages import paginate, sort
from clearinghouse.web.requirements import names, own_of_profile, points_of, requirement_lines
from clearinghouse.web.worker.case import Case, case_of

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota

SORTS = {"closes": "applications_close_at", "title": "title", "places": "places"}


@dataclass(frozen=True, slots=True)
class Row:
    """One posting as a worker sees it."""

    quota: "Quota"
    reasons: list[Reason]
    wished: bool


def listing(request: SignedInRequest, worker_id: UUID | None = None) -> HttpResponse:
    """List open postings, those that fit first choice; nothing is hidden behind the filter."""
    case = case_of(request, worker_id)
    now = clock.now()
    found = list(sort(request, _found(request, now), allowed=SORTS, default="closes"))
    hidden = applications.hidden_postings(case.worker, found)
    rows = _rows(case, [quota for quota in found if quota.pk not in hidden], now)
    fitting = [row for row in rows if not row.reasons]
    only_fitting = case.worker is not None and request.GET.get("fit") != "all"
    page = paginate(request, fitting if only_fitting else rows, per_page=10)
    context = {
        "case": case,
        "page": page,
        "only_fitting": only_fitting,
        "others": len(rows) - len(fitting),
        "hidden": bool(hidden),
        "filters": _filters(case),
        "sorts": _sorts(),
    }
    return render(request, "worker/postings.html", context)


def detail(request: SignedInRequest, quota_id: UUID, worker_id: UUID | None = None) -> HttpResponse:
    """Show one posting: pay, rights, what it asks, and how this person's points are counted."""
    case = case_of(request, worker_id)
    quota = quotas.get_quota(quota_id, actor=request.user)
    now = clock.now()
    context: dict[str, Any] = {
        "case": case,
        "quota": quota,
        "last_day": quotas.last_day(quota),
        "open_now": not is_late(quota, now),
    }
    if case.worker is not None:
        row = _rows(case, [quota], now)[0]
        context["hidden"] = bool(applications.hidden_postings(case.worker, [quota]))
        profile, known = people.profile_of(case.worker), names()
        own = own_of_profile(profile, on=now.date(), known=known)
        context |= {
            "row": row,
            "lines": requirement_lines(quota, own, row.reasons, known=known),
            "points": points_of(quota, profile),
        }
    return render(request, "worker/posting.html", context)


def _found(request: SignedInRequest, now: datetime) -> Any:
    wanted = request.GET
    found = quotas.list_public(
        search=wanted.get("q", "").strip(),
        state=wanted.get("state", ""),
        category=wanted.get("category", ""),
        status=Status.OPEN,
    )
    return found.filter(applications_close_at__gt=now).prefetch_related(
        "open_to", "priority_occupations"
    )


def _rows(case: Case, found: "list[Quota]", now: datetime) -> list[Row]:
    if case.worker is None:
        return [Row(quota, [], wished=False) for quota in found]
    reasons = applications.eligibility(case.worker, found, now.date())
    live = applications.find_live(case.worker)
    wished = {wish.quota_id for wish in live.wishes.all()} if live else set()
    return [Row(quota, reasons[quota.pk], quota.pk in wished) for quota in found]


def _filters(case: Case) -> list[dict[str, Any]]:
    fit: dict[str, Any] = {
        "name": "fit",
        "label": _("Show"),
        "choices": [("", _("Only work that fits me")), ("all", _("All work"))],
    }
    others: list[dict[str, Any]] = [
        {
            "name": "state",
            "label": _("Country"),
            "choices": [("", _("All countries")), *_posting_states()],
        },
        {
            "name": "category",
            "label": _("Kind of visa"),
            "choices": [("", _("All kinds")), *Category.choices],
        },
    ]
    return [fit, *others] if case.worker is not None else others


def _posting_states() -> list[tuple[str, str]]:
    states = quotas.list_posting_states([Status.OPEN])
    return [(state.iso2, registry.state_name(state)) for state in states]


def _sorts() -> list[tuple[str, str]]:
    return [
        ("closes", _("Closing soon first")),
        ("-places", _("Most places first")),
        ("title", _("By name")),
    ]
