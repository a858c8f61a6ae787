"""Numbers that add up, and everything that can be worked out from those that are published.

The sums of a table form a tree: no two numbers are linked in two ways. On a tree of sums, narrowing
each sum by itself until nothing changes gives the exact range of every number (bounds consistency
on a Berge-acyclic network; every whole number in a range is possible). The tests compare with a
mixed-integer solver that knows nothing of this.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clearinghouse.statistics.rules.cells import ENDLESS

Range = tuple[int, int]
Ranges = dict[str, Range]


@dataclass(frozen=True, slots=True)
class Table:
    """Counts with what everybody knows of them.

    `exact` are known to everybody (places; also what an attacker could know from its own lists).
    `most` are upper limits that follow from exact numbers whoever is protected. `sums` says which
    counts add up to which. `people` are counts of protected people, or of others beside them, and
    must stay hidden while they are small; of `traces` only it must stay open whether there is
    anybody. `published` are the counts that are to be printed, the least important one first.
    """

    counts: Mapping[str, int]
    exact: frozenset[str] = frozenset()
    most: Mapping[str, int] = field(default_factory=dict)
    sums: tuple[tuple[str, tuple[str, ...]], ...] = ()
    people: frozenset[str] = frozenset()
    traces: frozenset[str] = frozenset()
    published: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse sums that do not add up or that are no tree."""
        for total, parts in self.sums:
            if self.counts[total] != sum(self.counts[part] for part in parts):
                raise ValueError(f"{total} is not the sum of its parts")
        _check_tree(self.sums)

    def known(self) -> Ranges:
        """Return what everybody knows before anything is published."""
        return {
            name: (count, count) if name in self.exact else (0, self.most.get(name, ENDLESS))
            for name, count in self.counts.items()
        }


def ranges_of(table: Table, published: Mapping[str, Range]) -> Ranges:
    """Return the exact range of every count, given ranges of those that are published."""
    ranges = table.known()
    for name, (low, high) in published.items():
        ranges[name] = max(low, ranges[name][0]), min(high, ranges[name][1])
    while sum(_narrow(ranges, total, parts) for total, parts in table.sums):
        pass
    return ranges


def _narrow(ranges: Ranges, total: str, parts: tuple[str, ...]) -> bool:
    low = sum(ranges[part][0] for part in parts)
    high = sum(ranges[part][1] for part in parts)
    changed = _cut(ranges, total, low, high)
    least, most = ranges[total]
    for part in parts:
        part_low, part_high = ranges[part]
        changed |= _cut(ranges, part, least - (high - part_high), most - (low - part_low))
    return changed


def _cut(ranges: Ranges, name: str, low: int, high: int) -> bool:
    old = ranges[name]
    new = max(old[0], low), min(old[1], high)
    if new[0] > new[1]:
        raise ValueError(f"nothing is possible for {name}")
    ranges[name] = new
    return new != old


def _check_tree(sums: Iterable[tuple[str, tuple[str, ...]]]) -> None:
    """Refuse a loop: walking from sum to number to sum may never come back another way."""
    home: dict[str, str] = {}

    def root(name: str) -> str:
        while home.setdefault(name, name) != name:
            name = home[name]
        return name

    for place, (total, parts) in enumerate(sums):
        for name in (total, *parts):
            ends = root(f"sum {place}"), root(f"count {name}")
            if ends[0] == ends[1]:
                raise ValueError(f"{name} is linked in two ways")
            home[ends[0]] = ends[1]
