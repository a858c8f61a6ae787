"""Every write of quotas: lock, may I, can it, change, record, nudge, return."""

from clearinghouse.quotas.rules import QuotaDraft
from clearinghouse.quotas.services.deciding import (
    approve_quota,
    publish_quota,
    return_quota,
    submit_quota,
    withdraw_quota,
)
from clearinghouse.quotas.services.drafting import delete_draft, draft_quota, edit_quota
from clearinghouse.quotas.services.rounds import (
    close_quotas,
    open_quotas,
    republish_quotas,
    set_places_taken,
)

__all__ = [
    "QuotaDraft",
    "approve_quota",
    "close_quotas",
    "delete_draft",
    "draft_quota",
    "edit_quota",
    "open_quotas",
    "publish_quota",
    "republish_quotas",
    "return_quota",
    "set_places_taken",
    "submit_quota",
    "withdraw_quota",
]
