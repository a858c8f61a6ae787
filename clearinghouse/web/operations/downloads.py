"""The sealed market and the plan as files, for people who replay and verify."""

import json

from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.enums import Role
from clearinghouse.matching import queries
from clearinghouse.shared.errors import NotFound
from clearinghouse.web.guard import SignedInRequest, require_role

reader = require_role(Role.OPERATOR, Role.CERTIFIER, Role.AUDITOR)


@reader
def market(request: SignedInRequest, number: int) -> HttpResponse:
    """Send the sealed market in the verifier's format."""
    round_ = queries.get_round(request.user, number)
    if round_.sealed_at is None:
        raise NotFound(_("There is no such file yet."))
    return _file(queries.market_json(round_, actor=request.user), f"round-{number}-market.json")


@reader
def plan(request: SignedInRequest, number: int) -> HttpResponse:
    """Send the plan of the first run in the verifier's format."""
    round_ = queries.get_round(request.user, number)
    content = queries.plan_json(round_, actor=request.user)
    if content is None:
        raise NotFound(_("There is no such file yet."))
    return _file(content, f"round-{number}-plan.json")


def _file(content: dict[str, object], name: str) -> HttpResponse:
    response = HttpResponse(
        json.dumps(content, ensure_ascii=False, indent=1), content_type="application/json"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
