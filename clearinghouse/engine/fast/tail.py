"""The last few who ask, offer by offer, with heaps made only for the postings they reach."""

from heapq import heapify, heappop, heappush, heappushpop

import numpy as np
from numpy.typing import NDArray

from clearinghouse.engine.arrays import NOBODY, ArrayMarket

from .choices import Offers, Standing

Whole = NDArray[np.int64]
Keys = list[int]

_LOW = 0xFFFFFFFF


class _Cap:
    """The open places of a state: the rest of its room, and its holders, weakest first.

    Entries stay when their holder leaves; such an entry is lower than every holder at its posting.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.entries: list[tuple[int, int]] = []

    def weakest(self, tables: dict[int, "_Table"]) -> "_Table":
        while True:
            key, posting = heappop(self.entries)
            table = tables[posting]
            if table.opened and table.opened[0] == key:
                return table


class _Table:
    """One posting: its holders by kind of place, each kind a heap with the weakest on top."""

    def __init__(self, row: tuple[int, int, int, bool], keys: list[Keys], cap: _Cap | None) -> None:
        self.posting, quota, self.reserve, self.late = row
        self.places = quota if self.late else quota - self.reserve
        self.opened, self.reserved, self.reverted = keys
        self.cap = cap
        for heap in keys:
            heapify(heap)
        if cap:
            cap.room -= len(self.opened) + (len(self.reserved) if self.late else 0)

    def ask(self, key: int, tables: dict[int, "_Table"]) -> int:
        """Consider one offer; return the key of whoever must go, -1 if nobody must."""
        if self.late and key & 1 and self.reserve:
            if len(self.reserved) < self.reserve:
                return self._take_minimum(key, tables)
            key = heappushpop(self.reserved, key)
        table, fallen = self._take_open(key, tables)
        return fallen if fallen < 0 or table.late else table._take_reserve(fallen)

    def _take_minimum(self, key: int, tables: dict[int, "_Table"]) -> int:
        heappush(self.reserved, key)
        if self.cap:
            self.cap.room -= 1
        if len(self.opened) + len(self.reserved) > self.places:
            return self._let_go()
        if self.cap and self.cap.room < 0:
            return self.cap.weakest(tables)._let_go()
        return NOBODY

    def _let_go(self) -> int:
        if self.cap:
            self.cap.room += 1
        return heappop(self.opened)

    def _take_open(self, key: int, tables: dict[int, "_Table"]) -> tuple["_Table", int]:
        """Offer an open place; return the key left without one and where it stands."""
        heappush(self.opened, key)
        if self.cap:
            self.cap.room -= 1
            heappush(self.cap.entries, (key, self.posting))
        if len(self.opened) > self.places - (len(self.reserved) if self.late else 0):
            return self, self._let_go()
        if self.cap and self.cap.room < 0:
            table = self.cap.weakest(tables)
            return table, table._let_go()
        return self, NOBODY

    def _take_reserve(self, key: int) -> int:
        if key & 1:
            heappush(self.reserved, key)
            if len(self.reserved) > self.reserve:
                return heappop(self.reserved)
        else:
            heappush(self.reverted, key)
        if len(self.reserved) + len(self.reverted) > self.reserve:
            return heappop(self.reverted)
        return NOBODY


class _Hall:
    """All postings reached so far, opened from the sorted offers when somebody asks."""

    def __init__(self, market: ArrayMarket, offers: Offers, seat: NDArray[np.int8]) -> None:
        self.market, self.offers, self.seat = market, offers, seat
        self.ends = np.cumsum(np.bincount(offers.posting, minlength=len(market.quota))).tolist()
        self.tables: dict[int, _Table] = {}

    def table(self, posting: int) -> _Table:
        """Return the posting's table; the first time set it up, with all under its cap."""
        if posting not in self.tables:
            cap = int(self.market.cap[posting])
            if cap < 0:
                self._open(posting, None)
            else:
                self._open_cap(cap)
        return self.tables[posting]

    def _open_cap(self, cap: int) -> None:
        members = np.flatnonzero(self.market.cap == cap)
        late = self.market.order[members[0]] == 1
        kept = 0 if late else int(self.market.reserve[members].sum(dtype=np.int64))
        pool = _Cap(int(self.market.cap_limit[cap]) - kept)
        for posting in members.tolist():
            self._open(posting, pool)
            pool.entries += [(key, posting) for key in self.tables[posting].opened]
        heapify(pool.entries)

    def _open(self, posting: int, cap: _Cap | None) -> None:
        market = self.market
        part = slice(self.ends[posting - 1] if posting else 0, self.ends[posting])
        keys: list[Keys] = [[], [], []]
        for key, seat in zip(self.offers.key[part].tolist(), self.seat[part].tolist(), strict=True):
            keys[seat].append(key)
        row = (
            posting,
            int(market.quota[posting]),
            int(market.reserve[posting]),
            bool(market.order[posting]),
        )
        self.tables[posting] = _Table(row, keys, cap)

    def holders(self) -> tuple[Whole, Whole, NDArray[np.int8]]:
        """Return key, posting and kind of place of everyone who holds a place now."""
        reached = np.zeros(len(self.market.quota), np.bool_)
        reached[list(self.tables)] = True
        rest = ~reached[self.offers.posting]
        key: Keys = []
        posting: list[int] = []
        seat: list[int] = []
        for table in self.tables.values():
            for kind, keys in enumerate((table.opened, table.reserved, table.reverted)):
                key += keys
                posting += [table.posting] * len(keys)
                seat += [kind] * len(keys)
        return (
            np.append(self.offers.key[rest], np.array(key, np.int64)),
            np.append(self.offers.posting[rest], np.array(posting, np.int64)),
            np.append(self.seat[rest], np.array(seat, np.int8)),
        )


def finish(
    standing: Standing, offers: Offers, seat: NDArray[np.int8], asking: Whole
) -> tuple[Whole, Whole, NDArray[np.int8]]:
    """Let everyone asking go down their list, and whoever that displaces; return the holders."""
    hall = _Hall(standing.market, offers, seat)
    people = len(standing.who)
    for first in asking.tolist():
        person = first
        while person >= 0:
            lost = _go_down(standing, hall, person)
            if lost < 0:
                break
            person = int(standing.who[people - 1 - ((lost & _LOW) >> 1)])
            standing.wish[person] += 1
    return hall.holders()


def _go_down(standing: Standing, hall: _Hall, person: int) -> int:
    """Let one person ask until a posting takes them; return whom it lets go, -1 for nobody."""
    market = standing.market
    start, stop = int(standing.wish[person]), int(market.indptr[person + 1])
    low = int(standing.low[person])
    wishes = zip(
        market.posting[start:stop].tolist(), market.points[start:stop].tolist(), strict=True
    )
    for step, (posting, points) in enumerate(wishes):
        key = (points << 32) | low
        lost = hall.table(posting).ask(key, hall.tables)
        if lost != key:
            standing.wish[person] = start + step
            return lost
    return NOBODY
