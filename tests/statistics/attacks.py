"""What a reader with a solver finds in releases of random rounds, with and without the rules."""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from clearinghouse.matching.numbers import RoundCounts, table_of_round
from clearinghouse.statistics.enums import Precision
from clearinghouse.statistics.rules import Limits, Release, Shown, Table, plain, protect
from tests.statistics.attacker import Knowledge, Moment, groups_of, told_by
from tests.statistics.populations import later, random_round

LIMITS = Limits()


@dataclass
class Found:
    """What an attack on pairs of releases gave; groups are small ones that there really are."""

    pairs: int = 0
    groups: int = 0
    isolated: int = 0
    narrowed: int = 0
    differences: int = 0
    isolated_differences: int = 0
    second_releases: int = 0


def known_of(table: Table) -> Knowledge:
    """Return what everybody knows of a table before anything is published."""
    exact = {name: table.counts[name] for name in table.exact}
    return Knowledge(exact, table.most, table.sums, tuple(table.counts))


Rule = Callable[[Release], dict[str, Shown] | None]


def attack(seeds: Iterable[int], rule: Rule = protect, *, differencing: bool = True) -> Found:
    """Publish two releases of each random round by a rule, and attack both together.

    Without `differencing` the second release is made as if there had been none before.
    """
    found = Found()
    for seed in seeds:
        chance = random.Random(seed)
        first = random_round(chance)
        _attack_pair(found, (first, later(chance, first)), rule, differencing)
        found.pairs += 1
    return found


def _attack_pair(
    found: Found, rounds: tuple[RoundCounts, RoundCounts], rule: Rule, differencing: bool
) -> None:
    before: dict[str, Shown] = {}
    earlier: list[Mapping[str, tuple[int, int]]] = []
    moments: list[tuple[Moment, Table]] = []
    for number, round_ in enumerate(rounds, start=1):
        table = table_of_round(round_, LIMITS)
        release = Release(table, LIMITS, number, before, tuple(earlier))
        shown = rule(release)
        if shown is None:
            continue
        told = told_by(_json(shown), _json(before), number, LIMITS.smallest, LIMITS.step)
        moment = Moment(known_of(table), told)
        _attack_moment(found, moment, table)
        moments.append((moment, table))
        if differencing and rule is protect:
            before, earlier = shown, [release.ranges(shown)]
    if len(moments) == 2:
        found.second_releases += 1
        _attack_difference(found, *moments)


def _attack_moment(found: Found, moment: Moment, table: Table) -> None:
    known = known_of(table)
    free = Moment(known, {})
    watched = sorted(table.people | table.traces)
    for group in groups_of(known, watched, table.counts, LIMITS.smallest):
        found.groups += 1
        # What is so whatever is published, an exact number of everybody, is not given away.
        if moment.least(group) >= 1 and moment.least(group) > free.least(group):
            found.isolated += moment.greatest(group) < LIMITS.smallest
        if len(group) == 1 and group[0] in table.people:
            most = moment.greatest(group)
            found.narrowed += most < LIMITS.smallest - 1 and most < free.greatest(group)


def _attack_difference(
    found: Found, first: tuple[Moment, Table], second: tuple[Moment, Table]
) -> None:
    """Ask of every count whether it is known to have changed by a few people."""
    (was, old), (now, new) = first, second
    for name in sorted(new.people | new.traces):
        change = new.counts[name] - old.counts[name]
        if not 1 <= abs(change) < LIMITS.smallest:
            continue
        found.differences += 1
        least = now.least((name,)) - was.greatest((name,))
        most = now.greatest((name,)) - was.least((name,))
        few = LIMITS.smallest - 1
        found.isolated_differences += 1 <= least <= most <= few or -few <= least <= most <= -1


def exactly(release: Release) -> dict[str, Shown]:
    """Publish every count as it is: the twin with a smallest cell of one."""
    table, number = release.table, release.number
    return {name: Shown(Precision.EXACT, table.counts[name], number) for name in table.published}


def one_by_one(release: Release) -> dict[str, Shown]:
    """Hide small counts and round the others, and look at nothing else: the twin without audit."""
    table, number = release.table, release.number
    return {
        name: plain(table.counts[name], release.limits, since=number) for name in table.published
    }


def _json(cells: Mapping[str, Shown]) -> dict[str, dict[str, object]]:
    return {name: cell.to_json() for name, cell in cells.items()}
