"""Where a round and a run may go from where they stand."""

from clearinghouse.matching.enums import RunStatus, Status
from clearinghouse.shared.lifecycle import Lifecycle, table

LIFECYCLE = Lifecycle(
    noun="round",
    start=frozenset({Status.PLANNED.value}),
    moves=table(
        planned=["open"],
        open=["sealed"],
        sealed=["drawn", "voided"],
        drawn=["run", "voided"],
        run=["verified", "voided"],
        verified=["certified", "voided"],
        certified=["released"],
        released=[],
        voided=[],
    ),
)

# A run that lost its worker is claimed again: that is a new attempt, not a move.
RUN_LIFECYCLE = Lifecycle(
    noun="run",
    start=frozenset({RunStatus.WAITING.value}),
    moves=table(
        waiting=["running", "failed", "cancelled"],
        running=["finished", "failed", "cancelled"],
        finished=[],
        failed=[],
        cancelled=[],
    ),
)
