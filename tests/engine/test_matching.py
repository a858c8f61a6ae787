"""Examples small enough to follow by hand."""

import time

import pytest

from clearinghouse.engine import CLOSED, InputError, match, read_market
from tests.engine.helpers import cutoffs, places, plan_of, results
from tests.engine.markets import ORDERS, Json, candidate, market, posting

SHUT = {"points": 65_536, "candidate": None}


def three_people(order: str) -> Json:
    """Two places, one of them reserved; the protected person has the most points."""
    return market(
        [posting("X", 2, 1, order=order)],
        [
            candidate("a", ("X", 9), protected=True),
            candidate("b", ("X", 8)),
            candidate("c", ("X", 7), protected=True),
        ],
    )


def test_match_fills_open_places_before_the_reserve_when_open_first() -> None:
    assert places(three_people("open_first")) == {
        "a": ("X", "open"),
        "b": (None, None),
        "c": ("X", "reserved"),
    }


def test_match_fills_the_reserve_before_open_places_when_reserve_first() -> None:
    assert places(three_people("reserve_first")) == {
        "a": ("X", "reserved"),
        "b": ("X", "open"),
        "c": (None, None),
    }


def test_match_states_both_bars_of_a_full_posting() -> None:
    assert cutoffs(three_people("open_first")) == {
        "X": ({"points": 9, "candidate": "a"}, {"points": 7, "candidate": "c"})
    }
    assert cutoffs(three_people("reserve_first")) == {
        "X": ({"points": 8, "candidate": "b"}, {"points": 8, "candidate": "b"})
    }


def test_match_lets_an_unused_reserved_place_revert() -> None:
    example = market(
        [posting("X", 2, 1)],
        [candidate("a", ("X", 5)), candidate("b", ("X", 4)), candidate("c", ("X", 3))],
    )

    assert places(example) == {"a": ("X", "open"), "b": ("X", "reverted"), "c": (None, None)}
    assert cutoffs(example) == {"X": ({"points": 4, "candidate": "b"}, None)}


def test_match_opens_an_unused_reserved_place_when_reserve_first() -> None:
    example = market(
        [posting("X", 2, 1, order="reserve_first")],
        [candidate("a", ("X", 5)), candidate("b", ("X", 4)), candidate("c", ("X", 3))],
    )

    assert places(example) == {"a": ("X", "open"), "b": ("X", "open"), "c": (None, None)}
    assert cutoffs(example) == {"X": ({"points": 4, "candidate": "b"}, None)}


@pytest.mark.parametrize("order", ORDERS)
def test_match_states_no_bars_while_a_place_is_free(order: str) -> None:
    example = market([posting("X", 2, 1, order=order)], [candidate("a", ("X", 5))])

    assert cutoffs(example) == {"X": (None, None)}


@pytest.mark.parametrize("order", ORDERS)
def test_match_shuts_a_posting_without_places(order: str) -> None:
    example = market([posting("X", 0, order=order)], [candidate("a", ("X", 5))])

    assert results(example) == {"a": None}
    assert cutoffs(example) == {"X": (SHUT, SHUT)}


@pytest.mark.parametrize("order", ORDERS)
def test_match_shuts_a_wholly_reserved_posting_to_others(order: str) -> None:
    example = market(
        [posting("X", 1, 1, order=order)],
        [candidate("a", ("X", 99)), candidate("b", ("X", 1), protected=True)],
    )

    assert results(example) == {"a": None, "b": "X"}
    assert cutoffs(example) == {"X": (SHUT, {"points": 1, "candidate": "b"})}


def test_match_breaks_ties_by_lottery() -> None:
    people = ["a", "b", "c", "d"]
    example = market([posting("X", 1)], [candidate(name, ("X", 7)) for name in people], seed="01")

    winners = [name for name, place in results(example).items() if place]

    assert winners == ["c"]


@pytest.mark.parametrize(
    ("reserve", "expected"),
    [(0, {"a": "Y", "b": "X", "c": None}), (1, {"a": "X", "b": "Y", "c": None})],
)
def test_match_may_hurt_a_protected_person_by_a_larger_reserve(
    reserve: int, expected: dict[str, str | None]
) -> None:
    """Show why reserve monotonicity across the system is never promised (matching page, 2)."""
    example = market(
        [posting("X", 1, reserve), posting("Y", 1)],
        [
            candidate("a", ("Y", 2), ("X", 3), protected=True),
            candidate("b", ("X", 2), ("Y", 3)),
            candidate("c", ("X", 1), ("Y", 1), protected=True),
        ],
    )

    assert results(example) == expected


def test_match_holds_a_state_to_its_cap() -> None:
    example = market(
        [posting("X", 2), posting("Y", 2)],
        [
            candidate("a", ("X", 9)),
            candidate("b", ("X", 8)),
            candidate("c", ("Y", 7)),
            candidate("d", ("Y", 6)),
        ],
        caps=[{"id": "A", "limit": 3, "postings": ["X", "Y"]}],
    )

    assert results(example) == {"a": "X", "b": "X", "c": "Y", "d": None}
    assert cutoffs(example) == {
        "X": ({"points": 8, "candidate": "b"}, {"points": 8, "candidate": "b"}),
        "Y": ({"points": 7, "candidate": "c"}, {"points": 7, "candidate": "c"}),
        "*A": ({"points": 7, "candidate": "c"}, {"points": 7, "candidate": "c"}),
    }


def test_match_keeps_reserved_places_back_under_a_cap() -> None:
    example = market(
        [posting("X", 2, 0), posting("Y", 2, 1)],
        [
            candidate("a", ("X", 9)),
            candidate("b", ("X", 8)),
            candidate("c", ("Y", 1), protected=True),
        ],
        caps=[{"id": "A", "limit": 2, "postings": ["X", "Y"]}],
    )

    assert places(example) == {"a": ("X", "open"), "b": (None, None), "c": ("Y", "reserved")}


def test_match_moves_the_reserved_person_behind_the_capped_posting_that_lost_them() -> None:
    """Someone asking at X pushes a protected person at Y from open to reserved."""
    example = market(
        [posting("X", 1, 0), posting("Y", 2, 1)],
        [candidate("a", ("Y", 5), protected=True), candidate("b", ("X", 9))],
        caps=[{"id": "A", "limit": 2, "postings": ["X", "Y"]}],
    )

    assert places(example) == {"a": ("Y", "reserved"), "b": ("X", "open")}


def test_match_accepts_an_empty_market() -> None:
    plan = plan_of(market([], []))

    assert (plan.assignments, plan.cutoffs) == ((), ())


def test_match_accepts_a_candidate_without_wishes() -> None:
    assert places(market([posting("X", 1)], [candidate("a")])) == {"a": (None, None)}


def test_match_refuses_a_market_without_a_seed() -> None:
    undrawn = market([], [])
    del undrawn["seed"]

    with pytest.raises(InputError, match="seed: has not been drawn yet"):
        match(read_market(undrawn, drawn=False))


def test_match_survives_the_longest_chain_of_rejections() -> None:
    """Everyone lists the same postings, each newcomer is better everywhere: n*n/2 proposals."""
    size = 250
    names = [f"p{index}" for index in range(size)]
    example = market(
        [posting(name, 1) for name in names],
        [candidate(f"c{index:03}", *((name, index) for name in names)) for index in range(size)],
    )
    chain = read_market(example)

    started = time.perf_counter()
    plan = match(chain)

    assert time.perf_counter() - started < 5
    assert [row.posting for row in plan.assignments] == names[::-1]


def test_closed_is_a_bar_above_all_points() -> None:
    assert (CLOSED.points, CLOSED.candidate) == (65_536, None)
