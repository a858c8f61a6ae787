"""Where a request and a referral may go from where they stand."""

from clearinghouse.protection.enums import ReferralStatus, RequestStatus, ShieldStatus
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

# A shield holds until it is lifted; on the way there the person can keep it at any time.
SHIELD_LIFECYCLE = Lifecycle(
    noun="shield",
    start=frozenset({ShieldStatus.RAISED.value}),
    moves=table(
        raised=["lift_asked"],
        lift_asked=["lift_agreed", "raised"],
        lift_agreed=["lifted", "raised"],
        lifted=[],
    ),
)
