"""The algorithm in integers, compiled by Numba; imported only where Numba may be used.

Deferred acceptance in two stages (matching page, section 3). Waves: people ask in the order of
their rows; an uncapped posting collects offers in a buffer and lets go only when it is full, by
selection; floors turn hopeless offers away at once. Finish: when few people are left asking, heaps
take one offer at a time, so the worst case is wishes x log(quota). Capped postings use heaps from
the start. Any order and any delay of choices give the same result, as every choice here is
path-independent (McVitie & Wilson 1971; matching page, section 1).

A key is points * 2^32 + (people - 1 - lottery rank) * 2 + protected: larger is better, and it names
its holder.
"""

import numpy as np
from numba import njit

from .buffers import choose, to_heaps
from .heaps import ask
from .layout import (
    BASE,
    END,
    FEW,
    FILL,
    FLOOR,
    FULL,
    INNER,
    LOW,
    N_OPEN,
    OPEN,
    RESERVE,
    RESERVE_FIRST,
    SPARE,
)


@njit(forceinline=True, **INNER)
def _owner(who, key):
    return who[len(who) - 1 - ((key & LOW) >> 1)]


@njit(forceinline=True, **INNER)
def _send_away(people, gate, key):
    """Mark the loser of a heap to ask further down, and raise the floor there."""
    person = _owner(people.who, key)
    posting = people.posting[people.indptr[person] + people.at[person]]
    gate[posting, FLOOR + (key & 1)] = max(gate[posting, FLOOR + (key & 1)], key + 1)
    people.at[person] = ~(people.at[person] + 1)
    return person


@njit(forceinline=True, **INNER)
def _low_half(people, person):
    rank = people.lottery[person]
    return ((len(people.who) - 1 - rank) << 1) | np.int64(people.protected[person])


@njit(**INNER)
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
                    lost = ask(desk, room, pool, tree, posting[wish], key)
                    if lost >= 0:
                        person = _send_away(people, gate, lost)
                    break
                wish += 1


@njit(**INNER)
def _cut(people, desks, posting):
    """Choose and send everyone else away, who will ask again; return how many."""
    stop = desks.gate[posting, FILL]
    first = choose(desks.desk, desks.room, desks.gate, desks.dice, posting, stop)
    desks.gate[posting, FILL] = first
    for spot in range(first, stop):
        person = _owner(people.who, desks.room[spot])
        people.at[person] = ~(people.at[person] + 1)
    return stop - first


@njit(**INNER)
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
                    lost = ask(desk, room, pool, tree, place, key)
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


@njit(**INNER)
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
            choose(desk, desks.room, gate, desks.dice, posting, stop)
            to_heaps(desk, desks.room, posting, stop)
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


@njit(cache=True)
def heap_kernel(people, desks):
    """Run the finish alone, for comparison: every posting decides offer by offer."""
    _finish(people, desks)
