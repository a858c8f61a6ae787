"""Where a quota may go from where it stands."""

from clearinghouse.quotas.enums import Status
from clearinghouse.shared.lifecycle import Lifecycle, table

# An open posting belongs to a round, so that it cannot be withdrawn until the round has ended it.
# A round that is voided gives its postings back for another round.
LIFECYCLE = Lifecycle(
    noun="quota",
    start=frozenset({Status.DRAFT.value}),
    moves=table(
        draft=["submitted"],
        submitted=["returned", "approved"],
        returned=["submitted", "withdrawn"],
        approved=["published", "withdrawn"],
        published=["open", "withdrawn"],
        open=["closed"],
        closed=["published"],
        withdrawn=[],
    ),
)
