"""Deferred acceptance: everyone asks down their list, every posting keeps its best and lets go.

Sources: Gale & Shapley 1962 (deferred acceptance); McVitie & Wilson 1971 (one asks at a time, any
order, same result); Kominers & Soenmez 2016 (places with priorities of their own); Hafalir,
Yenmez & Yildirim 2013 (minority reserves); matching page, section 1.

A priority is one integer, larger is better: points * people + (people - 1 - lottery rank). It
names its holder, so heaps of integers are all the state there is.
"""

from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from typing import TypeAlias

from clearinghouse.engine.types import Market, Order, Posting, Seat

Held: TypeAlias = dict[str, tuple[str, Seat]]


class Pool:
    """The counter of a state cap: how many places it has given, and its weakest open holder."""

    __slots__ = ("entries", "limit", "open_held", "order", "reserved_held", "reserves")

    def __init__(self, limit: int, order: Order, reserves: int) -> None:
        self.limit = limit
        self.order = order
        self.reserves = reserves
        self.open_held = 0
        self.reserved_held = 0
        self.entries: list[tuple[int, int, Desk]] = []

    def open_room(self) -> int:
        """Return how many open places the state may give in all."""
        held_back = self.reserves if self.order is Order.OPEN_FIRST else self.reserved_held
        return self.limit - held_back

    def weakest(self) -> "Desk":
        """Return the desk of the weakest open holder, forgetting those who left already."""
        while True:
            key, _, desk = heappop(self.entries)
            # The smallest entry, if still held, must also be the smallest at its desk.
            if desk.open and desk.open[0] == key:
                return desk


class Desk:
    """One posting at work: the priorities it holds now, weakest first, per kind of place."""

    __slots__ = ("number", "open", "pool", "posting", "reserved", "reverted")

    def __init__(self, number: int, posting: Posting, pool: Pool | None) -> None:
        self.number = number
        self.posting = posting
        self.pool = pool
        self.open: list[int] = []
        self.reserved: list[int] = []
        self.reverted: list[int] = []

    def open_room(self) -> int:
        """Return how many open places the posting has."""
        posting = self.posting
        if posting.order is Order.OPEN_FIRST:
            return posting.quota - posting.reserve
        return posting.quota - len(self.reserved)


def allocate(market: Market, ranks: Mapping[str, int]) -> Held:
    """Return who holds which place of which kind; whoever is absent is unplaced.

    `ranks` are lottery ranks, 0 best. The market is taken as sound (see read_market).
    """
    desks = _open_desks(market)
    by_rank = sorted(market.candidates, key=lambda candidate: ranks[candidate.id])
    protected = [candidate.protected for candidate in by_rank]
    askings = [iter(candidate.wishes) for candidate in by_rank]
    people = len(by_rank)
    for rank in range(people):
        asking: int | None = rank
        while asking is not None and (wish := next(askings[asking], None)):
            key = wish.points * people + people - 1 - asking
            lost = _ask(desks[wish.posting], key, protected)
            asking = None if lost is None else _rank(lost, people)
    return {by_rank[_rank(key, people)].id: place for key, place in _places(desks)}


def _open_desks(market: Market) -> dict[str, Desk]:
    postings = {posting.id: posting for posting in market.postings}
    pools: dict[str, Pool] = {}
    for cap in market.caps:
        members = [postings[name] for name in cap.postings]
        pool = Pool(cap.limit, members[0].order, sum(posting.reserve for posting in members))
        pools.update(dict.fromkeys(cap.postings, pool))
    return {
        name: Desk(number, posting, pools.get(name))
        for number, (name, posting) in enumerate(postings.items())
    }


def _ask(desk: Desk, key: int, protected: list[bool]) -> int | None:
    """Consider one asker and return the priority of whoever must go, if anyone must."""
    if desk.posting.order is Order.RESERVE_FIRST:
        return _ask_reserve_first(desk, key, protected)
    fallen = _take_open(desk, key)
    if fallen is None:
        return None
    # Under a cap the one who falls out of the open places may stand at another desk.
    return _take_reserve(*fallen, protected)


def _ask_reserve_first(desk: Desk, key: int, protected: list[bool]) -> int | None:
    if protected[_rank(key, len(protected))] and desk.posting.reserve:
        heappush(desk.reserved, key)
        if len(desk.reserved) <= desk.posting.reserve:
            if desk.pool:
                desk.pool.reserved_held += 1
            fallen = _let_go(desk)
            return None if fallen is None else fallen[1]
        key = heappop(desk.reserved)
    fallen = _take_open(desk, key)
    return None if fallen is None else fallen[1]


def _take_open(desk: Desk, key: int) -> tuple[Desk, int] | None:
    heappush(desk.open, key)
    if desk.pool:
        desk.pool.open_held += 1
        heappush(desk.pool.entries, (key, desk.number, desk))
    return _let_go(desk)


def _let_go(desk: Desk) -> tuple[Desk, int] | None:
    """Return the weakest open holder of the counter that is over its room, with their desk."""
    pool = desk.pool
    if len(desk.open) > desk.open_room():
        loser = desk
    elif pool and pool.open_held > pool.open_room():
        loser = pool.weakest()
    else:
        return None
    if pool:
        pool.open_held -= 1
    return loser, heappop(loser.open)


def _take_reserve(desk: Desk, key: int, protected: list[bool]) -> int | None:
    """Offer a place of the reserve: to the protected first, what is left reverts to anyone.

    A cap needs no counter here: its open places leave R behind, and the postings' reserves add up
    to R.
    """
    if protected[_rank(key, len(protected))]:
        heappush(desk.reserved, key)
        if len(desk.reserved) > desk.posting.reserve:
            return heappop(desk.reserved)
    else:
        heappush(desk.reverted, key)
    if len(desk.reserved) + len(desk.reverted) > desk.posting.reserve:
        return heappop(desk.reverted)
    return None


def _rank(key: int, people: int) -> int:
    return people - 1 - key % people


def _places(desks: Mapping[str, Desk]) -> Iterator[tuple[int, tuple[str, Seat]]]:
    for name, desk in desks.items():
        for seat, keys in (
            (Seat.OPEN, desk.open),
            (Seat.RESERVED, desk.reserved),
            (Seat.REVERTED, desk.reverted),
        ):
            for key in keys:
                yield key, (name, seat)
