"""Choosing how much of a table is published, so that no small group can be worked out.

Cell suppression with an audit, in the sense of Fischetti and Salazar (2001): small counts are
hidden, then larger ones beside them, until the range of every small count is wide enough. Simple
and greedy, not optimal: what is withheld too much costs a reader little.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from clearinghouse.statistics.enums import Precision
from clearinghouse.statistics.rules.cells import Limits, Shown, follow, kept_range, plain
from clearinghouse.statistics.rules.tables import Range, Ranges, Table, ranges_of

Published = dict[str, Shown]
# So many near numbers are tried before the nearest is taken untried.
_TRIES: Final = 12


@dataclass(frozen=True)
class Release:
    """What is being chosen: a table, its number, and what was released of it before.

    `before` are the numbers of the last release; `earlier` holds, for each earlier release, what
    could be worked out from it.
    """

    table: Table
    limits: Limits = field(default_factory=Limits)
    number: int = 1
    before: Mapping[str, Shown] = field(default_factory=dict)
    earlier: Sequence[Mapping[str, Range]] = ()

    @cached_property
    def free(self) -> Ranges:
        """Return what everybody knows of each count before anything is published."""
        return ranges_of(self.table, {})

    def told(self, shown: Mapping[str, Shown]) -> dict[str, Range]:
        """Return what published numbers tell: new ones by themselves, kept ones little."""
        return {
            name: kept_range(cell, self.limits)
            if name in self.before and cell.since < self.number
            else cell.range(self.limits)
            for name, cell in shown.items()
        }

    def ranges(self, shown: Mapping[str, Shown]) -> Ranges:
        """Return everything that can be worked out from published numbers."""
        return ranges_of(self.table, self.told(shown))


def protect(release: Release) -> Published | None:
    """Choose how each count of a table is published; None if it must stay as it was released.

    A number that was released before may only move by the smallest cell or more, else the old one
    stays. Then less is said of one number after the other, until no small group is given away.
    """
    shown = {name: _first(release, name) for name in release.table.published}
    while unsafe := find_unsafe(release, shown):
        name = _next(release, shown, unsafe)
        if name is None:
            # Without a release before this cannot happen: what is withheld gives nothing away.
            return None
        shown[name] = _coarser(release, name, shown[name])
    return None if release.before == shown else shown


def find_unsafe(release: Release, shown: Mapping[str, Shown]) -> list[str]:
    """List the small groups that published numbers give away, also by a difference to before.

    A count of people below the smallest cell is safe if every number from none to the cell less
    one stays possible, as far as there are places; a trace, if none stays possible. Several small
    ones of one sum are safe if they are not known to be a few together. The difference to an
    earlier release is safe if it is not known to be a few more, or a few fewer.
    """
    table, small = release.table, release.limits.smallest - 1
    ranges, free = release.ranges(shown), release.free
    found = [
        name
        for name in sorted(table.people | table.traces)
        if _is_narrowed(table, name, ranges[name], free[name], small)
        or any(_is_few(_difference(ranges[name], old.get(name)), small) for old in release.earlier)
    ]
    for total, parts in table.sums:
        for group in _small_groups(table, parts, small):
            found_range = range_of_group(ranges, total, parts, group)
            structural = found_range == range_of_group(free, total, parts, group)
            if _is_few(found_range, small) and not structural:
                found.append(group[0])
    return found


def _is_narrowed(table: Table, name: str, found: Range, free: Range, small: int) -> bool:
    if table.counts[name] > small:
        return False
    return found[0] > free[0] or (name in table.people and found[1] < min(small, free[1]))


def range_of_group(
    ranges: Mapping[str, Range], total: str, parts: Sequence[str], group: Sequence[str]
) -> Range:
    """Return the exact range of several counts of one sum together, from exact ranges of each."""
    rest = [part for part in parts if part not in group]
    low = ranges[total][0] - sum(ranges[part][1] for part in rest)
    high = ranges[total][1] - sum(ranges[part][0] for part in rest)
    return (
        max(low, sum(ranges[part][0] for part in group)),
        min(high, sum(ranges[part][1] for part in group)),
    )


def _small_groups(table: Table, parts: Sequence[str], small: int) -> Iterator[list[str]]:
    """Yield the small counts of a sum together, and all but one of them."""
    watched = table.people | table.traces
    few = [part for part in parts if part in watched and table.counts[part] <= small]
    if len(few) > 1:
        yield few
    if len(few) > 2:
        yield from ([name for name in few if name != left] for left in few)


def _difference(now: Range, before: Range | None) -> Range:
    return (0, 0) if before is None else (now[0] - before[1], now[1] - before[0])


def _is_few(found: Range, small: int) -> bool:
    low, high = found
    return 1 <= low <= high <= small or -small <= low <= high <= -1


def _first(release: Release, name: str) -> Shown:
    table, number = release.table, release.number
    if name in table.exact:
        return Shown(Precision.EXACT, table.counts[name], number)
    new = plain(table.counts[name], release.limits, since=number)
    if name not in release.before:
        return new
    return follow(release.before[name], new, release.limits)


def _coarser(release: Release, name: str, cell: Shown) -> Shown:
    if name in release.before:
        return release.before[name]
    at_least = cell.precision == Precision.ABOUT
    return Shown(Precision.MANY if at_least else Precision.WITHHELD, since=release.number)


def _next(release: Release, shown: Published, unsafe: Sequence[str]) -> str | None:
    """Choose the number to say less of: the nearest that helps, else the nearest; None if none."""
    near = _near(release.table, unsafe[0])
    order = {name: place for place, name in enumerate(release.table.published)}
    linked = (name for name in order if name in near)
    possible = [name for name in linked if _can_coarsen(release, name, shown[name])]
    possible.sort(key=lambda name: (near[name], order[name]))
    for name in possible[:_TRIES]:
        tried = {**shown, name: _coarser(release, name, shown[name])}
        if len(find_unsafe(release, tried)) < len(unsafe):
            return name
    return possible[0] if possible else None


def _can_coarsen(release: Release, name: str, cell: Shown) -> bool:
    if name in release.table.exact or cell.precision == Precision.WITHHELD:
        return False
    before = release.before.get(name)
    if before is None:
        return True
    # To keep a number says something too; it must not say what is not so.
    low, _high = kept_range(before, release.limits)
    return cell != before and release.table.counts[name] >= low


def _near(table: Table, start: str) -> dict[str, int]:
    """Number the counts by their distance from one of them, in sums."""
    distance, edge = {start: 0}, [start]
    while edge:
        name = edge.pop(0)
        for total, parts in table.sums:
            if name == total or name in parts:
                for other in (total, *parts):
                    if other not in distance:
                        distance[other] = distance[name] + 1
                        edge.append(other)
    return distance
