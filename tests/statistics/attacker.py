"""Somebody who reads every release, knows how they are made, and owns a mixed-integer solver.

It shares no code with the house: what a printed number tells is written down here again, and the
ranges come from SciPy (HiGHS). It also knows exactly how many people hold places of each posting,
which is more than any one state knows, and every reserve.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

Cells = Mapping[str, Mapping[str, object]]
HUGE = 100_000


@dataclass(frozen=True)
class Knowledge:
    """What is known to everybody of one moment: exact numbers, upper limits, and the sums."""

    exact: Mapping[str, int]
    most: Mapping[str, int]
    sums: Sequence[tuple[str, tuple[str, ...]]]
    names: tuple[str, ...]


def tells(cell: Mapping[str, object], smallest: int, step: int) -> tuple[int, int]:
    """Say which counts a printed number can stand for."""
    match cell["precision"]:
        case "exact":
            return int(str(cell["value"])), int(str(cell["value"]))
        case "about":
            middle = int(str(cell["value"]))
            possible = [
                count
                for count in range(middle + step + 1)
                if count >= smallest and (count + step // 2) // step * step == middle
            ]
            return possible[0], possible[-1]
        case "few":
            return 0, smallest - 1
        case "many":
            return smallest, HUGE
    return 0, HUGE


class Moment:
    """One release as a system of integer equations."""

    def __init__(self, known: Knowledge, told: Mapping[str, tuple[int, int]]) -> None:
        self.place = {name: at for at, name in enumerate(known.names)}
        low, high = np.zeros(len(known.names)), np.full(len(known.names), float(HUGE))
        for name, most in known.most.items():
            high[self.place[name]] = most
        for name, value in known.exact.items():
            low[self.place[name]] = high[self.place[name]] = value
        for name, (least, most) in told.items():
            at = self.place[name]
            low[at], high[at] = max(low[at], least), min(high[at], most)
        self.bounds = Bounds(low, high)
        rows = np.zeros((len(known.sums), len(known.names)))
        for at, (total, parts) in enumerate(known.sums):
            rows[at, self.place[total]] = -1
            for part in parts:
                rows[at, self.place[part]] = 1
        self.rows = LinearConstraint(rows, 0, 0)
        self.found: dict[tuple[tuple[str, ...], int], int] = {}

    def least(self, group: tuple[str, ...]) -> int:
        """Return the least that a group of counts can be together."""
        return self._solve(group, 1)

    def greatest(self, group: tuple[str, ...]) -> int:
        """Return the most that a group of counts can be together."""
        return -self._solve(group, -1)

    def _solve(self, group: tuple[str, ...], sign: int) -> int:
        if (group, sign) not in self.found:
            self.found[group, sign] = self._search(group, sign)
        return self.found[group, sign]

    def _search(self, group: tuple[str, ...], sign: int) -> int:
        goal = np.zeros(len(self.place))
        for name in group:
            goal[self.place[name]] = sign
        found = milp(
            goal, constraints=self.rows, bounds=self.bounds, integrality=np.ones(len(goal))
        )
        assert found.success, found.message
        return round(found.fun)


def told_by(
    cells: Cells, before: Cells | None, number: int, smallest: int, step: int
) -> dict[str, tuple[int, int]]:
    """Return what a release tells of its own moment.

    A number that was kept tells that the new one would not have been far enough away. Small ones
    would have been printed if every old count were further away than the cell.
    """
    told = {}
    for name, cell in cells.items():
        low, high = tells(cell, smallest, step)
        if before is not None and name in before and cell["since"] != number:
            low, high = (smallest if low - (smallest - 1) >= smallest else 0), HUGE
        told[name] = low, high
    return told


def groups_of(
    known: Knowledge, watched: Sequence[str], counts: Mapping[str, int], smallest: int
) -> Iterator[tuple[str, ...]]:
    """Yield the small groups that there really are: single counts and several of one sum."""
    small = [name for name in watched if 1 <= counts[name] < smallest]
    yield from ((name,) for name in small)
    for _total, parts in known.sums:
        few = [part for part in parts if part in watched and counts[part] < smallest]
        for size in {2, len(few)}:
            group = tuple(few[:size])
            if len(group) > 1 and 1 <= sum(counts[name] for name in group) < smallest:
                yield group
