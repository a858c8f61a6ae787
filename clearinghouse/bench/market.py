"""A synthetic market of any size, documented here so that others can draw the same one.

- Wishes: each applicant lists 2 to 12 postings (1 to 6 where there are fewer than 1,000 postings),
  drawn by the popularity of the posting (log-normal, sigma 1), repeats dropped: about 6.8 wishes.
- Points: 500 + 120 times the applicant's merit + 90 times luck at this posting (both standard
  normal), kept within 0..1,000: wishes and points are correlated through popular postings, which
  strong and weak applicants both ask for, and many people share the same points.
- Places: log-normal quotas (sigma 0.8), together about 0.7 per applicant; 8 % of each line's places
  are reserved by largest remainder; every fourth posting is reserve first.
- Caps, on request: states of fifty postings in a row, limit 90 % of the places, never below the
  reserves; one order per state.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clearinghouse.engine import ArrayMarket

_AT_A_TIME: Final = 250_000
_TABLE: Final = 1 << 20
_STATE: Final = 50
_PLACES_PER_APPLICANT: Final = 0.7


def generate(
    applicants: int,
    postings: int,
    seed: int,
    protected_share: float = 0.08,
    *,
    caps: bool = False,
) -> ArrayMarket:
    """Return the market of a seed; the same arguments give the same arrays."""
    chance = np.random.Generator(np.random.PCG64(seed))
    popularity = chance.lognormal(0, 1, postings)
    steps = np.searchsorted(
        np.cumsum(popularity) / popularity.sum(), (np.arange(_TABLE) + 0.5) / _TABLE
    )
    table = np.minimum(steps, postings - 1).astype(np.int32)
    shortest, longest = (2, 12) if postings >= 1_000 else (1, min(6, postings))
    posting = np.empty(applicants * longest, np.int32)
    points = np.empty(applicants * longest, np.uint16)
    indptr = np.zeros(applicants + 1, np.int64)
    for start in range(0, applicants, _AT_A_TIME):
        people = min(_AT_A_TIME, applicants - start)
        lengths = chance.integers(shortest, longest + 1, people)
        listed = table[chance.integers(0, _TABLE, (people, longest))]
        keep = _first_times(listed) & (np.arange(longest) < lengths[:, None])
        merit = chance.standard_normal((people, 1), np.float32) * 120
        luck = chance.standard_normal((people, longest), np.float32) * 90
        np.cumsum(keep.sum(axis=1), out=indptr[start + 1 : start + people + 1])
        indptr[start + 1 : start + people + 1] += indptr[start]
        part = slice(indptr[start], indptr[start + people])
        posting[part] = listed[keep]
        points[part] = np.clip(500 + merit + luck, 0, 1000)[keep].astype(np.uint16)
    wishes = int(indptr[-1])
    quota, reserve, order, cap, limit = _places(chance, applicants, postings, caps)
    return ArrayMarket(
        indptr=indptr,
        posting=posting[:wishes],
        points=points[:wishes],
        protected=(chance.random(applicants) < protected_share).astype(np.uint8),
        lottery=chance.permutation(applicants),
        quota=quota,
        reserve=reserve,
        order=order,
        cap=cap,
        cap_limit=limit,
    )


def _first_times(listed: NDArray[np.int32]) -> NDArray[np.bool_]:
    keep = np.ones(listed.shape, np.bool_)
    for later in range(1, listed.shape[1]):
        for earlier in range(later):
            keep[:, later] &= listed[:, later] != listed[:, earlier]
    return keep


def _places(
    chance: np.random.Generator, applicants: int, postings: int, caps: bool
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8], NDArray[np.int32],
           NDArray[np.int32]]:  # fmt: skip
    weight = chance.lognormal(0, 0.8, postings)
    quota = np.maximum(weight / weight.sum() * applicants * _PLACES_PER_APPLICANT, 1)
    quota = quota.astype(np.int32)
    reserve = _largest_remainder(quota, 0.08)
    numbers = np.arange(postings)
    if not caps:
        order = (numbers % 4 == 3).astype(np.uint8)
        return quota, reserve, order, np.full(postings, -1, np.int32), np.empty(0, np.int32)
    state = (numbers // _STATE).astype(np.int32)
    places, kept = np.bincount(state, quota), np.bincount(state, reserve)
    limit = np.maximum(places * 0.9, kept).astype(np.int32)
    return quota, reserve, (state % 4 == 3).astype(np.uint8), state, limit


def _largest_remainder(quota: NDArray[np.int32], share: float) -> NDArray[np.int32]:
    exact = quota * share
    reserve = exact.astype(np.int32)
    missing = int(np.ceil(exact.sum())) - int(reserve.sum())
    most = np.argsort(reserve - exact, kind="stable")[: max(missing, 0)]
    reserve[most] += 1
    return np.minimum(reserve, quota)
