"""Disclosure control by itself: one number, one table, one table after the other."""

import random

import pytest

from clearinghouse.matching.numbers import PostingCounts, RoundCounts, table_of_round
from clearinghouse.statistics.enums import Precision
from clearinghouse.statistics.rules import (
    Limits,
    Release,
    Shown,
    Table,
    find_unsafe,
    follow,
    plain,
    protect,
    ranges_of,
    rest_of,
)
from tests.statistics.attacker import HUGE, Moment, tells
from tests.statistics.attacks import known_of
from tests.statistics.populations import random_round

LIMITS = Limits()
FEW, MANY = Shown(Precision.FEW), Shown(Precision.MANY)


def about(value: int, since: int = 1) -> Shown:
    return Shown(Precision.ABOUT, value, since)


def test_small_counts_are_all_the_same_and_others_are_rounded() -> None:
    assert {plain(count, LIMITS) for count in range(10)} == {FEW}
    assert [plain(count, LIMITS).value for count in (10, 12, 13, 17, 18, 22)] == [
        10, 10, 15, 15, 20, 20,
    ]  # fmt: skip


def test_a_printed_number_tells_the_counts_that_the_attacker_reads_from_it() -> None:
    for count in range(200):
        shown = plain(count, LIMITS)
        assert shown.range(LIMITS) == tells(shown.to_json(), 10, 5)
        low, high = shown.range(LIMITS)
        assert low <= count <= high


@pytest.mark.parametrize(
    ("old", "new", "moves"),
    [
        (FEW, about(10), False),
        (FEW, about(20), False),
        (FEW, about(25), True),
        (about(10), FEW, False),
        (about(20), FEW, False),
        (about(25), FEW, True),
        (about(40), about(50), False),
        (about(40), about(55), True),
        (about(40), MANY, False),
        (MANY, FEW, False),
        (Shown(Precision.WITHHELD), about(90), False),
    ],
)
def test_a_number_moves_only_if_every_possible_step_is_large(
    old: Shown, new: Shown, moves: bool
) -> None:
    assert follow(old, new, LIMITS) == (new if moves else old)
    (low, high), (new_low, new_high) = old.range(LIMITS), new.range(LIMITS)
    steps = [abs(a - b) for a in (low, min(high, 500)) for b in (new_low, min(new_high, 500))]
    overlap = low <= new_high and new_low <= high
    assert moves == (not overlap and min(steps) >= 10)


def test_the_rest_is_told_no_more_exactly_than_the_part() -> None:
    assert rest_of(50, Shown(Precision.EXACT, 20), 10).value == 30
    assert rest_of(50, about(20), 10) == about(30)
    assert rest_of(50, about(45), 10).precision == Precision.FEW
    for part in (FEW, MANY, Shown(Precision.WITHHELD)):
        assert rest_of(50, part, 10).precision == Precision.WITHHELD


def small_table(*parts: int) -> Table:
    names = tuple("abcdef"[: len(parts)])
    counts = {**dict(zip(names, parts, strict=True)), "all": sum(parts)}
    everything = frozenset(counts)
    return Table(counts, sums=(("all", names),), people=everything, published=(*names, "all"))


def test_a_single_small_count_takes_another_number_with_it() -> None:
    table = small_table(40, 4)
    shown = protect(Release(table, LIMITS))
    assert shown is not None
    assert shown["b"].precision == Precision.FEW
    assert any(shown[name].precision == Precision.MANY for name in ("a", "all"))
    # The twin: each number by itself gives it away, 43 to 47 less 38 to 42.
    alone = {name: plain(table.counts[name], LIMITS) for name in table.published}
    assert find_unsafe(Release(table, LIMITS), alone) == ["b"]


def test_two_small_counts_are_not_told_together() -> None:
    table = small_table(42, 3, 5)
    alone = {name: plain(table.counts[name], LIMITS) for name in table.published}
    ranges = ranges_of(table, {name: cell.range(LIMITS) for name, cell in alone.items()})
    assert (ranges["b"], ranges["c"]) == ((0, 9), (0, 9))
    # 48 to 52 in all, 38 to 42 of them here: 6 to 14 there, which is no small group for sure.
    shown = protect(Release(table, LIMITS))
    assert shown == alone
    tight = small_table(42, 1, 2)
    alone = {name: plain(tight.counts[name], LIMITS) for name in tight.published}
    assert find_unsafe(Release(tight, LIMITS), alone) == ["b"]


def test_a_table_that_is_no_tree_or_adds_up_to_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="not the sum"):
        Table({"all": 3, "a": 1, "b": 1}, sums=(("all", ("a", "b")),))
    with pytest.raises(ValueError, match="two ways"):
        Table(
            {"all": 2, "a": 1, "b": 1, "again": 2},
            sums=(("all", ("a", "b")), ("again", ("a", "b"))),
        )


def test_ranges_are_those_of_a_solver() -> None:
    """The proof that narrowing sums is exact rests on trees; HiGHS does not know of trees."""
    compared = 0
    for seed in range(12):
        table = table_of_round(random_round(random.Random(seed)), LIMITS)
        cells = {name: plain(table.counts[name], LIMITS) for name in table.published}
        told = {name: cell.range(LIMITS) for name, cell in cells.items()}
        ranges = ranges_of(table, told)
        moment = Moment(known_of(table), told)
        for name in random.Random(seed).sample(sorted(table.people | table.traces), 8):
            low, high = ranges[name]
            assert moment.least((name,)) == low
            assert moment.greatest((name,)) == high or high > HUGE
            compared += 1
    assert compared == 96


def test_one_small_reserve_hides_the_cut_offs_of_its_state_whether_it_is_full_or_not() -> None:
    large = PostingCounts("DE-1", "DE", 40, 20, filled=40, holders=20, protected_points=30)
    for holders in (0, 5):
        small = PostingCounts("DE-2", "DE", 10, 5, filled=10, holders=holders, protected_points=9)
        table = table_of_round(RoundCounts(99, 20 + holders, (large, small)), LIMITS)
        assert not any(name.startswith("holders:") for name in table.exact)
    alone = table_of_round(RoundCounts(99, 20, (large,)), LIMITS)
    assert "holders:DE-1" in alone.exact


def test_an_empty_reserve_is_no_secret_where_open_places_are_left() -> None:
    """With open places first it follows from places alone, whoever is protected."""
    row = PostingCounts("DE-1", "DE", 100, 20, filled=60)
    assert row.most_holders == 0
    full = PostingCounts("DE-1", "DE", 100, 20, filled=100)
    assert full.most_holders == 20
