"""Where an offer may go from where it stands."""

from clearinghouse.offers.enums import Status
from clearinghouse.shared.lifecycle import Lifecycle, table

LIFECYCLE = Lifecycle(
    noun="offer",
    start=frozenset({Status.OFFERED.value}),
    moves=table(
        offered=["accepted", "declined", "lapsed", "improved"],
        accepted=[],
        declined=[],
        lapsed=[],
        improved=[],
    ),
)
