"""How well times tell hidden from absent: the area under the curve, where 0.5 is chance."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from scipy.stats import rankdata


@dataclass(frozen=True)
class Measured:
    """The times of one route, in seconds, and what they give away."""

    route: str
    hidden: tuple[float, ...]
    absent: tuple[float, ...]

    @property
    def auc(self) -> float:
        """Return the chance that a hidden answer takes longer than an absent one."""
        return auc(self.hidden, self.absent)

    @property
    def spread(self) -> float:
        """Return the standard error of the area if times told nothing (Hanley and McNeil 1982)."""
        left, right = len(self.hidden), len(self.absent)
        return float(((left + right + 1) / (12 * left * right)) ** 0.5)


def auc(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the area under the curve of two samples; ties count half (Mann and Whitney 1947)."""
    ranks = rankdata([*one, *other])
    count = len(one)
    return float((ranks[:count].sum() - count * (count + 1) / 2) / (count * len(other)))


def measure(
    route: str,
    ask: Callable[[str], object],
    *,
    hidden: Sequence[str],
    absent: Callable[[], str],
    pairs: int,
    random: Random,
) -> Measured:
    """Ask for hidden and absent ids in pairs, each pair in random order, and take the times.

    `ask` gets an id. A few answers before the first pair warm up whatever keeps things in memory.
    """
    for _ in range(3):
        ask(hidden[0])
        ask(absent())
    times: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(pairs):
        chosen = {True: random.choice(hidden), False: absent()}
        for kind in random.sample([True, False], 2):
            began = time.perf_counter()
            ask(chosen[kind])
            times[kind].append(time.perf_counter() - began)
    return Measured(route, tuple(times[True]), tuple(times[False]))
