"""The choice of many postings at once, by sorting and counting.

Source: matching page, section 1; the passes of a state cap are those of its two templates.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearinghouse.engine.arrays import NOBODY, ArrayMarket

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]

_BITS = 63
_LOW_BITS = 32
_LOW = 0xFFFFFFFF


@dataclass(slots=True)
class Standing:
    """Where everyone stands: the next wish of each, and below which key asking is hopeless."""

    market: ArrayMarket
    low: Whole
    who: NDArray[np.int32]
    wish: Whole
    floor: Whole

    def owners(self, key: Whole) -> Whole:
        """Return whose keys these are."""
        owners: Whole = self.who[len(self.who) - 1 - ((key & _LOW) >> 1)].astype(np.int64)
        return owners


class Offers(NamedTuple):
    """Offers as two columns: the posting and the key."""

    posting: Whole
    key: Whole

    def part(self, chosen: Mask) -> "Offers":
        """Return the chosen ones, in their order."""
        return Offers(self.posting[chosen], self.key[chosen])

    def with_more(self, more: "Offers") -> "Offers":
        """Return these and then the others."""
        return Offers(
            np.concatenate([self.posting, more.posting]), np.concatenate([self.key, more.key])
        )


def in_order(offers: Offers, groups: int, people: int) -> Offers:
    """Return the offers by posting, weakest first within each."""
    low = (2 * people).bit_length()
    if groups.bit_length() + 16 + low > _BITS:
        order = np.lexsort((offers.key, offers.posting))
        return Offers(offers.posting[order], offers.key[order])
    # Sorting one packed integer is ten times as fast as sorting by two columns.
    packed = offers.posting << (16 + low)
    packed |= (offers.key >> _LOW_BITS) << low
    packed |= offers.key & ((1 << low) - 1)
    packed.sort()
    key = (packed >> low) & 0xFFFF
    key <<= _LOW_BITS
    key |= packed & ((1 << low) - 1)
    packed >>= 16 + low
    return Offers(packed, key)


def choose(market: ArrayMarket, offers: Offers) -> NDArray[np.int8]:
    """Return the kind of place each offer gets, -1 for none; offers come from in_order.

    All offers of a cap must be there together.
    """
    posting, key = offers
    after = np.cumsum(np.bincount(posting, minlength=len(market.quota)))[posting]
    protected = (key & 1).astype(np.bool_)
    late = (market.order == 1)[posting]
    reserve = market.reserve.astype(np.int64)
    seat = np.full(len(key), NOBODY, np.int8)

    first = late & protected & (_better(protected, after) < reserve[posting])
    seat[first] = 1
    filled = np.bincount(posting[first], minlength=len(reserve))
    room = market.quota - np.where(market.order == 1, filled, reserve)
    rest = ~first
    opened = rest & (_better(rest, after) < room[posting])
    if len(market.cap_limit):
        opened &= _under_caps(market, offers, opened, filled)
    seat[opened] = 0

    rest = ~(opened | late)
    shielded = rest & protected
    shielded &= _better(shielded, after) < reserve[posting]
    seat[shielded] = 1
    left = reserve - np.bincount(posting[shielded], minlength=len(reserve))
    rest &= ~shielded
    rest &= _better(rest, after) < left[posting]
    seat[rest] = 2
    return seat


def _better(counted: Mask, after: Whole) -> Whole:
    """Return how many of the counted offers of the same group stand above each offer.

    `after` is where the group of an offer ends; within a group the weakest stand first.
    """
    running = np.cumsum(counted)
    return running[after - 1] - running


def _under_caps(market: ArrayMarket, offers: Offers, opened: Mask, filled: Whole) -> Mask:
    """Return which open places also find room under the cap of their posting."""
    caps = len(market.cap_limit)
    cap = market.cap.astype(np.int64)
    capped = cap >= 0
    kept = np.where(market.order == 1, filled, market.reserve)[capped]
    room = market.cap_limit - np.bincount(cap[capped], kept, minlength=caps).astype(np.int64)
    spots = np.flatnonzero(opened & capped[offers.posting])
    group = cap[offers.posting[spots]]
    order = np.lexsort((offers.key[spots], group))
    spots, group = spots[order], group[order]
    after = np.cumsum(np.bincount(group, minlength=caps))[group]
    fits = np.ones(len(opened), np.bool_)
    fits[spots] = after - 1 - np.arange(len(spots)) < room[group]
    return fits
