"""Cut-offs: per posting and group, the lowest priority that still gets in.

A newcomer is taken in the first phase whose counters they pass, and only the people above them
decide that. So the bar of a phase is the highest bar of its counters, and the bar of the posting
is the lowest bar of the phases open to the group. Source: matching page, sections 1 and 2;
Hakimov & Raghavan (cut-offs make the result verifiable).

Priorities are integers here, larger is better: _NONE lies below everyone, _SHUT above everyone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from clearinghouse.engine.types import CLOSED, POINTS_MAX, Bar, Cutoff, Market, Order, Posting, Seat

from .allocate import Held

_NONE: Final = -1
_SHUT: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class _Counter:
    """The bars of one limit, per kind of place."""

    opened: int
    reserved: int
    reverted: int


@dataclass(frozen=True, slots=True)
class _Scale:
    """Turns priorities into bars and back."""

    names: Sequence[str]

    def key(self, points: int, rank: int) -> int:
        return points * len(self.names) + len(self.names) - 1 - rank

    def bar(self, key: int) -> Bar | None:
        if key == _NONE:
            return None
        points, place = divmod(key, len(self.names) or 1)
        return CLOSED if points > POINTS_MAX else Bar(points, self.names[-1 - place])


def find_cutoffs(market: Market, ranks: Mapping[str, int], held: Held) -> tuple[Cutoff, ...]:
    """Return the cut-offs of all postings by id, then of all caps by id.

    A posting's bars are those of its whole path, so they are the higher of posting and cap; a
    cap's bar is the lowest of its postings: below it, nobody of the group got a place of the cap.
    `ranks` lists candidates best first.
    """
    scale = _Scale(tuple(ranks))
    held_at = _holders(market, ranks, scale, held)
    postings = {posting.id: posting for posting in market.postings}
    paths = {
        name: [_counter([posting], posting.quota, held_at)] for name, posting in postings.items()
    }
    for cap in market.caps:
        counter = _counter([postings[name] for name in cap.postings], cap.limit, held_at)
        for name in cap.postings:
            paths[name].append(counter)
    bars = {name: _bars(posting.order, paths[name]) for name, posting in postings.items()}
    return (
        *(_cutoff(scale, pair, posting=name) for name, pair in bars.items()),
        *(
            _cutoff(scale, _lowest(bars[name] for name in cap.postings), cap=cap.id)
            for cap in market.caps
        ),
    )


def _cutoff(
    scale: _Scale, pair: tuple[int, int], *, posting: str | None = None, cap: str | None = None
) -> Cutoff:
    others, protected = pair
    return Cutoff(posting, cap, scale.bar(others), scale.bar(protected))


def _holders(
    market: Market, ranks: Mapping[str, int], scale: _Scale, held: Held
) -> dict[str, dict[Seat, list[int]]]:
    held_at: dict[str, dict[Seat, list[int]]] = {
        posting.id: {seat: [] for seat in Seat} for posting in market.postings
    }
    for candidate in market.candidates:
        posting, seat = held.get(candidate.id, ("", Seat.OPEN))
        for wish in candidate.wishes:
            if wish.posting == posting:
                held_at[posting][seat].append(scale.key(wish.points, ranks[candidate.id]))
    return held_at


def _counter(
    members: Sequence[Posting], limit: int, held_at: Mapping[str, Mapping[Seat, Sequence[int]]]
) -> _Counter:
    opened, reserved, reverted = (
        [key for posting in members for key in held_at[posting.id][seat]]
        for seat in (Seat.OPEN, Seat.RESERVED, Seat.REVERTED)
    )
    reserve = sum(posting.reserve for posting in members)
    held_back = reserve if members[0].order is Order.OPEN_FIRST else len(reserved)
    return _Counter(
        opened=_bar(opened, limit - held_back),
        reserved=_bar(reserved, reserve),
        reverted=_bar(reverted, reserve - len(reserved)),
    )


def _bars(order: Order, path: Sequence[_Counter]) -> tuple[int, int]:
    """Return the bars for others and for the protected at the posting a path begins with."""
    posting = path[0]
    opened = max(counter.opened for counter in path)
    # A cap never stops the phases of the reserve: its open places leave R behind, and the
    # reserves of its postings add up to R.
    others = min(opened, posting.reverted) if order is Order.OPEN_FIRST else opened
    return others, min(opened, posting.reserved)


def _bar(held: Sequence[int], room: int) -> int:
    """Return the lowest priority that a counter with this room takes."""
    if len(held) < room:
        return _NONE
    return min(held) if held else _SHUT


def _lowest(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    others, protected = zip(*pairs, strict=True)
    return min(others), min(protected)
