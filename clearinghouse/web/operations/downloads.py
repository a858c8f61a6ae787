"""The sealed market and the plan as files, for people who replay and verify."""

import json

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts.enums import Role
from clearinghouse.matching import queries
from clearinghouse.shared.errors import NotFound
from clearinghouse.shared.texts import small_number
from clearinghouse.web.files import attachment, named
from clearinghouse.web.guard import SignedInRequest, require_role

reader = require_role(Role.CERTIFIER, Role.AUDITOR)


@reader
def market(request: SignedInRequest, number: int) -> HttpResponse:
    """Send the sealed market, or with `?generation=N` that of a refill, for the verifier."""
    round_ = queries.get_round(request.user, number)
    if round_.sealed_at is None:
        raise NotFound(_("There is no such file yet."))
    generation = _generation(request)
    content = queries.market_json(round_, actor=request.user, generation=generation)
    return _file(content, _name(number, "market", generation))


@reader
def plan(request: SignedInRequest, number: int) -> HttpResponse:
    """Send the plan of the first run, or with `?generation=N` that of a refill."""
    round_ = queries.get_round(request.user, number)
    generation = _generation(request)
    content = queries.plan_json(round_, actor=request.user, generation=generation)
    return _file(content, _name(number, "plan", generation))


@reader
def bundle(request: SignedInRequest, number: int) -> HttpResponseBase:
    """Send a sealed round whole, for `verify_round.py`."""
    round_ = queries.get_round(request.user, number)
    pieces = queries.sealed_bundle(round_, actor=request.user)
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    return named(response, f"round-{number}-sealed.zip")


def _generation(request: SignedInRequest) -> int:
    return small_number(request.GET.get("generation", ""))


def _name(number: int, what: str, generation: int) -> str:
    refill = f"-refill-{generation}" if generation else ""
    return f"round-{number}{refill}-{what}.json"


def _file(content: dict[str, object] | None, name: str) -> HttpResponse:
    if content is None:
        raise NotFound(_("There is no such file yet."))
    return attachment(json.dumps(content, ensure_ascii=False, indent=1), "application/json", name)
