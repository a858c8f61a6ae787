"""A good body for every write, so that the answer is about who asks and not about the form."""

import json
from collections.abc import Mapping
from typing import Any

from tests.matrix.routes import Route
from tests.matrix.world import MatrixWorld

QUOTA = {
    "title": "Welders",
    "category": "temporary",
    "occupation": "7212",
    "starts_on": "2027-03-01",
    "ends_on": "2028-02-29",
    "places": 10,
    "reserve_share": "20.00",
    "reserve_order": "open_first",
    "wage_amount": "3100.00",
    "wage_currency": "EUR",
    "wage_unit": "month",
    "comparator_wage": "3000.00",
    "health_cover": True,
    "housing": True,
    "ethical_recruitment": True,
    "no_worker_fees": True,
    "complaint_route": "Labour inspectorate, free line 0800 000.",
    "weight_experience": 10,
    "weight_occupation": 5,
}
_REASON = {"reason": "The wage is not explained."}
_API: dict[str, dict[str, Any]] = {
    "api-quotas": QUOTA,
    "api-quota": {**QUOTA, "version": 1},
    "api-quota-return": _REASON,
    "api-quota-withdraw": _REASON,
    "api-application-wishes": {"postings": [], "version": 1},
    "api-nominations": {
        "reference": "KE-4711",
        "given_names": "Anna",
        "family_name": "Maria",
        "birth_date": "1990-01-31",
        "email": "anna@example.net",
        "occupation": "7212",
    },
    "api-round-commit": {"commitment": "ab" * 32},
    "api-round-reveal": {"secret": "cd" * 32},
    "api-round-void": _REASON,
    "api-round-discharge": _REASON,
}


def body_of(
    route: Route, world: MatrixWorld, more: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """Return the arguments of a request with a good body, and `more` fields in it."""
    if not route.is_api:
        return {"data": b"", "content_type": "application/x-www-form-urlencoded"}
    data = dict(_API.get(route.name, {}))
    if route.name == "api-file-check":
        data = {"posting": world.objects["quota_id"]["R1"], "eligible": True}
    elif route.name == "api-rounds":
        ids = [world.objects["quota_id"]["R4"]]
        data = {"quotas": ids, "opens_at": "2026-12-20T00:00Z", "closes_at": "2026-12-30T00:00Z"}
    return {
        "data": json.dumps({**data, **(more or {})}).encode(),
        "content_type": "application/json",
    }
