"""Refuses arrays that are no market, naming the array and the index of the fault.

The kernels trust their input; whatever comes from outside passes here first.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .arrays import NOBODY, ArrayMarket
from .errors import Problems

Array = NDArray[Any]
Mask = NDArray[np.bool_]

_FORMS: Final = {
    "indptr": np.int64, "posting": np.int32, "points": np.uint16, "protected": np.uint8,
    "lottery": np.int64, "quota": np.int32, "reserve": np.int32, "order": np.uint8,
    "cap": np.int32, "cap_limit": np.int32,
}  # fmt: skip
_SHOWN: Final = 10
_SHORT_LIST: Final = 24
_AT_A_TIME: Final = 1 << 18


def check_arrays(market: ArrayMarket) -> None:
    """Raise InputError unless the arrays are a market within the two allowed cap templates.

    Cost: a few passes over the wishes, no sort unless lists are long. Source: matching page,
    sections 1 and 3.
    """
    problems = Problems()
    for name, dtype in _FORMS.items():
        _check_form(problems, name, getattr(market, name), np.dtype(dtype))
    problems.refuse_if_any()
    _check_shapes(problems, market)
    problems.refuse_if_any()
    _check_values(problems, market)
    problems.refuse_if_any()
    _check_twice(problems, market)
    _check_caps(problems, market)
    problems.refuse_if_any()


def _check_form(problems: Problems, name: str, array: object, dtype: np.dtype[Any]) -> None:
    if not isinstance(array, np.ndarray):
        problems.add(name, f"must be an array of {dtype}")
    elif array.dtype != dtype:
        spots: Any = np.flatnonzero(np.isnan(array.ravel())) if array.dtype.kind == "f" else []
        place = f"{name}[{spots[0]}]" if len(spots) else name
        problems.add(place, f"must be {dtype}, not {'NaN' if len(spots) else array.dtype}")
    elif array.ndim != 1:
        problems.add(name, f"must have one dimension, not {array.ndim}")


def _check_shapes(problems: Problems, market: ArrayMarket) -> None:
    people, wishes = len(market.protected), len(market.posting)
    for name, array, length in (
        ("indptr", market.indptr, people + 1),
        ("lottery", market.lottery, people),
        ("points", market.points, wishes),
        ("reserve", market.reserve, len(market.quota)),
        ("order", market.order, len(market.quota)),
        ("cap", market.cap, len(market.quota)),
    ):
        if len(array) != length:
            problems.add(name, f"must have {length} entries, not {len(array)}")
    if people > np.iinfo(np.int32).max:
        problems.add("protected", "has more candidates than this engine can number")
    if len(market.indptr) != people + 1:
        return
    _note(problems, "indptr", market.indptr, np.diff(market.indptr, prepend=0) < 0, "goes down")
    if market.indptr[0] != 0:
        problems.add("indptr[0]", f"must be 0, not {market.indptr[0]}")
    if market.indptr[-1] != wishes:
        problems.add(f"indptr[{people}]", f"must be {wishes}, not {market.indptr[-1]}")


def _check_values(problems: Problems, market: ArrayMarket) -> None:
    people, postings, caps = len(market.protected), len(market.quota), len(market.cap_limit)
    for name, array, low, high in (
        ("posting", market.posting, 0, postings - 1),
        ("protected", market.protected, 0, 1),
        ("lottery", market.lottery, 0, people - 1),
        ("quota", market.quota, 0, np.iinfo(np.int32).max),
        ("reserve", market.reserve, 0, np.iinfo(np.int32).max),
        ("order", market.order, 0, 1),
        ("cap", market.cap, NOBODY, caps - 1),
        ("cap_limit", market.cap_limit, 0, np.iinfo(np.int32).max),
    ):
        if len(array) and (array.min() < low or array.max() > high):
            bad = (array < low) | (array > high)
            _note(problems, name, array, bad, f"must be between {low} and {high}")
    over = market.reserve > market.quota
    _note(problems, "reserve", market.reserve, over, "is above the quota")
    problems.refuse_if_any()
    counts = np.bincount(market.lottery, minlength=people)
    twice = counts[market.lottery] > 1
    _note(problems, "lottery", market.lottery, twice, "is drawn by two candidates")


def _check_twice(problems: Problems, market: ArrayMarket) -> None:
    """Note every wish that repeats an earlier one of the same candidate."""
    for start, stop in _slices(market.indptr):
        indptr = market.indptr[start : stop + 1]
        posting = market.posting[indptr[0] : indptr[-1]]
        lengths = np.diff(indptr)
        longest = int(lengths.max(initial=0))
        hits = (
            _repeats_near(posting, lengths, longest)
            if longest <= _SHORT_LIST
            else _repeats_far(posting, lengths)
        )
        for hit in (hits + indptr[0]).tolist():
            problems.add(f"posting[{hit}]", f"{market.posting[hit]} is wished twice")


def _slices(indptr: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield ranges of candidates whose wishes fit into the processor's cache."""
    start, people = 0, len(indptr) - 1
    while start < people:
        stop = int(np.searchsorted(indptr, indptr[start] + _AT_A_TIME, side="right")) - 1
        stop = min(max(stop, start + 1), people)
        yield start, stop
        start = stop


def _repeats_near(
    posting: NDArray[np.int32], lengths: NDArray[np.int64], longest: int
) -> NDArray[np.int64]:
    owner = np.repeat(np.arange(len(lengths)), lengths)
    found = [np.empty(0, np.int64)]
    for distance in range(1, longest):
        near = np.flatnonzero(posting[distance:] == posting[:-distance])
        found.append(near[owner[near] == owner[near + distance]] + distance)
    return np.unique(np.concatenate(found))


def _repeats_far(posting: NDArray[np.int32], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    owner = np.repeat(np.arange(len(lengths)), lengths)
    key = owner << 32 | posting
    order = np.argsort(key, kind="stable")
    again: NDArray[np.int64] = order[1:][np.diff(key[order]) == 0]
    again.sort()
    return again


def _check_caps(problems: Problems, market: ArrayMarket) -> None:
    capped = np.flatnonzero(market.cap >= 0)
    caps = len(market.cap_limit)
    members = np.bincount(market.cap[capped], minlength=caps)
    late = np.bincount(market.cap[capped], weights=market.order[capped], minlength=caps)
    reserves = np.bincount(market.cap[capped], weights=market.reserve[capped], minlength=caps)
    limits = market.cap_limit
    _note(problems, "cap_limit", limits, members == 0, "limits no posting")
    mixed = (late > 0) & (late < members)
    text = "caps postings of both orders; a cap needs one order"
    _note(problems, "cap_limit", limits, mixed, text)
    short = limits < reserves
    _note(problems, "cap_limit", limits, short, "is below the reserves of its postings")


def _note(problems: Problems, name: str, array: Array, bad: Mask, text: str) -> None:
    spots = np.flatnonzero(bad)
    for spot in spots[:_SHOWN].tolist():
        problems.add(f"{name}[{spot}]", f"{array[spot]} {text}")
    problems.left_out += max(len(spots) - _SHOWN, 0)
