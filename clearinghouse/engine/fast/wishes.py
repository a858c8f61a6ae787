"""Follows everyone down their list by cut-offs alone, a block of wishes at a time."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearinghouse.engine.arrays import ArrayMarket

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]

_AT_A_TIME: Final = 1 << 16


class Path(NamedTuple):
    """Per candidate: the wish that is the claimed posting (-1 none), and what the cut-offs say.

    `early`: a wish before it meets its cut-off. `wrong`: early, or the claimed wish misses its own.
    """

    wish: Whole
    early: Mask
    wrong: Mask


def follow(
    market: ArrayMarket, claimed: NDArray[np.int32], others: Whole, protected: Whole
) -> Path:
    """Return where the claimed postings stand and whose result is not the first cut-off met.

    `others` and `protected` are cut-offs per posting, as keys points * 2^32 - lottery rank.
    """
    people = len(market.protected)
    path = Path(np.full(people, -1), np.zeros(people, np.bool_), np.zeros(people, np.bool_))
    # A key meets a bar if its points are higher, or the same and the lottery rank no worse.
    bar_points = -(-np.stack([others, protected]) >> 32)
    bar_rank = (bar_points << 32) - np.stack([others, protected])
    bar_points = np.clip(bar_points, -1, 1 << 20).astype(np.int32)
    start = 0
    while start < people:
        stop = np.searchsorted(market.indptr, market.indptr[start] + _AT_A_TIME, side="right") - 1
        stop = min(max(int(stop), start + 1), people)
        _follow_block(market, claimed, (bar_points, bar_rank), slice(start, stop), path)
        start = stop
    return path


def _follow_block(
    market: ArrayMarket, claimed: NDArray[np.int32],
    bars: tuple[NDArray[np.int32], Whole], block: slice, path: Path,
) -> None:  # fmt: skip
    first, last = market.indptr[block.start], market.indptr[block.stop]
    posting, points = market.posting[first:last], market.points[first:last].astype(np.int32)
    starts = market.indptr[block] - first
    lengths = np.diff(market.indptr[block.start : block.stop + 1])
    demand = np.take(bars[0][0], posting)
    protected = np.repeat(market.protected[block], lengths).view(np.bool_)
    demand[protected] = bars[0][1, posting[protected]]
    met = points > demand
    ties = np.flatnonzero(points == demand)
    owners = np.searchsorted(starts, ties, side="right") - 1 + block.start
    groups = market.protected[owners]
    met[ties] = market.lottery[owners] <= bars[1][groups, posting[ties]]
    # The number of cut-offs met before each wish.
    before = np.zeros(len(met) + 1, np.int32)
    np.cumsum(met, out=before[1:])
    mine = np.flatnonzero(posting == np.repeat(claimed[block], lengths))
    owner = np.searchsorted(starts, mine, side="right") - 1
    end = starts + lengths
    end[owner] = mine
    path.wish[owner + block.start] = mine + first
    early = before[end] > before[starts]
    path.early[block] = early
    wrong = early.copy()
    wrong[owner] |= ~met[mine]
    path.wrong[block] = wrong
