"""Where a simulation may go from where it stands."""

from clearinghouse.shared.lifecycle import Lifecycle, table
from clearinghouse.simulation.enums import Status

# A simulation that lost its worker is claimed again: that is a new attempt, not a move.
LIFECYCLE = Lifecycle(
    noun="simulation",
    start=frozenset({Status.WAITING.value}),
    moves=table(
        waiting=["running", "cancelled", "failed"],
        running=["finished", "failed", "cancelled"],
        finished=[],
        failed=[],
        cancelled=[],
    ),
)
