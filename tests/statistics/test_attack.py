"""A reader with a solver attacks pairs of releases; each rule that is left out lets it win."""

import os
import random

from clearinghouse.matching.numbers import table_of_round
from clearinghouse.statistics.rules import Release, protect
from tests.statistics.attacks import LIMITS, attack, exactly, one_by_one
from tests.statistics.populations import later, random_round

PAIRS = int(os.environ.get("STATISTICS_PAIRS", "60"))


def pairs(count: int) -> list[int]:
    """Find rounds of which a second release is made, so that there is a pair to compare."""
    found: list[int] = []
    seed = 0
    while len(found) < count:
        chance = random.Random(seed)
        first = random_round(chance)
        table, again = table_of_round(first, LIMITS), table_of_round(later(chance, first), LIMITS)
        shown = protect(Release(table, LIMITS))
        assert shown is not None
        ranges = Release(table, LIMITS).ranges(shown)
        if protect(Release(again, LIMITS, 2, shown, (ranges,))) is not None:
            found.append(seed)
        seed += 1
    return found


def test_no_small_group_is_isolated_in_pairs_of_releases() -> None:
    found = attack(pairs(PAIRS))
    assert found.second_releases == found.pairs == PAIRS
    assert found.groups > 10 * PAIRS
    assert found.differences > PAIRS
    assert (found.isolated, found.narrowed, found.isolated_differences) == (0, 0, 0)


def test_with_a_smallest_cell_of_one_groups_are_isolated() -> None:
    found = attack(range(6), exactly)
    assert found.isolated > found.groups // 2
    assert found.isolated_differences > 0


def test_without_complementary_suppression_groups_are_isolated() -> None:
    found = attack(range(12), one_by_one)
    assert found.isolated > 0
    assert found.narrowed > 0


def test_without_the_rule_of_differences_changes_are_isolated() -> None:
    found = attack(range(20), differencing=False)
    assert found.isolated == 0
    assert found.isolated_differences > 0
