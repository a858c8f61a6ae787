"""Where an application and a nomination may go from where they stand."""

from clearinghouse.applications.enums import NominationStatus, Status
from clearinghouse.shared.lifecycle import Lifecycle, table

# A round that is voided gives locked applications back; a place that becomes free later, or is
# given up, moves people between placed and unplaced.
LIFECYCLE = Lifecycle(
    noun="application",
    start=frozenset({Status.DRAFT.value}),
    moves=table(
        draft=["submitted", "withdrawn"],
        submitted=["in_pool", "not_eligible", "locked", "withdrawn"],
        in_pool=["submitted", "not_eligible", "locked", "withdrawn"],
        not_eligible=["submitted", "in_pool", "withdrawn"],
        locked=["placed", "unplaced", "in_pool", "submitted"],
        placed=["unplaced"],
        unplaced=["placed"],
        withdrawn=[],
    ),
)

NOMINATION_LIFECYCLE = Lifecycle(
    noun="nomination",
    start=frozenset({NominationStatus.AWAITING_WORKER.value}),
    moves=table(awaiting_worker=["confirmed", "withdrawn"], confirmed=[], withdrawn=[]),
)
