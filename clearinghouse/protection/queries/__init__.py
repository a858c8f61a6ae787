"""Every read of the protection zone. Matching gets one set of keys; states get nothing."""

from clearinghouse.protection.queries.claims import (
    OwnStatus,
    count_open_referrals,
    count_open_requests,
    find_waiting,
    get_referral,
    get_request,
    history_of,
    list_minors_without_referral,
    list_referrals,
    list_requests,
    lock_referral,
    lock_request,
    lock_waiting,
    own_status,
    protected_worker_ids,
    status_of,
)
from clearinghouse.protection.queries.shields import (
    ShieldCheck,
    check_sources,
    holding_states,
    list_holding,
)

__all__ = [
    "OwnStatus",
    "ShieldCheck",
    "check_sources",
    "count_open_referrals",
    "count_open_requests",
    "find_waiting",
    "get_referral",
    "get_request",
    "history_of",
    "holding_states",
    "list_holding",
    "list_minors_without_referral",
    "list_referrals",
    "list_requests",
    "lock_referral",
    "lock_request",
    "lock_waiting",
    "own_status",
    "protected_worker_ids",
    "status_of",
]
