"""Every read of applications, checks, the pool and nominations."""

from clearinghouse.applications.queries.checks import (
    CaseFile,
    CaseWish,
    count_to_check,
    get_for_check,
    list_to_check,
    lock_for_check,
)
from clearinghouse.applications.queries.hidden import (
    count_wrong_shields,
    hidden_postings,
    hidden_wishes,
    hold_hidden_wishes,
    is_hidden_from,
    list_hidden_nominations,
)
from clearinghouse.applications.queries.nominations import (
    NominationRow,
    find_batch,
    get_nomination,
    list_batches,
    list_nominations,
    list_taken_references,
    lock_nomination_for,
    lock_nomination_of,
    nominations_for,
)
from clearinghouse.applications.queries.pool import (
    Ballot,
    count_not_found_eligible,
    list_in_pool,
    lock_in_pool,
)
from clearinghouse.applications.queries.tickets import (
    eligibility,
    find_live,
    get_own,
    latest_of,
    latest_of_many,
    list_own,
    lock_application,
)

__all__ = [
    "Ballot",
    "CaseFile",
    "CaseWish",
    "NominationRow",
    "count_not_found_eligible",
    "count_to_check",
    "count_wrong_shields",
    "eligibility",
    "find_batch",
    "find_live",
    "get_for_check",
    "get_nomination",
    "get_own",
    "hidden_postings",
    "hidden_wishes",
    "hold_hidden_wishes",
    "is_hidden_from",
    "latest_of",
    "latest_of_many",
    "list_batches",
    "list_hidden_nominations",
    "list_in_pool",
    "list_nominations",
    "list_own",
    "list_taken_references",
    "list_to_check",
    "lock_application",
    "lock_for_check",
    "lock_in_pool",
    "lock_nomination_for",
    "lock_nomination_of",
    "nominations_for",
]
