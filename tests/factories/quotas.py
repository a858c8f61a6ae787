"""Postings in any status, made through the services as in life."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from accounts.models import User
from clearinghouse.access.checks import SYSTEM
from clearinghouse.quotas import services
from clearinghouse.quotas.models import Quota
from clearinghouse.quotas.rules import QuotaDraft
from tests.factories.accounts import make_user

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_numbers = count(1)
_ROAD = ("draft", "submitted", "approved", "published", "open", "closed")


def make_draft(**over: Any) -> QuotaDraft:
    """Give fields that pass every gate; `over` replaces some."""
    fields: dict[str, Any] = {
        "title": f"Welders {next(_numbers)}",
        "category": "temporary",
        "occupation": "7212",
        "starts_on": date(2027, 3, 1),
        "ends_on": date(2028, 2, 29),
        "places": 10,
        "reserve_share": Decimal(20),
        "reserve_order": "open_first",
        "wage_amount": Decimal(3100),
        "wage_currency": "EUR",
        "wage_unit": "month",
        "comparator_wage": Decimal(3000),
        "health_cover": True,
        "housing": True,
        "ethical_recruitment": True,
        "no_worker_fees": True,
        "complaint_route": "Labour inspectorate, free line 0800 000, in ten languages.",
        "weight_experience": 10,
        "weight_occupation": 5,
    }
    return QuotaDraft(**{**fields, **over})


def make_quota(
    state: str = "DE",
    status: str = "open",
    places: int = 10,
    reserve_share: Decimal | int = 20,
    *,
    now: datetime = NOW,
    author: User | None = None,
    approver: User | None = None,
    closes_in: timedelta = timedelta(days=30),
    **over: Any,
) -> Quota:
    """Make a quota of a state and lead it to a status; `over` are fields of `QuotaDraft`."""
    author = author or make_user("quota_officer", state=state)
    data = make_draft(places=places, reserve_share=Decimal(reserve_share), **over)
    quota = services.draft_quota(by=author, data=data, now=now)
    if status in {"returned", "withdrawn"}:
        return _leave(quota, status, author, approver or make_user("approver", state=state), now)
    for step in _ROAD[1 : _ROAD.index(status) + 1]:
        if step == "submitted":
            services.submit_quota(by=author, quota_id=quota.public_id, now=now)
        elif step == "approved":
            approver = approver or make_user("approver", state=state)
            services.approve_quota(by=approver, quota_id=quota.public_id, now=now)
        elif step == "published":
            services.publish_quota(by=SYSTEM, quota_id=quota.public_id, now=now)
        elif step == "open":
            services.open_quotas(
                by=SYSTEM, quota_ids=[quota.pk], applications_close_at=now + closes_in, now=now
            )
        elif step == "closed":
            services.close_quotas(by=SYSTEM, quota_ids=[quota.pk], now=now)
    quota.refresh_from_db()
    return quota


def _leave(quota: Quota, status: str, author: User, approver: User, now: datetime) -> Quota:
    services.submit_quota(by=author, quota_id=quota.public_id, now=now)
    services.return_quota(
        by=approver, quota_id=quota.public_id, reason="The wage is not explained.", now=now
    )
    if status == "withdrawn":
        services.withdraw_quota(
            by=author, quota_id=quota.public_id, reason="The plan was given up.", now=now
        )
    quota.refresh_from_db()
    return quota
