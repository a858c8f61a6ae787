"""Postings that collect offers and choose only when their buffer is full, by selection."""

import numpy as np
from numba import njit

from .heaps import heapify
from .layout import (
    BASE,
    END,
    FLOOR,
    FREE,
    INNER,
    N_OPEN,
    N_RESERVED,
    N_REVERTED,
    OPEN,
    RESERVE,
    RESERVE_FIRST,
    SHUT,
    SPARE,
)


@njit(**INNER)
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


@njit(**INNER)
def _protected_first(room, first, stop):
    """Bring the protected of room[first:stop] to its front; return how many they are."""
    front = first
    for spot in range(first, stop):
        if room[spot] & 1:
            room[front], room[spot] = room[spot], room[front]
            front += 1
    return front - first


@njit(**INNER)
def _best(room, first, stop, places, dice):
    """Bring the best to the front; return how many of them get one of the places."""
    if stop - first <= places:
        return stop - first
    if places > 0:
        _select(room, first, stop, places, dice)
    return places


@njit(**INNER)
def _bar(room, first, held, places):
    """Return the lowest key that a full counter holds; -1 if it has places left."""
    if held < places:
        return np.int64(FREE)
    lowest = np.int64(SHUT)
    for spot in range(first, first + held):
        lowest = min(lowest, room[spot])
    return lowest


@njit(**INNER)
def choose(desk, room, gate, dice, posting, stop):
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


@njit(**INNER)
def to_heaps(desk, room, posting, stop):
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
    heapify(room, base, 1, desk[posting, N_OPEN])
    heapify(room, end - 1, -1, reserved)
    heapify(room, spare, 1, reverted)
