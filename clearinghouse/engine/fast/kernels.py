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
N_OPEN: Final = 7  # also counts the offers in a buffer
N_RESERVED: Final = 8
N_REVERTED: Final = 9
COLUMNS: Final = 10
# Columns of Desks.pool, one row per cap.
POOL_ROOM: Final = 0  # open places of the state (its limit where the reserve goes first)
POOL_OPEN: Final = 1
POOL_RESERVED: Final = 2
TREE: Final = 3  # where its part of `tree` begins

NOBODY: Final = -1
FREE: Final = -1
SHUT: Final = 1 << 62
FEW: Final = 16  # of so many people at most one may still ask when heaps take over


class People(NamedTuple):
    """The candidates: their wishes, their lottery, and `at`, the wish that each stands at.

    `at` counts from the first wish; ~at marks somebody who has to ask there.
    """

    indptr: Array
    posting: Array
    points: Array
    protected: Array
    lottery: Array
    who: Array
    at: Array


class Desks(NamedTuple):
    """The postings at work. `floor` holds two hopeless bounds per posting: others, protected."""

    desk: Array
    room: Array
    floor: Array
    pool: Array
    tree: Array
    leaf: Array
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
def _note_weakest(desks, posting):
    row = desks.desk[posting]
    cap = row[CAP]
    if cap < 0:
        return
    tree, base, node = desks.tree, desks.pool[cap, TREE], desks.leaf[posting]
    tree[base + node] = desks.room[row[BASE]] if row[N_OPEN] else SHUT
    node >>= 1
    while node:
        weakest = min(tree[base + 2 * node], tree[base + 2 * node + 1])
        if tree[base + node] == weakest:
            break
        tree[base + node] = weakest
        node >>= 1


@njit(forceinline=True)
def _owner(people, key):
    return people.who[len(people.who) - 1 - ((key & 0xFFFFFFFF) >> 1)]


@njit
def _let_go(people, desks, cap):
    """Take the open place of the weakest under a cap; return the key and the posting."""
    pool = desks.pool[cap]
    key = desks.tree[pool[TREE] + 1]
    person = _owner(people, key)
    posting = people.posting[people.indptr[person] + people.at[person]]
    row = desks.desk[posting]
    _pop(desks.room, row[BASE], 1, row[N_OPEN])
    row[N_OPEN] -= 1
    pool[POOL_OPEN] -= 1
    _note_weakest(desks, posting)
    return key, posting


@njit
def _take_open(people, desks, posting, key):
    """Offer an open place; return the key left without one and the posting it stands at."""
    row, room = desks.desk[posting], desks.room
    places = row[OPEN]
    if row[RESERVE_FIRST]:
        places -= row[N_RESERVED]
    count, cap = row[N_OPEN], row[CAP]
    if count >= places:
        if count and key > room[row[BASE]]:
            key = _swap_top(room, row[BASE], 1, count, key)
            _note_weakest(desks, posting)
        return key, posting
    full = False
    if cap >= 0:
        pool = desks.pool[cap]
        full = pool[POOL_OPEN] + pool[POOL_RESERVED] >= pool[POOL_ROOM]
        if full and (pool[POOL_OPEN] == 0 or key < desks.tree[pool[TREE] + 1]):
            return key, posting
        pool[POOL_OPEN] += 1
    _push(room, row[BASE], 1, count, key)
    row[N_OPEN] += 1
    _note_weakest(desks, posting)
    if full:
        return _let_go(people, desks, cap)
    return NOBODY, posting


@njit
def _take_reserve(desks, posting, key):
    """Offer a place of the reserve (open first); return the key left without one."""
    row, room = desks.desk[posting], desks.room
    held, reverted, reserve = row[N_RESERVED], row[N_REVERTED], row[RESERVE]
    if key & 1:
        if held == reserve:
            if held and key > room[row[END] - 1]:
                return _swap_top(room, row[END] - 1, -1, held, key)
            return key
        _push(room, row[END] - 1, -1, held, key)
        row[N_RESERVED] += 1
        if held + reverted < reserve:
            return NOBODY
        row[N_REVERTED] -= 1
        return _pop(room, row[SPARE], 1, reverted)
    if held + reverted < reserve:
        _push(room, row[SPARE], 1, reverted, key)
        row[N_REVERTED] += 1
        return NOBODY
    if reverted and key > room[row[SPARE]]:
        return _swap_top(room, row[SPARE], 1, reverted, key)
    return key


@njit
def _take_minimum(people, desks, posting, key):
    """Offer a place of the reserve (reserve first); return the key left without any, if known.

    The second value tells whether the key still has to ask for an open place.
    """
    row, room = desks.desk[posting], desks.room
    held, cap = row[N_RESERVED], row[CAP]
    if held == row[RESERVE]:
        if held and key > room[row[END] - 1]:
            key = _swap_top(room, row[END] - 1, -1, held, key)
        return key, True
    # An open place fewer, at the posting and under its cap: room for this one first.
    lost = NOBODY
    if cap >= 0:
        desks.pool[cap, POOL_RESERVED] += 1
    if row[N_OPEN] + held >= row[OPEN]:
        lost = _pop(room, row[BASE], 1, row[N_OPEN])
        row[N_OPEN] -= 1
        if cap >= 0:
            desks.pool[cap, POOL_OPEN] -= 1
            _note_weakest(desks, posting)
    elif cap >= 0:
        pool = desks.pool[cap]
        if pool[POOL_OPEN] + pool[POOL_RESERVED] > pool[POOL_ROOM]:
            lost, _ = _let_go(people, desks, cap)
    _push(room, row[END] - 1, -1, held, key)
    row[N_RESERVED] += 1
    return lost, False


@njit
def _ask(people, desks, posting, key):
    """Consider one offer; return the key of whoever must go, -1 if nobody must."""
    row = desks.desk[posting]
    if row[RESERVE_FIRST]:
        if key & 1 and row[RESERVE]:
            key, goes_on = _take_minimum(people, desks, posting, key)
            if not goes_on:
                return key
        lost, _ = _take_open(people, desks, posting, key)
        return lost
    fallen, at = _take_open(people, desks, posting, key)
    if fallen < 0:
        return fallen
    return _take_reserve(desks, at, fallen)


@njit(forceinline=True)
def _low_half(people, person):
    rank = people.lottery[person]
    return ((len(people.who) - 1 - rank) << 1) | np.int64(people.protected[person])


@njit
def _settle(people, desks, person):
    """Let one person ask down the list, then whoever that displaces, until nobody is left."""
    while person >= 0:
        start, stop = people.indptr[person], people.indptr[person + 1]
        wish = start + ~people.at[person]
        low = _low_half(people, person)
        lost = np.int64(NOBODY)
        while wish < stop:
            key = (np.int64(people.points[wish]) << 32) | low
            people.at[person] = wish - start
            lost = _ask(people, desks, people.posting[wish], key)
            if lost != key:
                break
            wish += 1
        if wish == stop:
            people.at[person] = stop - start
            return
        if lost < 0:
            return
        person = _owner(people, lost)
        people.at[person] = ~(people.at[person] + 1)


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
def _lowest(room, first, count):
    lowest = np.int64(SHUT)
    for spot in range(first, first + count):
        lowest = min(lowest, room[spot])
    return lowest


@njit
def _choose(desks, posting):
    """Choose among the offers of a buffer and raise the floors.

    Afterwards the chosen stand first: open, reserved, reverted (or reserved, open where the
    reserve goes first), then the others, who are no longer counted. Returns where they end.
    """
    row, room, dice = desks.desk[posting], desks.room, desks.dice
    base = row[BASE]
    stop = base + row[N_OPEN]
    reserve = row[RESERVE]
    if row[RESERVE_FIRST]:
        protected = _protected_first(room, base, stop)
        reserved = _best(room, base, base + protected, reserve, dice)
        places = row[OPEN] - reserved
        opened = _best(room, base + reserved, stop, places, dice)
        low_open = _lowest(room, base + reserved, opened) if opened == places else np.int64(FREE)
        low_reserved = _lowest(room, base, reserved) if reserved == reserve else np.int64(FREE)
        others, reverted = low_open, 0
    else:
        opened = _best(room, base, stop, row[OPEN], dice)
        middle = base + opened
        protected = _protected_first(room, middle, stop)
        reserved = _best(room, middle, middle + protected, reserve, dice)
        after = middle + reserved
        reverted = _best(room, after, stop, reserve - reserved, dice)
        low_open = _lowest(room, base, opened) if opened == row[OPEN] else np.int64(FREE)
        low_reserved = _lowest(room, middle, reserved) if reserved == reserve else np.int64(FREE)
        full = reserved + reverted == reserve
        others = min(low_open, _lowest(room, after, reverted)) if full else np.int64(FREE)
    desks.floor[posting, 0] = others
    desks.floor[posting, 1] = min(low_open, low_reserved)
    row[N_OPEN], row[N_RESERVED], row[N_REVERTED] = opened, reserved, reverted
    return stop


@njit
def _cut(people, desks, posting):
    """Choose and send everyone else away, who will ask again; return how many."""
    row = desks.desk[posting]
    stop = _choose(desks, posting)
    row[N_OPEN] += row[N_RESERVED] + row[N_REVERTED]
    row[N_RESERVED] = row[N_REVERTED] = 0
    first = row[BASE] + row[N_OPEN]
    for spot in range(first, stop):
        person = _owner(people, desks.room[spot])
        people.at[person] = ~(people.at[person] + 1)
    return stop - first


@njit
def _wave(people, desks):
    """Let everyone marked ask once, in the order of the rows; return how many were sent away."""
    sent = 0
    room, floor = desks.room, desks.floor
    for person in range(len(people.at)):
        mark = people.at[person]
        if mark >= 0:
            continue
        start, stop = people.indptr[person], people.indptr[person + 1]
        wish = start + ~mark
        low = _low_half(people, person)
        group = low & 1
        while wish < stop:
            posting = people.posting[wish]
            key = (np.int64(people.points[wish]) << 32) | low
            if key >= floor[posting, group]:
                people.at[person] = wish - start
                row = desks.desk[posting]
                if row[CAP] >= 0:
                    lost = _ask(people, desks, posting, key)
                    if lost != key:
                        if lost >= 0:
                            other = _owner(people, lost)
                            people.at[other] = ~(people.at[other] + 1)
                            sent += 1
                        break
                else:
                    spot = row[BASE] + row[N_OPEN]
                    room[spot] = key
                    row[N_OPEN] += 1
                    if spot + 1 == row[END]:
                        sent += _cut(people, desks, posting)
                    break
            wish += 1
        if wish == stop:
            people.at[person] = stop - start
    return sent


@njit
def _to_heaps(desks, posting):
    """Turn a buffer into the heaps of the posting, once its offers fit its places."""
    row, room = desks.desk[posting], desks.room
    stop = _choose(desks, posting)
    low, high = row[BASE], stop - 1
    if not row[RESERVE_FIRST]:
        low += row[N_OPEN]
    while low < high:
        room[low], room[high] = room[high], room[low]
        low += 1
        high -= 1
    # Now open, reverted, reserved: everything moves up, the last one first.
    for count in range(row[N_RESERVED]):
        room[row[END] - 1 - count] = room[stop - 1 - count]
    stop -= row[N_RESERVED]
    for count in range(row[N_REVERTED]):
        room[row[SPARE] + row[N_REVERTED] - 1 - count] = room[stop - 1 - count]
    _heapify(room, row[BASE], 1, row[N_OPEN])
    _heapify(room, row[END] - 1, -1, row[N_RESERVED])
    _heapify(room, row[SPARE], 1, row[N_REVERTED])


@njit(cache=True)
def match_kernel(people, desks):
    """Run the waves, then the finish; `desks` holds the result in its heaps."""
    few = len(people.at) // FEW
    postings = len(desks.desk)
    while True:
        while _wave(people, desks) > few:
            pass
        sent = 0
        for posting in range(postings):
            row = desks.desk[posting]
            if row[CAP] < 0 and row[N_OPEN] > row[OPEN] + row[RESERVE] * (1 - row[RESERVE_FIRST]):
                sent += _cut(people, desks, posting)
        if sent <= few:
            break
    for posting in range(postings):
        if desks.desk[posting, CAP] < 0:
            _to_heaps(desks, posting)
    for person in range(len(people.at)):
        if people.at[person] < 0:
            _settle(people, desks, person)


@njit(cache=True)
def collect_kernel(people, desks, assignment, seat):
    """Write everyone's posting and kind of place."""
    for posting in range(len(desks.desk)):
        row = desks.desk[posting]
        for kind in range(3):
            step = -1 if kind == 1 else 1
            start = row[BASE] if kind == 0 else row[END] - 1 if kind == 1 else row[SPARE]
            for count in range(row[N_OPEN + kind]):
                person = _owner(people, desks.room[start + step * count])
                assignment[person] = posting
                seat[person] = kind
