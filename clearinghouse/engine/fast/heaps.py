"""Postings that decide offer by offer: heaps with the weakest on top, and state caps.

Entry i of a heap stands at start + step * i. A cap is a tournament over its postings with the
weakest open holder at its root. Rules: matching page, section 1.
"""

import numpy as np
from numba import njit

from .layout import (
    BASE,
    CAP,
    END,
    INNER,
    LEAF,
    N_OPEN,
    N_RESERVED,
    N_REVERTED,
    NOBODY,
    OPEN,
    POOL_OPEN,
    POOL_RESERVED,
    POOL_ROOM,
    RESERVE,
    RESERVE_FIRST,
    SHUT,
    SPARE,
    TREE,
    WIDTH,
)


@njit(forceinline=True, **INNER)
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


@njit(**INNER)
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


@njit(forceinline=True, **INNER)
def _pop(room, start, step, count):
    top = room[start]
    if count > 1:
        _sink(room, start, step, count - 1, 0, room[start + step * (count - 1)])
    return top


@njit(forceinline=True, **INNER)
def _swap_top(room, start, step, count, key):
    top = room[start]
    _sink(room, start, step, count, 0, key)
    return top


@njit(**INNER)
def heapify(room, start, step, count):
    for spot in range(count // 2 - 1, -1, -1):
        _sink(room, start, step, count, spot, room[start + step * spot])


# State caps: a tournament over the postings of a cap, the weakest open holder at its root.


@njit(**INNER)
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


@njit(**INNER)
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


@njit(**INNER)
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


@njit(**INNER)
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


@njit(**INNER)
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


@njit(**INNER)
def ask(desk, room, pool, tree, posting, key):
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
