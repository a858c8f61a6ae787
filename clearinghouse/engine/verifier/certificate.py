"""Are the published cut-offs right, and do they alone lead everyone to their result?

Sources: matching page, section 2 (cut-off certificate); Hakimov & Raghavan.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from clearinghouse.engine.reasons import Fault
from clearinghouse.engine.types import CLOSED, Bar, Cutoff, Finding, Order, Posting, Seat

from .case import Case
from .rule import Claim, Priority

Node: TypeAlias = tuple[str, str]
"""Either ("posting", id) or ("cap", id)."""
Pair: TypeAlias = tuple[Priority, Priority]
"""The bars for others and for the protected."""
Holders: TypeAlias = Mapping[Seat, Sequence[Priority]]

_FREE: Final[Priority] = (-1, 0)
_SHUT: Final[Priority] = (CLOSED.points, 0)


def check_cutoffs(case: Case) -> Iterator[Finding]:
    """Yield a finding for every cut-off that is missing, repeated, unknown or wrong."""
    published: dict[Node, Cutoff] = {}
    for cutoff in case.plan.cutoffs:
        node = _node(cutoff)
        if node in published:
            yield _finding(Fault.CUTOFF_REPEATED, node, "is given twice")
        published[node] = cutoff
    right = _right_cutoffs(case)
    for node in sorted(published.keys() - right.keys()):
        yield _finding(Fault.CUTOFF_UNKNOWN, node, "belongs to nothing in the market")
    for node, (others, protected) in right.items():
        cutoff_or_none = published.get(node)
        if cutoff_or_none is None:
            yield _finding(Fault.CUTOFF_MISSING, node, "is missing")
            continue
        if cutoff_or_none.others != _bar(case, others):
            yield _finding(Fault.CUTOFF_WRONG, node, "is wrong for people without protection")
        if cutoff_or_none.protected != _bar(case, protected):
            yield _finding(Fault.CUTOFF_WRONG, node, "is wrong for people under protection")


def check_certificate(case: Case) -> Iterator[Finding]:
    """Yield a finding for everyone whose result is not the first wish whose cut-off they meet."""
    bars = _published_bars(case)
    results = {row.candidate: row.posting for row in case.plan.assignments}
    for candidate in case.market.candidates:
        rank = case.ranks[candidate.id]
        met = (
            wish.posting
            for wish in candidate.wishes
            if (wish.points, -rank) >= bars[wish.posting][candidate.protected]
        )
        due = next(met, None)
        if due != results.get(candidate.id):
            place = f"posting {due!r}" if due else "no place"
            yield Finding(
                Fault.CERTIFICATE_BROKEN,
                candidate.id,
                f"By the published cut-offs candidate {candidate.id!r} gets {place}.",
            )


def _published_bars(case: Case) -> dict[str, Pair]:
    """Return what the plan demands at each posting: the higher of its own bar and its cap's."""
    stated = {
        _node(cutoff): (_demand(case, cutoff.others), _demand(case, cutoff.protected))
        for cutoff in case.plan.cutoffs
    }
    cap_of = {name: cap.id for cap in case.market.caps for name in cap.postings}
    free = (_FREE, _FREE)
    bars = {}
    for posting in case.market.postings:
        own = stated.get(("posting", posting.id), free)
        above = stated.get(("cap", cap_of.get(posting.id, "")), free)
        bars[posting.id] = (max(own[0], above[0]), max(own[1], above[1]))
    return bars


def _demand(case: Case, bar: Bar | None) -> Priority:
    if bar is None:
        return _FREE
    # A bar that names a stranger is reported as wrong; nobody can meet it.
    return case.priority(bar.candidate, bar.points) or _SHUT


def _right_cutoffs(case: Case) -> dict[Node, Pair]:
    right: dict[Node, Pair] = {}
    for line in case.lines:
        everyone = _by_seat(case.held[name] for name in line.postings)
        above = _bar_of_open(line.order, line.limit, line.reserves, everyone)
        pairs = {
            name: _pair(posting, _by_seat([case.held[name]]), above)
            for name, posting in line.postings.items()
        }
        right |= {("posting", name): pair for name, pair in pairs.items()}
        if line.cap is not None:
            right["cap", line.cap] = _lowest(pairs.values())
    return right


def _pair(posting: Posting, here: Holders, above: Priority) -> Pair:
    """Return the bars at a posting, from the words of section 2; `above` is its line's open bar."""
    reserved = here[Seat.RESERVED]
    reserve_full = len(reserved) >= posting.reserve
    own = _bar_of_open(posting.order, posting.quota, posting.reserve, here)
    rest = max(own, above)
    if posting.order is Order.RESERVE_FIRST:
        return rest, min([rest, *reserved]) if reserve_full else _FREE
    if not reserve_full:
        reverted = here[Seat.REVERTED]
        left = len(reserved) + len(reverted) < posting.reserve
        return _FREE if left else min(reverted), _FREE
    return rest, min(reserved, default=rest)


def _bar_of_open(order: Order, limit: int, reserve: int, held: Holders) -> Priority:
    """Return the weakest open holder of a node whose open places are all taken."""
    opened = held[Seat.OPEN]
    kept = reserve if order is Order.OPEN_FIRST else len(held[Seat.RESERVED])
    return _FREE if len(opened) < limit - kept else min(opened, default=_SHUT)


def _by_seat(places: Iterable[Mapping[Claim, Seat]]) -> Holders:
    holders: dict[Seat, list[Priority]] = {seat: [] for seat in Seat}
    for held in places:
        for claim, seat in held.items():
            holders[seat].append(claim.priority)
    return holders


def _lowest(pairs: Iterable[Pair]) -> Pair:
    others, protected = zip(*pairs, strict=True)
    return min(others), min(protected)


def _bar(case: Case, priority: Priority) -> Bar | None:
    if priority == _FREE:
        return None
    if priority == _SHUT:
        return CLOSED
    return Bar(priority[0], case.names[-priority[1]])


def _node(cutoff: Cutoff) -> Node:
    return ("cap", cutoff.cap or "") if cutoff.posting is None else ("posting", cutoff.posting)


def _finding(code: Fault, node: Node, what: str) -> Finding:
    kind, name = node
    return Finding(code, name, f"The cut-off of {kind} {name!r} {what}.")
