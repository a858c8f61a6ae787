"""Checks a plan in arrays against section 2 of the matching page, by counts and cut-offs.

Independent of everything that matches. Three questions settle it: do the kinds of places follow
the rule among those who hold them; are the published cut-offs the ones that these holders set; and
do the cut-offs lead everyone to their result? Then nobody who prefers a posting has a right to a
place there, as the rule lets in exactly those who meet its cut-off. Sources: matching page,
sections 1 and 2; Hakimov & Raghavan (cut-offs make the result verifiable); decision 0007.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clearinghouse.engine.arrays import ArrayMarket, ArrayPlan
from clearinghouse.engine.errors import Problems
from clearinghouse.engine.reasons import Fault

from .wishes import Path, follow

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]

_CLOSED: Final = 1 << 62
_NONE: Final = -_CLOSED
_CLOSED_POINTS: Final = 65_536
_OPEN, _RESERVED, _REVERTED = 0, 1, 2
_FORMS: Final = {
    "assignment": np.int32, "seat": np.int8, "others_points": np.int32,
    "others_candidate": np.int64, "protected_points": np.int32, "protected_candidate": np.int64,
    "cap_others_points": np.int32, "cap_others_candidate": np.int64,
    "cap_protected_points": np.int32, "cap_protected_candidate": np.int64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArrayFinding:
    """One thing held against a plan: the code, and the index of its candidate, posting or cap."""

    code: Fault
    subject: str
    index: int

    def __str__(self) -> str:
        return f"{self.code}: {self.subject} {self.index}"


@dataclass(frozen=True, slots=True)
class _Places:
    """Who holds what, per posting (rows) and kind of place (columns); keys as in `_keys`."""

    count: Whole
    lowest: Whole
    highest: Whole
    protected_open: Whole
    """The highest key of a protected holder of an open place."""


def verify_arrays(market: ArrayMarket, plan: ArrayPlan) -> list[ArrayFinding]:
    """Return everything wrong with a plan that one plan can show; an empty list means verified.

    The market has passed check_arrays. Raises InputError if the plan's arrays have other types or
    lengths. Cost: a few passes over the wishes. Source: matching page, section 2.
    """
    check_plan_arrays(market, plan)
    findings: list[ArrayFinding] = []
    held = (plan.assignment >= 0) & (plan.assignment < len(market.quota))
    held &= (plan.seat >= _OPEN) & (plan.seat <= _REVERTED)
    odd = ~held & ((plan.assignment != -1) | (plan.seat != -1))
    findings += _found(Fault.SEAT_INCOMPLETE, "candidate", odd)
    claimed = np.where(held, plan.assignment, -1).astype(np.int32)
    published = _published(market, plan)
    path = follow(market, claimed, *published)
    findings += _found(Fault.POSTING_NOT_WISHED, "candidate", held & (path.wish < 0))
    holders = np.flatnonzero(path.wish >= 0)
    key = _keys(market, market.points[path.wish[holders]], holders)
    places = _places(market, plan, holders, key)
    findings += _check_limits(market, places)
    findings += _check_seats(market, plan, places, holders)
    right = _right_bars(market, places)
    findings += _check_bars(market, plan, right)
    findings += _found(Fault.CERTIFICATE_BROKEN, "candidate", path.wrong)
    findings += _check_rights(market, claimed, path, published, right)
    return findings


def check_plan_arrays(market: ArrayMarket, plan: ArrayPlan) -> None:
    """Raise InputError unless the plan's arrays have the types and lengths for this market."""
    problems = Problems()
    people, postings, caps = len(market.protected), len(market.quota), len(market.cap_limit)
    for name, dtype in _FORMS.items():
        array = getattr(plan, name)
        length = caps if name.startswith("cap_") else postings
        length = people if name in {"assignment", "seat"} else length
        if not isinstance(array, np.ndarray) or array.dtype != dtype or array.shape != (length,):
            shown = getattr(array, "dtype", type(array).__name__), getattr(array, "shape", "")
            text = f"must be {length} x {np.dtype(dtype)}, not {shown[0]} {shown[1]}"
            problems.add(name, text)
    problems.refuse_if_any()


def _keys(market: ArrayMarket, points: NDArray[Any], candidate: Whole) -> Whole:
    """Return priorities as integers: points first, then the better lottery rank."""
    return (points.astype(np.int64) << 32) - market.lottery[candidate]


def _places(market: ArrayMarket, plan: ArrayPlan, holders: Whole, key: Whole) -> _Places:
    postings = len(market.quota)
    posting, seat = plan.assignment[holders].astype(np.int64), plan.seat[holders].astype(np.int64)
    spot = 3 * posting + seat
    count = np.bincount(spot, minlength=3 * postings)
    lowest, highest = np.full(3 * postings, _CLOSED), np.full(3 * postings, -_CLOSED)
    np.minimum.at(lowest, spot, key)
    np.maximum.at(highest, spot, key)
    top = np.full(postings, -_CLOSED)
    inner = (seat == _OPEN) & (market.protected[holders] == 1)
    np.maximum.at(top, posting[inner], key[inner])
    shape = (postings, 3)
    return _Places(count.reshape(shape), lowest.reshape(shape), highest.reshape(shape), top)


def _check_limits(market: ArrayMarket, places: _Places) -> Iterator[ArrayFinding]:
    given = places.count.sum(axis=1)
    yield from _found(Fault.POSTING_OVERFILLED, "posting", given > market.quota)
    over = _per_cap(market, given) > market.cap_limit
    yield from _found(Fault.CAP_OVERFILLED, "cap", over)


def _check_seats(
    market: ArrayMarket, plan: ArrayPlan, places: _Places, holders: Whole
) -> Iterator[ArrayFinding]:
    """Yield a finding for every kind of place that the rule would give otherwise."""
    late = market.order == 1
    count, lowest, highest = places.count, places.lowest, places.highest
    opened, reserved, reverted = count.T
    shielded = market.protected[holders] == 1
    seat = plan.seat[holders]
    misused = (seat == _RESERVED) & ~shielded
    misused |= (seat == _REVERTED) & (shielded | late[plan.assignment[holders]])
    yield from _found(Fault.SEAT_WRONG, "candidate", misused, holders)
    kept = np.where(late, reserved, market.reserve)
    wrong = (reserved > market.reserve) | (opened > market.quota - kept)
    wrong |= ~late & (reserved + reverted > market.reserve)
    below = np.maximum(highest[:, _RESERVED], highest[:, _REVERTED])
    wrong |= ~late & (below > _open_bars(market, places))
    # Reserve first: whoever of the protected holds an open place found the reserve full of better.
    short = np.where(reserved < market.reserve, -_CLOSED, lowest[:, _RESERVED])
    wrong |= late & (places.protected_open > short)
    yield from _found(Fault.SEAT_WRONG, "posting", wrong)
    state_kept = _per_cap(market, kept.astype(np.int64))
    yield from _found(
        Fault.SEAT_WRONG, "cap", _per_cap(market, opened) > market.cap_limit - state_kept
    )


def _open_bars(market: ArrayMarket, places: _Places) -> Whole:
    """Return what an open place of each posting takes: the higher of its own bar and its cap's."""
    kept = np.where(market.order == 1, places.count[:, _RESERVED], market.reserve)
    taken, weakest = places.count[:, _OPEN], places.lowest[:, _OPEN]
    own = np.where(taken < market.quota - kept, _NONE, weakest)
    room = market.cap_limit - _per_cap(market, kept.astype(np.int64))
    lowest = np.full(len(market.cap_limit), _CLOSED)
    capped = market.cap >= 0
    np.minimum.at(lowest, market.cap[capped], weakest[capped])
    above = np.append(np.where(_per_cap(market, taken) < room, _NONE, lowest), _NONE)
    bars: Whole = np.maximum(own, above[market.cap])
    return bars


def _right_bars(market: ArrayMarket, places: _Places) -> tuple[Whole, Whole]:
    """Return the cut-offs that the holders set, in the words of section 2."""
    late = market.order == 1
    rest = _open_bars(market, places)
    reserved, reverted = places.count[:, _RESERVED], places.count[:, _REVERTED]
    full = reserved >= market.reserve
    left = reserved + reverted < market.reserve
    turned = np.where(left, _NONE, places.lowest[:, _REVERTED])
    others = np.where(late | full, rest, turned)
    protected = np.where(full, np.minimum(rest, places.lowest[:, _RESERVED]), _NONE)
    return others, protected


def _published(market: ArrayMarket, plan: ArrayPlan) -> tuple[Whole, Whole]:
    """Return the plan's demands per posting: the higher of the posting's bar and its cap's."""
    bars = []
    for name in ("others", "protected"):
        own, above = (
            _demand(market, getattr(plan, f"{node}{name}_points"),
                    getattr(plan, f"{node}{name}_candidate"))
            for node in ("", "cap_")
        )  # fmt: skip
        bars.append(np.maximum(own, np.append(above, _NONE)[market.cap]))
    return bars[0], bars[1]


def _demand(market: ArrayMarket, points: NDArray[np.int32], candidate: Whole) -> Whole:
    """Return bars as keys; a bar that makes no sense is one nobody meets."""
    free = (points == -1) & (candidate == -1)
    named = (points >= 0) & (points < _CLOSED_POINTS)
    named &= (candidate >= 0) & (candidate < len(market.protected))
    bars = np.where(free, _NONE, _CLOSED)
    # Odd values get a key of their own, so that they equal no right bar.
    shut = (points == _CLOSED_POINTS) & (candidate == -1)
    bars[~(free | named | shut)] = _CLOSED + 1
    bars[named] = _keys(market, points[named], candidate[named])
    return bars


def _check_bars(
    market: ArrayMarket, plan: ArrayPlan, right: tuple[Whole, Whole]
) -> Iterator[ArrayFinding]:
    for name, bars in zip(("others", "protected"), right, strict=True):
        stated = _demand(
            market, getattr(plan, f"{name}_points"), getattr(plan, f"{name}_candidate")
        )
        yield from _found(Fault.CUTOFF_WRONG, "posting", stated != bars)
        lowest = np.full(len(market.cap_limit), _CLOSED)
        capped = market.cap >= 0
        np.minimum.at(lowest, market.cap[capped], bars[capped])
        stated = _demand(
            market, getattr(plan, f"cap_{name}_points"), getattr(plan, f"cap_{name}_candidate")
        )
        yield from _found(Fault.CUTOFF_WRONG, "cap", stated != lowest)


def _check_rights(
    market: ArrayMarket, claimed: NDArray[np.int32], path: Path,
    published: tuple[Whole, Whole], right: tuple[Whole, Whole],
) -> Iterator[ArrayFinding]:  # fmt: skip
    """Yield a finding for everyone who prefers a posting whose holders leave room for them."""
    same = all(map(np.array_equal, published, right))
    path = path if same else follow(market, claimed, *right)
    early = np.flatnonzero(path.early)
    bars = np.stack(right)
    for candidate in early.tolist():
        start, stop = int(market.indptr[candidate]), int(market.indptr[candidate + 1])
        group = int(market.protected[candidate])
        keys = _keys(market, market.points[start:stop], np.array([candidate]))
        met = keys >= bars[group, market.posting[start:stop]]
        posting = int(market.posting[start + int(np.argmax(met))])
        if bars[0, posting] == _NONE:
            code = Fault.PLACE_WASTED
        elif group and bars[1, posting] == _NONE:
            code = Fault.RESERVE_IGNORED
        else:
            code = Fault.POSTING_UNSTABLE
        yield ArrayFinding(code, "candidate", candidate)


def _per_cap(market: ArrayMarket, values: NDArray[Any]) -> Whole:
    capped = market.cap >= 0
    sums = np.zeros(len(market.cap_limit), np.int64)
    np.add.at(sums, market.cap[capped], values[capped])
    return sums


def _found(
    code: Fault, subject: str, bad: Mask, names: Whole | None = None
) -> Iterator[ArrayFinding]:
    for spot in np.flatnonzero(bad).tolist():
        yield ArrayFinding(code, subject, spot if names is None else int(names[spot]))
