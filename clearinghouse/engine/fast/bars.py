"""Cut-offs of all postings and caps at once, from how many hold places and who holds them last.

Source: matching page, sections 1 and 2; decision 0007 (shut bars, caps).
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearinghouse.engine.arrays import NOBODY, ArrayMarket, ArrayPlan
from clearinghouse.engine.types import CLOSED

Whole = NDArray[np.int64]
Bars = tuple[NDArray[np.int32], NDArray[np.int64]]

FREE: Final = -1
SHUT: Final = 1 << 62
OPEN, RESERVED, REVERTED = 0, 1, 2


class Holders(NamedTuple):
    """Per posting and kind of place: how many hold one, and the lowest key among them.

    Keys are points * 2^32 + (people - 1 - lottery rank) * 2 + protected; SHUT where nobody is.
    """

    held: Whole
    lowest: Whole


def add_bars(
    market: ArrayMarket,
    assignment: NDArray[np.int32],
    seat: NDArray[np.int8],
    who: NDArray[np.int32],
    holders: Holders,
) -> ArrayPlan:
    """Return the plan with its cut-offs; `who` lists candidates by lottery rank."""
    quota, reserve = market.quota.astype(np.int64), market.reserve.astype(np.int64)
    late = market.order == 1
    count, lowest = holders
    kept = np.where(late, count[:, RESERVED], reserve)
    opened = _bar(count[:, OPEN], quota - kept, lowest[:, OPEN])
    capped = market.cap >= 0
    opened[capped] = np.maximum(opened[capped], _cap_bar(market, holders, kept)[market.cap[capped]])
    left = reserve - count[:, RESERVED]
    reverted = _bar(count[:, REVERTED], left, lowest[:, REVERTED])
    others = np.where(late, opened, np.minimum(opened, reverted))
    protected = np.minimum(opened, _bar(count[:, RESERVED], reserve, lowest[:, RESERVED]))
    return ArrayPlan(
        assignment,
        seat,
        *_split(others, who),
        *_split(protected, who),
        *_split(_lowest_of(market, others), who),
        *_split(_lowest_of(market, protected), who),
    )


def _bar(held: Whole, room: Whole, lowest: Whole) -> Whole:
    return np.where(held < room, FREE, lowest)


def _cap_bar(market: ArrayMarket, holders: Holders, kept: Whole) -> Whole:
    caps, capped = len(market.cap_limit), market.cap >= 0
    opened, held_back = np.zeros(caps, np.int64), np.zeros(caps, np.int64)
    np.add.at(opened, market.cap[capped], holders.held[capped, OPEN])
    np.add.at(held_back, market.cap[capped], kept[capped])
    return _bar(opened, market.cap_limit - held_back, _lowest_of(market, holders.lowest[:, OPEN]))


def _lowest_of(market: ArrayMarket, values: Whole) -> Whole:
    lowest = np.full(len(market.cap_limit), SHUT, np.int64)
    capped = market.cap >= 0
    np.minimum.at(lowest, market.cap[capped], values[capped])
    return lowest


def _split(keys: Whole, who: NDArray[np.int32]) -> Bars:
    """Turn keys into points and the candidate who stands at the bar."""
    named = (keys != FREE) & (keys != SHUT)
    candidate = np.full(len(keys), NOBODY, np.int64)
    candidate[named] = who[len(who) - 1 - ((keys[named] & 0xFFFFFFFF) >> 1)]
    points = np.where(keys == FREE, NOBODY, np.where(named, keys >> 32, CLOSED.points))
    return points.astype(np.int32), candidate
