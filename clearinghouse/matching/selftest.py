"""Statistics over a plan: did chance decide, or the moment somebody applied?

Every test gives one z: how many standard deviations the figure lies from what a fair draw gives.
Sources: Spearman 1904; Kruskal & Wallis 1952; Wilson & Hilferty 1931 for the chi-squares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

Numbers: TypeAlias = npt.NDArray[np.float64]
Labels: TypeAlias = npt.NDArray[Any]

_BINS: Final = 16
# A cell of a chi-square should expect five; groups below that are taken together.
_EXPECTED: Final = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """One row a person, in any order: what chance gave, what they got, what must not matter.

    `lottery` is the rank of the lottery number, `ticket` that number as a fraction of one. `time`
    is when the application was sent, `number` the order in which applications were begun.
    `origin` and `aim` are the person's state and that of the first wish. `stratum` tells apart
    first wish, points there and group; `first` is one where the first wish was granted.
    """

    lottery: Sequence[int]
    ticket: Sequence[float]
    time: Sequence[float]
    number: Sequence[int]
    origin: Sequence[int]
    aim: Sequence[str]
    stratum: Sequence[str]
    first: Sequence[int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test: its name, how many people, and how far from chance."""

    name: str
    people: int
    z: float


def examine(sample: Sample) -> list[Outcome]:
    """Return every test of a plan, in one order."""
    people = len(sample.lottery)
    lottery = _numbers(sample.lottery)
    whole = np.zeros(people, dtype=np.int64)
    time, number = _numbers(sample.time), _numbers(sample.number)
    stratum, first = np.asarray(sample.stratum), _numbers(sample.first)
    found = {
        "lottery_time": rank_z(lottery, time, whole),
        "lottery_id": rank_z(lottery, number, whole),
        "lottery_origin": groups_z(lottery, np.asarray(sample.origin)),
        "lottery_aim": groups_z(lottery, np.asarray(sample.aim)),
        "lottery_uniform": uniform_z(_numbers(sample.ticket)),
        "place_time": rank_z(first, time, stratum),
        "place_id": rank_z(first, number, stratum),
    }
    return [Outcome(name, people, z) for name, z in found.items()]


def rank_z(left: Numbers, right: Numbers, stratum: Labels) -> float:
    """Return the z of the rank correlation inside strata, under permutation within each.

    With one stratum this is Spearman's rho times the root of the people less one.
    """
    if not len(left):
        return 0.0
    _names, group = np.unique(stratum, return_inverse=True)
    size = np.bincount(group)
    one, two = (_centred(_ranks(values), group, size) for values in (left, right))
    spread = np.bincount(group, one * one) * np.bincount(group, two * two)
    variance = float(np.sum(spread / np.maximum(size - 1, 1)))
    return float(np.sum(one * two)) / variance**0.5 if variance > 0 else 0.0


def groups_z(values: Numbers, label: Labels) -> float:
    """Return the z of the Kruskal-Wallis test: do groups have different ranks?"""
    if not len(values):
        return 0.0
    _names, group = np.unique(label, return_inverse=True)
    size = np.bincount(group)
    # All groups that are too small become one.
    group = np.unique(np.where(size[group] < _EXPECTED, -1, group), return_inverse=True)[1]
    size = np.bincount(group)
    people, degrees = len(values), len(size) - 1
    if degrees < 1:
        return 0.0
    sums = np.bincount(group, _ranks(values))
    high = 12 / (people * (people + 1)) * float(np.sum(sums**2 / size)) - 3 * (people + 1)
    return _z_of_chi_square(high, degrees)


def uniform_z(tickets: Numbers) -> float:
    """Return the z of a chi-square over sixteen equal parts of the interval from 0 to 1."""
    people = len(tickets)
    if people < _BINS * _EXPECTED:
        return 0.0
    counts = np.bincount((tickets * _BINS).astype(np.int64), minlength=_BINS)
    expected = people / _BINS
    return _z_of_chi_square(float(np.sum((counts - expected) ** 2)) / expected, _BINS - 1)


def _z_of_chi_square(value: float, degrees: int) -> float:
    part = 2 / (9 * degrees)
    return float((max(value, 0.0) / degrees) ** (1 / 3) - (1 - part)) / part**0.5


def _ranks(values: Numbers) -> Numbers:
    """Return ranks from 1; equal values share the mean of theirs."""
    _values, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Numbers = (np.cumsum(counts) - (counts - 1) / 2)[where]
    return ranks


def _centred(values: Numbers, group: Labels, size: Labels) -> Numbers:
    centred: Numbers = values - (np.bincount(group, values) / size)[group]
    return centred


def _numbers(values: Sequence[float]) -> Numbers:
    return np.asarray(values, dtype=np.float64)
