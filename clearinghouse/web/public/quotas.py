"""Postings that everybody may read."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.enums import Role
from accounts.queries import roles_of
from clearinghouse.offers.queries import places_of
from clearinghouse.quotas import queries
from clearinghouse.quotas.enums import PUBLIC_STATUSES, Category, Status
from clearinghouse.quotas.rules import max_points
from clearinghouse.registry import queries as registry
from clearinghouse.shared import clock
from clearinghouse.shared.errors import NotFound
from clearinghouse.web.pages import paginate, sort
from clearinghouse.web.quota_facts import points_rule

SORTS = {
    "closes": "applications_close_at",
    "title": "title",
    "places": "places",
    "reserved": "reserved",
    "begins": "period",
}


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List public postings, those that take applications unless another status is chosen."""
    wanted = request.GET
    status = wanted.get("status", "") or Status.OPEN
    rows = queries.list_public(
        search=wanted.get("q", ""),
        state=wanted.get("state", ""),
        occupation=wanted.get("occupation", ""),
        category=wanted.get("category", ""),
        status="" if status == "all" else status,
    )
    context = {
        "page": paginate(request, sort(request, rows, allowed=SORTS, default="closes")),
        "filters": _filters(),
        "sorts": _sorts(),
        "searched": any(wanted.get(name) for name in ("q", "state", "occupation", "category")),
    }
    return render(request, "public/quotas.html", context)


@require_safe
def detail(request: HttpRequest, quota_id: UUID) -> HttpResponse:
    """Show one public posting whole: work, pay, rights, reserve, requirements, points, source."""
    quota = queries.get_quota(quota_id, actor=request.user)
    if quota.status not in PUBLIC_STATUSES:
        raise NotFound(_("There is no such quota."))
    held = roles_of(request.user)
    context = {
        "quota": quota,
        "places": places_of(quota, actor=request.user),
        "last_day": queries.last_day(quota),
        "points": points_rule(quota),
        "max_points": max_points(queries.weights_of(quota)),
        "language_name": dict(registry.language_choices()).get(quota.language, quota.language),
        "takes_applications": quota.status == Status.OPEN
        and quota.applications_close_at is not None
        and quota.applications_close_at > clock.now(),
        "is_worker": Role.WORKER in held,
        "is_official": bool(held - {Role.WORKER, Role.HELPER}),
        "crumbs": [(_("Open quotas"), reverse("public-quotas")), (quota.reference, "")],
    }
    return render(request, "public/quota.html", context)


def _filters() -> list[dict[str, Any]]:
    states = [(row.iso2, registry.state_name(row)) for row in queries.list_posting_states()]
    groups = [
        (row.code, registry.occupation_title(row)) for row in registry.list_occupations(level=1)
    ]
    return [
        {"name": "state", "label": _("Country"), "choices": [("", _("Every country")), *states]},
        {
            "name": "occupation",
            "label": _("Occupation group"),
            "choices": [("", _("Every occupation")), *groups],
        },
        {
            "name": "category",
            "label": _("Kind"),
            "choices": [("", _("Every kind")), *Category.choices],
        },
        {
            "name": "status",
            "label": _("Status"),
            "choices": [
                ("", Status.OPEN.label),
                (Status.PUBLISHED, _("Published, not open yet")),
                (Status.CLOSED, Status.CLOSED.label),
                ("all", _("All")),
            ],
        },
    ]


def _sorts() -> list[tuple[str, str]]:
    return [
        ("closes", _("Closing soon first")),
        ("-places", _("Most places first")),
        ("-reserved", _("Most reserved places first")),
        ("begins", _("Earliest begin first")),
        ("title", _("By title")),
    ]
