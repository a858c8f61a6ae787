"""A market and its plan as NumPy arrays: eight bytes per wish, the form of the fast engine.

Source: matching page, section 3 (array form). Indices stand for ids: candidates and postings are
numbered in the order of their ids, caps as well.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .errors import refusal
from .reading import canonical
from .types import (
    CLOSED,
    ENGINE_VERSION,
    Assignment,
    Bar,
    Cutoff,
    Market,
    Order,
    Plan,
    Seat,
)
from .writing import market_digest, seal_plan

NOBODY: Final = -1
"""Index of no posting, no cap, no candidate; as points of a bar: everyone gets in."""
SEATS: Final = (Seat.OPEN, Seat.RESERVED, Seat.REVERTED)
ORDERS: Final = (Order.OPEN_FIRST, Order.RESERVE_FIRST)


@dataclass(frozen=True, slots=True)
class ArrayMarket:
    """A market in compressed rows: the wishes of candidate i stand at indptr[i]..indptr[i + 1].

    `lottery` are ranks (0 best), `order` 0 is open first and 1 reserve first, `cap` is the index
    of the posting's cap or -1.
    """

    indptr: NDArray[np.int64]
    posting: NDArray[np.int32]
    points: NDArray[np.uint16]
    protected: NDArray[np.uint8]
    lottery: NDArray[np.int64]
    quota: NDArray[np.int32]
    reserve: NDArray[np.int32]
    order: NDArray[np.uint8]
    cap: NDArray[np.int32]
    cap_limit: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class ArrayPlan:
    """A plan in arrays: per candidate the posting and seat, per posting and cap both bars.

    `assignment` is -1 and `seat` -1 for the unplaced; seats are 0 open, 1 reserved, 2 reverted.
    Bars: points -1 means that everyone gets in, 65536 that nobody can; candidate -1 in both cases.
    """

    assignment: NDArray[np.int32]
    seat: NDArray[np.int8]
    others_points: NDArray[np.int32]
    others_candidate: NDArray[np.int64]
    protected_points: NDArray[np.int32]
    protected_candidate: NDArray[np.int64]
    cap_others_points: NDArray[np.int32]
    cap_others_candidate: NDArray[np.int64]
    cap_protected_points: NDArray[np.int32]
    cap_protected_candidate: NDArray[np.int64]


def to_arrays(market: Market) -> ArrayMarket:
    """Return the arrays of a market from read_market, rows in the order of their ids.

    Raises InputError if the seed has not been drawn.
    """
    market = canonical(market)
    number = {posting.id: index for index, posting in enumerate(market.postings)}
    cap = np.full(len(number), NOBODY, np.int32)
    for index, row in enumerate(market.caps):
        cap[[number[name] for name in row.postings]] = index
    people, postings = market.candidates, market.postings
    indptr = np.zeros(len(people) + 1, np.int64)
    np.cumsum([len(person.wishes) for person in people], out=indptr[1:])
    wishes = [wish for person in people for wish in person.wishes]
    return ArrayMarket(
        indptr=indptr,
        posting=_filled((number[wish.posting] for wish in wishes), np.int32),
        points=_filled((wish.points for wish in wishes), np.uint16),
        protected=_filled((person.protected for person in people), np.uint8),
        lottery=lottery_ranks_of(market.seed, [person.id for person in people]),
        quota=_filled((posting.quota for posting in postings), np.int32),
        reserve=_filled((posting.reserve for posting in postings), np.int32),
        order=_filled((ORDERS.index(posting.order) for posting in postings), np.uint8),
        cap=cap,
        cap_limit=_filled((row.limit for row in market.caps), np.int32),
    )


def lottery_ranks_of(seed: str, ids: Sequence[str]) -> NDArray[np.int64]:
    """Return the lottery rank of each id, 0 best, in the order given.

    Ranks ascend with SHA-256 over the seed's bytes followed by the id's UTF-8 bytes. Raises
    InputError if the seed has not been drawn. Source: matching page, section 1.
    """
    if not seed:
        raise refusal("seed", "has not been drawn yet")
    drawn = bytes.fromhex(seed)
    sha256 = hashlib.sha256
    digests = b"".join([sha256(drawn + name.encode()).digest() for name in ids])
    words = np.frombuffer(digests, dtype=">u8").reshape(-1, 4)
    order = np.argsort(words[:, 0].astype(np.uint64), kind="stable")
    first = words[order, 0]
    if (first[1:] == first[:-1]).any():
        # Two digests begin with the same eight bytes: once in 37 million draws of a million people.
        order = np.lexsort(words.T[::-1])
    ranks = np.empty(len(words), np.int64)
    ranks[order] = np.arange(len(words))
    return ranks


def to_plan(market: Market, plan: ArrayPlan) -> Plan:
    """Return the sealed plan that the arrays of this market's plan describe."""
    market = canonical(market)
    people = [person.id for person in market.candidates]
    postings = [posting.id for posting in market.postings]
    unsealed = Plan(
        engine=ENGINE_VERSION,
        market_digest=market_digest(market),
        assignments=tuple(
            Assignment(name, *((None, None) if at < 0 else (postings[at], SEATS[seat])))
            for name, at, seat in zip(
                people, plan.assignment.tolist(), plan.seat.tolist(), strict=True
            )
        ),
        cutoffs=(
            *(
                Cutoff(name, None, *bars)
                for name, bars in zip(postings, _posting_bars(plan, people), strict=True)
            ),
            *(
                Cutoff(None, cap.id, *bars)
                for cap, bars in zip(market.caps, _cap_bars(plan, people), strict=True)
            ),
        ),
        digest="",
    )
    return seal_plan(unsealed)


def _posting_bars(
    plan: ArrayPlan, people: Sequence[str]
) -> Iterable[tuple[Bar | None, Bar | None]]:
    others = _bars(plan.others_points, plan.others_candidate, people)
    return zip(others, _bars(plan.protected_points, plan.protected_candidate, people), strict=True)


def _cap_bars(plan: ArrayPlan, people: Sequence[str]) -> Iterable[tuple[Bar | None, Bar | None]]:
    others = _bars(plan.cap_others_points, plan.cap_others_candidate, people)
    protected = _bars(plan.cap_protected_points, plan.cap_protected_candidate, people)
    return zip(others, protected, strict=True)


def _bars(
    points: NDArray[np.int32], candidate: NDArray[np.int64], people: Sequence[str]
) -> list[Bar | None]:
    return [
        None if value < 0 else CLOSED if value == CLOSED.points else Bar(value, people[index])
        for value, index in zip(points.tolist(), candidate.tolist(), strict=True)
    ]


def _filled(values: Iterable[int], dtype: type[np.generic]) -> NDArray[Any]:
    return np.fromiter(values, dtype)
