"""The first page and the rules in plain words."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clearinghouse.matching import queries as matching
from clearinghouse.quotas import queries as quotas
from clearinghouse.simulation.h1b import story


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what this is, for whom, and how much is open now."""
    context = {
        "counts": quotas.count_public(),
        "newest": list(quotas.list_public(status="open")[:3]),
        "latest_round": matching.list_released().first(),
    }
    return render(request, "public/home.html", context)


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Explain how places are given, what is guaranteed, and what is not."""
    context = {
        "minimum": settings.MINIMUM_RESERVE_PERCENT,
        "certifiers": settings.CERTIFIERS_NEEDED,
        "smallest": settings.SMALLEST_PUBLIC_CELL,
        "h1b": story(),
    }
    return render(request, "public/rules.html", context)
