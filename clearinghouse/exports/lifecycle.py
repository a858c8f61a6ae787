"""Where an export may go from where it stands."""

from clearinghouse.exports.enums import Status
from clearinghouse.shared.lifecycle import Lifecycle, table

LIFECYCLE = Lifecycle(
    noun="export",
    start=frozenset({Status.WAITING.value, Status.QUEUED.value}),
    moves=table(
        waiting=["queued", "refused", "cancelled", "expired"],
        queued=["ready", "cancelled", "expired"],
        ready=["cancelled", "expired"],
        refused=[],
        cancelled=[],
        expired=[],
    ),
)
