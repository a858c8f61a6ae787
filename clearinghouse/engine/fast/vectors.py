"""The algorithm over whole arrays, for where Numba is missing: waves, then one by one.

In a wave everyone without a place asks at once, and every posting asked chooses among its holders
and the new ones together. When few are left asking, `tail` goes on offer by offer, so that a long
chain costs no wave per link. Keys are those of `bars`: points * 2^32 + (people - 1 - lottery rank)
* 2 + protected.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clearinghouse.engine.arrays import NOBODY, ArrayMarket, ArrayPlan

from .bars import SHUT, Holders, add_bars
from .choices import Offers, Standing, choose, in_order
from .tail import finish

Whole = NDArray[np.int64]

_FEW: Final = 1024  # of so many people one may still ask when the tail takes over
_ALWAYS_FEW: Final = 24


def match_vectors(market: ArrayMarket) -> ArrayPlan:
    """Return the plan of a sound market, with NumPy alone."""
    state = _begin(market)
    people, postings = len(market.lottery), len(market.quota)
    held = Offers(np.empty(0, np.int64), np.empty(0, np.int64))
    asking = np.arange(people)
    few = _ALWAYS_FEW + people // _FEW
    while len(asking) > few:
        asking, new = _ask(state, asking)
        touched = _touched(market, new.posting)
        here = touched[held.posting]
        offers = in_order(held.part(here).with_more(new), postings, people)
        seat = choose(market, offers)
        _raise_floors(state, offers, seat)
        held = held.part(~here).with_more(offers.part(seat != NOBODY))
        asking = state.owners(offers.key[seat == NOBODY])
        state.wish[asking] += 1
        asking.sort()
    offers = in_order(held, postings, people)
    seat = choose(market, offers)
    key, posting = offers.key, offers.posting
    if len(asking):
        key, posting, seat = finish(state, offers, seat, asking)
    return _plan(state, key, posting, seat)


def _begin(market: ArrayMarket) -> Standing:
    people = len(market.lottery)
    who = np.empty(people, np.int32)
    who[market.lottery] = np.arange(people, dtype=np.int32)
    floor = np.zeros(2 * len(market.quota), np.int64)
    floor[np.repeat(market.quota == 0, 2)] = SHUT
    return Standing(
        market,
        (people - 1 - market.lottery) * 2 + market.protected,
        who,
        market.indptr[:-1].copy(),
        floor,
    )


def _ask(state: Standing, asking: Whole) -> tuple[Whole, Offers]:
    """Move everyone to the first wish that is not hopeless; return who asks, and the offers."""
    market = state.market
    found: list[tuple[Whole, Whole, Whole]] = []
    while True:
        wish = state.wish[asking]
        more = wish < market.indptr[asking + 1]
        asking, wish = asking[more], wish[more]
        if not len(asking):
            break
        low, posting = state.low[asking], market.posting[wish].astype(np.int64)
        key = (market.points[wish].astype(np.int64) << 32) | low
        good = key >= state.floor[2 * posting + (low & 1)]
        found.append((asking[good], posting[good], key[good]))
        asking = asking[~good]
        state.wish[asking] += 1
    if not found:
        return asking, Offers(np.empty(0, np.int64), np.empty(0, np.int64))
    people, posting, key = (np.concatenate(column) for column in zip(*found, strict=True))
    return people, Offers(posting, key)


def _touched(market: ArrayMarket, posting: Whole) -> NDArray[np.bool_]:
    """Mark the postings asked, and with them all under the same cap, which choose together."""
    touched = np.zeros(len(market.quota), np.bool_)
    touched[posting] = True
    if len(market.cap_limit):
        caps = np.zeros(len(market.cap_limit) + 1, np.bool_)
        caps[market.cap[touched]] = True
        caps[-1] = False
        touched |= caps[market.cap]
    return touched


def _raise_floors(state: Standing, offers: Offers, seat: NDArray[np.int8]) -> None:
    """Nobody of a group gets in below somebody of that group who was turned away."""
    lost = seat == NOBODY
    key, spot = offers.key[lost], 2 * offers.posting[lost] + (offers.key[lost] & 1)
    # Within a posting keys ascend, so the last one written is the highest.
    highest = np.zeros(len(state.floor), np.int64)
    highest[spot] = key + 1
    np.maximum(state.floor, highest, out=state.floor)


def _plan(state: Standing, key: Whole, posting: Whole, seat: NDArray[np.int8]) -> ArrayPlan:
    market = state.market
    assignment = np.full(len(market.lottery), NOBODY, np.int32)
    seats = np.full(len(market.lottery), NOBODY, np.int8)
    owners = state.owners(key)
    assignment[owners], seats[owners] = posting, seat
    spot = 3 * posting + seat
    count = np.bincount(spot, minlength=3 * len(market.quota))
    lowest = np.full(len(count), SHUT, np.int64)
    np.minimum.at(lowest, spot, key)
    holders = Holders(count.reshape(-1, 3), lowest.reshape(-1, 3))
    return add_bars(market, assignment, seats, state.who, holders)
