"""A round as everybody may follow it: each step with what was published, and the files to check."""

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clearinghouse.matching import queries
from clearinghouse.matching.enums import Status
from clearinghouse.matching.permissions import not_found
from clearinghouse.web.files import attachment

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round

CHECKER = settings.BASE_DIR / "verify_round.py"


@require_safe
def detail(request: HttpRequest, number: int) -> HttpResponse:
    """Show the chain of a round: rules, commitments, seal, reveals, seed, plan, certifiers."""
    round_ = _round(request, number)
    context: dict[str, Any] = {
        "round": round_,
        "secrets": queries.list_secrets(round_),
        "missing": queries.list_missing(round_),
        "minutes": queries.promised(round_, "reveal_minutes", settings.REVEAL_MINUTES),
        "needed": queries.promised(round_, "certifiers", settings.CERTIFIERS_NEEDED),
        "certifications": queries.list_certifications(round_),
        "discharges": queries.list_discharges(round_),
        "repeat": queries.find_repeat(round_),
        "tests": queries.named_tests(queries.find_self_test(round_), whole=False),
        "bundle_digest": hashlib.sha256(queries.public_bundle(round_)).hexdigest(),
        "checker_digest": _checker_digest(),
        "crumbs": [
            (_("Results"), reverse("public-results")),
            (_("Round %(number)d") % {"number": number}, ""),
        ],
    }
    return render(request, "public/round.html", context)


@require_safe
def rules(request: HttpRequest, number: int) -> HttpResponse:
    """Send the rules of a round, byte for byte as their digest says."""
    text = queries.find_rules(_round(request, number))
    if text is None:
        raise not_found()
    return attachment(text.encode(), "application/json", f"round-{number}-rules.json")


@require_safe
def bundle(request: HttpRequest, number: int) -> HttpResponse:
    """Send what everybody may know of a round, for `verify_round.py`."""
    content = queries.public_bundle(_round(request, number))
    return attachment(content, "application/zip", f"round-{number}-public.zip")


@require_safe
def checker(_request: HttpRequest) -> HttpResponse:
    """Send the program that checks rounds; it is the file of that name in the project."""
    return attachment(CHECKER.read_bytes(), "text/x-python", "verify_round.py")


@cache
def _checker_digest() -> str:
    return hashlib.sha256(CHECKER.read_bytes()).hexdigest()


def _round(request: HttpRequest, number: int) -> "Round":
    round_ = queries.get_round(request.user, number)
    if round_.status == Status.PLANNED:
        raise not_found()
    return round_
