"""The algorithm in integers, compiled by Numba; imported only where Numba may be used.

Deferred acceptance in two stages (matching page, section 3). Waves: people ask in the order of
their rows; an uncapped posting collects offers in a buffer and lets go only when it is full, by
selection; floors turn hopeless offers away at once. Finish: when few people are left asking, heaps
take one offer at a time, so the worst case is wishes x log(quota). Capped postings use heaps from
the start. Any order and any delay of choices give the same result, as every choice here is
path-independent (McVitie & Wilson 1971; matching page, section 1).

A key is points * 2^32 + (people - 1 - lottery rank) * 2 + protected: larger is better, and it names
its holder. Numba's cache watches one file, hence everything that is compiled stands in this one.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit

Array = Any

# Columns of Desks.desk, one row of integers per posting.
BASE: Final = 0  # where its part of `room` begins
END: Final = 1  # and ends
SPARE: Final = 2  # where reverted places begin
OPEN: Final = 3  # open places (quota where the reserve goes first)
RESERVE: Final = 4
RESERVE_FIRST: Final = 5
CAP: Final = 6
LEAF: Final = 7  # its leaf in the tournament of its cap
N_OPEN: Final = 8
N_RESERVED: Final = 9
N_REVERTED: Final = 10
COLUMNS: Final = 11
# Columns of Desks.gate: what an offer meets first, close together in memory.
FILL: Final = 0  # the next empty spot of the buffer; -1 at a capped posting
FULL: Final = 1  # the end of the buffer
FLOOR: Final = 2  # lower keys are hopeless: others here, protected people in the next column
# Columns of Desks.pool, one row per cap.
POOL_ROOM: Final = 0  # open places of the state (its limit where the reserve goes first)
POOL_OPEN: Final = 1
POOL_RESERVED: Final = 2
TREE: Final = 3  # where its part of `tree` begins
WIDTH: Final = 4  # leaves of its tournament, a power of two

NOBODY: Final = -1
FREE: Final = -1
SHUT: Final = 1 << 62
LOW: Final = 0xFFFFFFFF
FEW: Final = 128  # of so many people at most one may still ask when heaps take over


class People(NamedTuple):
    """The candidates: their wishes, their lottery, and `at`, the wish that each stands at.

    `at` counts from the first wish; ~at marks somebody who has to ask there. `who` lists
    candidates by lottery rank.
    """

    indptr: Array
    posting: Array
    points: Array
    protected: Array
    lottery: Array
    who: Array
    at: Array


class Desks(NamedTuple):
    """The postings at work; `tree` holds the weakest open keys, and the postings of the leaves."""

    desk: Array
    room: Array
    gate: Array
    pool: Array
    tree: Array
    dice: Array


# Heaps with the smallest key on top; entry i stands at start + step * i.


@njit(forceinline=True)
def _push(room, start, step, count, key):
    spot = count
    while spot > 0:
        parent = (spot - 1) >> 1
        above = room[start + step * parent]
        if above <= key:
            break
        room[start + step * spot] = above
        spot = parent
    room[start + step * spot] = key


@njit
def _sink(room, start, step, count, spot, key):
    while True:
        child = 2 * spot + 1
        if child >= count:
            break
        below = room[start + step * child]
        if child + 1 < count:
            other = room[start + step * (child + 1)]
            if other < below:
                child += 1
                below = other
        if below >= key:
            break
        room[start + step * spot] = below
        spot = child
    room[start + step * spot] = key


@njit(forceinline=True)
def _pop(room, start, step, count):
    top = room[start]
    if count > 1:
        _sink(room, start, step, count - 1, 0, room[start + step * (count - 1)])
    return top


@njit(forceinline=True)
def _swap_top(room, start, step, count, key):
    top = room[start]
    _sink(room, start, step, count, 0, key)
    return top


@njit
def _heapify(room, start, step, count):
    for spot in range(count // 2 - 1, -1, -1):
        _sink(room, start, step, count, spot, room[start + step * spot])


# State caps: a tournament over the postings of a cap, the weakest open holder at its root.


@njit
def _note_weakest(desk, room, pool, tree, posting):
    cap = desk[posting, CAP]
    if cap < 0:
        return
    base, node = pool[cap, TREE], desk[posting, LEAF]
    tree[0, base + node] = room[desk[posting, BASE]] if desk[posting, N_OPEN] else SHUT
    node >>= 1
    while node:
        weakest = min(tree[0, base + 2 * node], tree[0, base + 2 * node + 1])
        if tree[0, base + node] == weakest:
            break
        tree[0, base + node] = weakest
        node >>= 1


@njit
def _let_go(desk, room, pool, tree, cap):
    """Take the open place of the weakest under a cap; return the key and the posting."""
    base, node = pool[cap, TREE], 1
    key = tree[0, base + 1]
    while node < pool[cap, WIDTH]:
        node *= 2
        if tree[0, base + node] != key:
            node += 1
    posting = tree[1, base + node]
    _pop(room, desk[posting, BASE], 1, desk[posting, N_OPEN])
    desk[posting, N_OPEN] -= 1
    pool[cap, POOL_OPEN] -= 1
    _note_weakest(desk, room, pool, tree, posting)
    return key, posting


@njit
def _take_open(desk, room, pool, tree, posting, key):
    """Offer an open place; return the key left without one and the posting it stands at."""
    places = desk[posting, OPEN]
    if desk[posting, RESERVE_FIRST]:
        places -= desk[posting, N_RESERVED]
    count, cap, base = desk[posting, N_OPEN], desk[posting, CAP], desk[posting, BASE]
    if count >= places:
        if count and key > room[base]:
            key = _swap_top(room, base, 1, count, key)
            _note_weakest(desk, room, pool, tree, posting)
        return key, posting
    full = False
    if cap >= 0:
        full = pool[cap, POOL_OPEN] + pool[cap, POOL_RESERVED] >= pool[cap, POOL_ROOM]
        if full and (pool[cap, POOL_OPEN] == 0 or key < tree[0, pool[cap, TREE] + 1]):
            return key, posting
        pool[cap, POOL_OPEN] += 1
    _push(room, base, 1, count, key)
    desk[posting, N_OPEN] += 1
    _note_weakest(desk, room, pool, tree, posting)
    if full:
        return _let_go(desk, room, pool, tree, cap)
    return np.int64(NOBODY), posting


@njit
def _take_reserve(desk, room, posting, key):
    """Offer a place of the reserve (open first); return the key left without one."""
    held, reverted = desk[posting, N_RESERVED], desk[posting, N_REVERTED]
    reserve, top, spare = desk[posting, RESERVE], desk[posting, END] - 1, desk[posting, SPARE]
    if key & 1:
        if held == reserve:
            if held and key > room[top]:
                return _swap_top(room, top, -1, held, key)
            return key
        _push(room, top, -1, held, key)
        desk[posting, N_RESERVED] += 1
        if held + reverted < reserve:
            return np.int64(NOBODY)
        desk[posting, N_REVERTED] -= 1
        return _pop(room, spare, 1, reverted)
    if held + reverted < reserve:
        _push(room, spare, 1, reverted, key)
        desk[posting, N_REVERTED] += 1
        return np.int64(NOBODY)
    if reverted and key > room[spare]:
        return _swap_top(room, spare, 1, reverted, key)
    return key


@njit
def _take_minimum(desk, room, pool, tree, posting, key):
    """Offer a place of the reserve (reserve first); return the key left without one.

    The second value tells whether that key may still ask for an open place.
    """
    held, cap, top = desk[posting, N_RESERVED], desk[posting, CAP], desk[posting, END] - 1
    if held == desk[posting, RESERVE]:
        if held and key > room[top]:
            key = _swap_top(room, top, -1, held, key)
        return key, True
    # An open place fewer, at the posting and under its cap: room for this one first.
    lost, count = np.int64(NOBODY), desk[posting, N_OPEN]
    if cap >= 0:
        pool[cap, POOL_RESERVED] += 1
    if count + held >= desk[posting, OPEN]:
        lost = _pop(room, desk[posting, BASE], 1, count)
        desk[posting, N_OPEN] -= 1
        if cap >= 0:
            pool[cap, POOL_OPEN] -= 1
            _note_weakest(desk, room, pool, tree, posting)
    elif cap >= 0 and pool[cap, POOL_OPEN] + pool[cap, POOL_RESERVED] > pool[cap, POOL_ROOM]:
        lost, _ = _let_go(desk, room, pool, tree, cap)
    _push(room, top, -1, held, key)
    desk[posting, N_RESERVED] += 1
    return lost, False


@njit
def _ask(desk, room, pool, tree, posting, key):
    """Consider one offer; return the key of whoever must go, -1 if nobody must."""
    if desk[posting, RESERVE_FIRST]:
        if key & 1 and desk[posting, RESERVE]:
            key, goes_on = _take_minimum(desk, room, pool, tree, posting, key)
            if not goes_on:
                return key
        lost, _ = _take_open(desk, room, pool, tree, posting, key)
        return lost
    fallen, at = _take_open(desk, room, pool, tree, posting, key)
    if fallen < 0:
        return fallen
    return _take_reserve(desk, room, at, fallen)


@njit(forceinline=True)
def _owner(who, key):
    return who[len(who) - 1 - ((key & LOW) >> 1)]


@njit(forceinline=True)
def _send_away(people, gate, key):
    """Mark the loser of a heap to ask further down, and raise the floor there."""
    person = _owner(people.who, key)
    posting = people.posting[people.indptr[person] + people.at[person]]
    gate[posting, FLOOR + (key & 1)] = max(gate[posting, FLOOR + (key & 1)], key + 1)
    people.at[person] = ~(people.at[person] + 1)
    return person


@njit(forceinline=True)
def _low_half(people, person):
    rank = people.lottery[person]
    return ((len(people.who) - 1 - rank) << 1) | np.int64(people.protected[person])


@njit
def _finish(people, desks):
    """Let one person ask down the list, then whoever that displaces, until nobody is left."""
    desk, room, gate, pool, tree = desks.desk, desks.room, desks.gate, desks.pool, desks.tree
    posting, points, at = people.posting, people.points, people.at
    for first in range(len(at)):
        person = first
        while at[person] < 0:
            start, stop = people.indptr[person], people.indptr[person + 1]
            wish, low = start + ~at[person], _low_half(people, person)
            floor = FLOOR + (low & 1)
            at[person] = stop - start
            while wish < stop:
                key = (np.int64(points[wish]) << 32) | low
                if key >= gate[posting[wish], floor]:
                    at[person] = wish - start
                    lost = _ask(desk, room, pool, tree, posting[wish], key)
                    if lost >= 0:
                        person = _send_away(people, gate, lost)
                    break
                wish += 1


# Buffers: an uncapped posting collects offers and chooses only when it is full.


@njit
def _select(room, first, stop, wanted, dice):
    """Bring the `wanted` largest of room[first:stop] to its front.

    Pivots come from a fixed generator: median of three needs quadratic time on some markets.
    """
    left, right, last = first, stop - 1, first + wanted - 1
    while right - left > 12:
        dice[0] = (dice[0] * 1103515245 + 12345) & 0x7FFFFFFF
        pivot = room[left + (dice[0] >> 8) % (right - left + 1)]
        low, high = left, right
        while low <= high:
            while room[low] > pivot:
                low += 1
            while room[high] < pivot:
                high -= 1
            if low <= high:
                room[low], room[high] = room[high], room[low]
                low += 1
                high -= 1
        if last <= high:
            right = high
        elif last >= low:
            left = low
        else:
            return
    for spot in range(left + 1, right + 1):
        key, before = room[spot], spot - 1
        while before >= left and room[before] < key:
            room[before + 1] = room[before]
            before -= 1
        room[before + 1] = key


@njit
def _protected_first(room, first, stop):
    """Bring the protected of room[first:stop] to its front; return how many they are."""
    front = first
    for spot in range(first, stop):
        if room[spot] & 1:
            room[front], room[spot] = room[spot], room[front]
            front += 1
    return front - first


@njit
def _best(room, first, stop, places, dice):
    """Bring the best to the front; return how many of them get one of the places."""
    if stop - first <= places:
        return stop - first
    if places > 0:
        _select(room, first, stop, places, dice)
    return places


@njit
def _bar(room, first, held, places):
    """Return the lowest key that a full counter holds; -1 if it has places left."""
    if held < places:
        return np.int64(FREE)
    lowest = np.int64(SHUT)
    for spot in range(first, first + held):
        lowest = min(lowest, room[spot])
    return lowest


@njit
def _choose(desk, room, gate, dice, posting, stop):
    """Choose among the offers of a buffer that ends at `stop`, and raise the floors.

    Afterwards the chosen stand first: open, reserved, reverted (or reserved, open where the
    reserve goes first).
    """
    base, reserve, places = desk[posting, BASE], desk[posting, RESERVE], desk[posting, OPEN]
    if desk[posting, RESERVE_FIRST]:
        protected = _protected_first(room, base, stop)
        reserved = _best(room, base, base + protected, reserve, dice)
        places -= reserved
        opened = _best(room, base + reserved, stop, places, dice)
        low_open = _bar(room, base + reserved, opened, places)
        low_reserved = _bar(room, base, reserved, reserve)
        others, reverted = low_open, 0
    else:
        opened = _best(room, base, stop, places, dice)
        middle = base + opened
        protected = _protected_first(room, middle, stop)
        reserved = _best(room, middle, middle + protected, reserve, dice)
        reverted = _best(room, middle + reserved, stop, reserve - reserved, dice)
        low_open = _bar(room, base, opened, places)
        low_reserved = _bar(room, middle, reserved, reserve)
        others = min(low_open, _bar(room, middle + reserved, reverted, reserve - reserved))
    gate[posting, FLOOR] = others
    gate[posting, FLOOR + 1] = min(low_open, low_reserved)
    desk[posting, N_OPEN], desk[posting, N_RESERVED] = opened, reserved
    desk[posting, N_REVERTED] = reverted
    return base + opened + reserved + reverted


@njit
def _cut(people, desks, posting):
    """Choose and send everyone else away, who will ask again; return how many."""
    stop = desks.gate[posting, FILL]
    first = _choose(desks.desk, desks.room, desks.gate, desks.dice, posting, stop)
    desks.gate[posting, FILL] = first
    for spot in range(first, stop):
        person = _owner(people.who, desks.room[spot])
        people.at[person] = ~(people.at[person] + 1)
    return stop - first


@njit
def _wave(people, desks):
    """Let everyone marked ask once, in the order of the rows; return how many were sent away."""
    desk, room, gate, pool, tree = desks.desk, desks.room, desks.gate, desks.pool, desks.tree
    indptr, posting, points, at = people.indptr, people.posting, people.points, people.at
    sent = 0
    for person in range(len(at)):
        if at[person] >= 0:
            continue
        start, stop = indptr[person], indptr[person + 1]
        wish, low = start + ~at[person], _low_half(people, person)
        floor = FLOOR + (low & 1)
        at[person] = stop - start
        while wish < stop:
            place = posting[wish]
            key = (np.int64(points[wish]) << 32) | low
            if key >= gate[place, floor]:
                at[person] = wish - start
                spot = gate[place, FILL]
                if spot < 0:
                    lost = _ask(desk, room, pool, tree, place, key)
                    if lost >= 0:
                        sent += 1
                        if _send_away(people, gate, lost) == person:
                            at[person] = stop - start
                            sent -= 1
                            wish += 1
                            continue
                else:
                    room[spot] = key
                    gate[place, FILL] = spot + 1
                    if spot + 1 == gate[place, FULL]:
                        sent += _cut(people, desks, place)
                break
            wish += 1
    return sent


@njit
def _to_heaps(desk, room, posting, stop):
    """Turn a buffer, just chosen from, into the heaps of the posting."""
    base, end, spare = desk[posting, BASE], desk[posting, END], desk[posting, SPARE]
    reserved, reverted = desk[posting, N_RESERVED], desk[posting, N_REVERTED]
    low, high = base, stop - 1
    if not desk[posting, RESERVE_FIRST]:
        low += desk[posting, N_OPEN]
    while low < high:
        room[low], room[high] = room[high], room[low]
        low += 1
        high -= 1
    # Now open, reverted, reserved: everything moves up, the last one first.
    for count in range(reserved):
        room[end - 1 - count] = room[stop - 1 - count]
    for count in range(reverted):
        room[spare + reverted - 1 - count] = room[stop - reserved - 1 - count]
    _heapify(room, base, 1, desk[posting, N_OPEN])
    _heapify(room, end - 1, -1, reserved)
    _heapify(room, spare, 1, reverted)


@njit
def _cut_all(people, desks):
    sent, desk, gate = 0, desks.desk, desks.gate
    for posting in range(len(desk)):
        places = desk[posting, OPEN]
        if not desk[posting, RESERVE_FIRST]:
            places += desk[posting, RESERVE]
        if gate[posting, FILL] - desk[posting, BASE] > places:
            sent += _cut(people, desks, posting)
    return sent


@njit(cache=True)
def match_kernel(people, desks):
    """Run the waves, then the finish; `desks` holds the result in its heaps."""
    desk, gate = desks.desk, desks.gate
    few = len(people.at) // FEW
    while True:
        while _wave(people, desks) > few:
            pass
        if _cut_all(people, desks) <= few:
            break
    for posting in range(len(desk)):
        stop = gate[posting, FILL]
        if stop >= 0:
            _choose(desk, desks.room, gate, desks.dice, posting, stop)
            _to_heaps(desk, desks.room, posting, stop)
    _finish(people, desks)


@njit(cache=True)
def collect_kernel(desk, room, who, assignment, seat):
    """Write everyone's posting and kind of place."""
    for posting in range(len(desk)):
        for kind in range(3):
            step = -1 if kind == 1 else 1
            start = desk[posting, BASE]
            if kind:
                start = desk[posting, END] - 1 if kind == 1 else desk[posting, SPARE]
            for count in range(desk[posting, N_OPEN + kind]):
                person = _owner(who, room[start + step * count])
                assignment[person] = posting
                seat[person] = kind
