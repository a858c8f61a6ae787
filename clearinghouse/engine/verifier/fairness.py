"""Does anyone who prefers a posting have a right to a place there?

Source: matching page, section 2 (non-wastefulness, reserve respected, no justified envy). Under a
cap a place is free only if every counter on its path has room.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from clearinghouse.engine.reasons import Fault
from clearinghouse.engine.types import Finding, Order, Posting, Seat

from .case import Case
from .rule import Claim, Line, Priority

_ABOVE_ALL: Final[Priority] = (1 << 62, 0)


@dataclass(frozen=True, slots=True)
class _Tally:
    """What a newcomer at one posting meets: free places, and the weakest holders."""

    free: bool
    protected_short: bool
    reverted: bool
    weakest_open: Priority
    weakest_of_group: Mapping[bool, Priority]


def check_fairness(case: Case) -> Iterator[Finding]:
    """Yield a finding for every right to a place that the plan ignored."""
    for line in case.lines:
        everyone = Counter(seat for name in line.postings for seat in case.held[name].values())
        for posting in line.postings.values():
            tally = _tally(line, everyone, posting, case.held[posting.id])
            for claim in case.wanted[posting.id]:
                yield from _check_claim(claim, tally)


def _tally(
    line: Line, everyone: Counter[Seat], posting: Posting, held: Mapping[Claim, Seat]
) -> _Tally:
    protected = sum(claim.protected for claim in held)
    return _Tally(
        free=_has_free_place(line, everyone, posting, Counter(held.values())),
        protected_short=protected < posting.reserve,
        reverted=Seat.REVERTED in held.values(),
        weakest_open=_weakest(claim for claim, seat in held.items() if seat is Seat.OPEN),
        weakest_of_group={
            group: _weakest(claim for claim in held if claim.protected is group)
            for group in (False, True)
        },
    )


def _has_free_place(
    line: Line, everyone: Counter[Seat], posting: Posting, here: Counter[Seat]
) -> bool:
    """Tell whether some kind of place open to anyone is left on the posting's path."""
    if everyone.total() >= line.limit:
        return False
    if line.order is Order.RESERVE_FIRST:
        return here.total() < posting.quota
    if here[Seat.RESERVED] + here[Seat.REVERTED] < posting.reserve:
        return True
    return (
        here[Seat.OPEN] < posting.quota - posting.reserve
        and everyone[Seat.OPEN] < line.limit - line.reserves
    )


def _weakest(claims: Iterator[Claim]) -> Priority:
    return min((claim.priority for claim in claims), default=_ABOVE_ALL)


def _check_claim(claim: Claim, tally: _Tally) -> Iterator[Finding]:
    if tally.free:
        yield _finding(Fault.PLACE_WASTED, claim, "where a place stayed free")
    if claim.protected and (tally.protected_short or tally.reverted):
        yield _finding(
            Fault.RESERVE_IGNORED, claim, "where the reserve was not filled with protected people"
        )
    if claim.priority > tally.weakest_of_group[claim.protected]:
        yield _finding(
            Fault.ENVY_SAME_GROUP, claim, "which took somebody of the same group with less priority"
        )
    if claim.priority > tally.weakest_open:
        yield _finding(
            Fault.ENVY_OPEN_PLACE, claim, "which gave an open place to somebody with less priority"
        )
    if claim.protected and tally.reverted:
        yield _finding(
            Fault.ENVY_REVERTED_PLACE, claim, "which let a reserved place revert to somebody else"
        )


def _finding(code: Fault, claim: Claim, why: str) -> Finding:
    name = claim.candidate
    return Finding(code, name, f"Candidate {name!r} prefers posting {claim.posting!r}, {why}.")
