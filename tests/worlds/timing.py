"""How well times tell hidden from absent: the area under the curve, where 0.5 is chance."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from statistics import median

from scipy.stats import rankdata

BLOCK = 100
"""Pairs between two breaks, in which rubbish is collected."""
WARM = 25
"""Pairs before the first one that counts."""


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
    def typical(self) -> float:
        """Return the median of the areas of all blocks.

        A busy minute spoils its own blocks only, and a machine that grows slower none of them.
        """
        starts = range(0, len(self.hidden), BLOCK)
        blocks = [slice(start, start + BLOCK) for start in starts]
        return median(auc(self.hidden[block], self.absent[block]) for block in blocks)

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
    rest: Callable[[int], object] = id,
) -> Measured:
    """Ask for hidden and absent ids in pairs, each pair in random order, and take the times.

    `ask` gets an id. The first pairs warm up whatever keeps things in memory and do not count.
    Nothing is collected while a block of pairs is timed; after each, `rest` gets the pairs so far.
    """
    times: dict[bool, list[float]] = {True: [], False: []}
    for start in range(-WARM, pairs, BLOCK):
        with _uncollected():
            for number in range(start, min(start + BLOCK, pairs)):
                chosen = {True: random.choice(hidden), False: absent()}
                for kind in random.sample([True, False], 2):
                    began = time.perf_counter()
                    ask(chosen[kind])
                    took = time.perf_counter() - began
                    if number >= 0:
                        times[kind].append(took)
        rest(len(times[True]))
    return Measured(route, tuple(times[True]), tuple(times[False]))


@contextmanager
def _uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
