"""Where a request and a referral may go from where they stand."""

from clearinghouse.protection.enums import ReferralStatus, RequestStatus
from clearinghouse.shared.lifecycle import Lifecycle, table

LIFECYCLE = Lifecycle(
    noun="protection request",
    start=frozenset({RequestStatus.WAITING.value}),
    moves=table(waiting=["decided", "withdrawn"], decided=[], withdrawn=[]),
)

REFERRAL_LIFECYCLE = Lifecycle(
    noun="referral",
    start=frozenset({ReferralStatus.OPEN.value}),
    moves=table(open=["closed"], closed=[]),
)
