"""The choice rule restated for the verifier: literal passes, no heaps, nothing from allocate.

A line is what chooses at once: the postings under one cap, or a posting alone (its own quota is
then the limit). Source: matching page, section 1, "State caps".
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from clearinghouse.engine.types import Market, Order, Posting, Seat

Priority: TypeAlias = tuple[int, int]
"""Points, then minus the lottery rank: larger is better."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One candidate asking for one posting."""

    priority: Priority
    posting: str
    candidate: str
    protected: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Postings that choose together under one limit; `cap` is None for a posting alone."""

    cap: str | None
    limit: int
    postings: Mapping[str, Posting]

    @property
    def order(self) -> Order:
        """Return the one order of all the line's postings."""
        return next(iter(self.postings.values())).order

    @property
    def reserves(self) -> int:
        """Return R, the sum of the postings' reserves."""
        return sum(posting.reserve for posting in self.postings.values())


def lines_of(market: Market) -> list[Line]:
    """Return every cap and every uncapped posting as a line."""
    alone = {posting.id: posting for posting in market.postings}
    lines = []
    for cap in market.caps:
        members = {name: alone.pop(name) for name in cap.postings}
        lines.append(Line(cap.id, cap.limit, members))
    lines += [Line(None, posting.quota, {name: posting}) for name, posting in alone.items()]
    return lines


def choose(line: Line, claims: Iterable[Claim]) -> dict[Claim, Seat]:
    """Return the claims a line accepts, each with its kind of place.

    Two wishes of one person under a cap can tie; whichever comes first in `claims` goes first.
    """
    asking = sorted(claims, key=lambda claim: claim.priority, reverse=True)
    return (
        _open_first(line, asking)
        if line.order is Order.OPEN_FIRST
        else _reserve_first(line, asking)
    )


def _open_first(line: Line, asking: Sequence[Claim]) -> dict[Claim, Seat]:
    postings = line.postings
    opened = _one_pass(
        asking,
        {name: posting.quota - posting.reserve for name, posting in postings.items()},
        line.limit - line.reserves,
    )
    left = [claim for claim in asking if claim not in opened]
    reserves = {name: posting.reserve for name, posting in postings.items()}
    reserved = _one_pass([claim for claim in left if claim.protected], reserves, line.limit)
    filled = Counter(claim.posting for claim in reserved)
    reverted = _one_pass(
        [claim for claim in left if claim not in reserved],
        {name: reserve - filled[name] for name, reserve in reserves.items()},
        line.limit - len(opened) - len(reserved),
    )
    return (
        dict.fromkeys(opened, Seat.OPEN)
        | dict.fromkeys(reserved, Seat.RESERVED)
        | dict.fromkeys(reverted, Seat.REVERTED)
    )


def _reserve_first(line: Line, asking: Sequence[Claim]) -> dict[Claim, Seat]:
    postings = line.postings
    reserved = _one_pass(
        [claim for claim in asking if claim.protected],
        {name: posting.reserve for name, posting in postings.items()},
        line.limit,
    )
    filled = Counter(claim.posting for claim in reserved)
    opened = _one_pass(
        [claim for claim in asking if claim not in reserved],
        {name: posting.quota - filled[name] for name, posting in postings.items()},
        line.limit - len(reserved),
    )
    return dict.fromkeys(reserved, Seat.RESERVED) | dict.fromkeys(opened, Seat.OPEN)


def _one_pass(asking: Sequence[Claim], room_at: Mapping[str, int], room: int) -> set[Claim]:
    """Go down the order once, taking whoever finds room at both counters."""
    taken: set[Claim] = set()
    used: Counter[str] = Counter()
    for claim in asking:
        if len(taken) < room and used[claim.posting] < room_at[claim.posting]:
            taken.add(claim)
            used[claim.posting] += 1
    return taken
