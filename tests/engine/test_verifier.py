"""The verifier must catch what is broken on purpose, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from clearinghouse.engine import (
    Assignment,
    Cutoff,
    Fault,
    Seat,
    match,
    read_market,
    seal_plan,
    verify,
)
from tests.engine.helpers import plan_of
from tests.engine.markets import Json, candidate, market, posting


def test_finds_a_plan_of_another_market() -> None:
    one = market([posting("X", 1)], [candidate("a", ("X", 1))])

    findings = verify(read_market(one), plan_of(one | {"seed": "01"}))

    assert [finding.code for finding in findings] == [Fault.MARKET_DIGEST_WRONG]
    assert findings[0].message == "The plan was made for another market."


def test_finds_a_plan_changed_after_sealing() -> None:
    sound = read_market(market([posting("X", 1)], [candidate("a", ("X", 1))]))

    findings = verify(sound, replace(match(sound), engine="9.9.9"))

    assert [finding.code for finding in findings] == [Fault.PLAN_DIGEST_WRONG]


def test_finds_rows_out_of_order() -> None:
    sound = read_market(
        market([posting("X", 1), posting("Y", 1)], [candidate("a"), candidate("b")])
    )
    plan = match(sound)

    unsorted = replace(plan, assignments=plan.assignments[::-1], cutoffs=plan.cutoffs[::-1])

    assert [(item.code, item.subject) for item in verify(sound, seal_plan(unsorted))] == [
        (Fault.ROWS_NOT_SORTED, "assignments"),
        (Fault.ROWS_NOT_SORTED, "cutoffs"),
    ]


def test_finds_unknown_and_repeated_cutoffs() -> None:
    sound = read_market(market([posting("X", 1)], []))
    plan = match(sound)
    extra = (*plan.cutoffs, plan.cutoffs[0], Cutoff(None, "Z", None, None))

    findings = verify(sound, seal_plan(replace(plan, cutoffs=extra)))

    assert [(item.code, item.subject) for item in findings] == [
        (Fault.CUTOFF_REPEATED, "X"),
        (Fault.CUTOFF_UNKNOWN, "Z"),
    ]


def test_finds_a_posting_without_a_kind_of_place() -> None:
    sound = read_market(market([posting("X", 1)], [candidate("a", ("X", 1))]))
    plan = match(sound)
    half = replace(plan, assignments=(Assignment("a", "X", None),))

    assert Fault.SEAT_INCOMPLETE in {item.code for item in verify(sound, seal_plan(half))}


X = "X"
ONE_PLACE = [posting(X, 1)]
FAIRNESS: list[tuple[str, Json, dict[str, Any], set[Fault]]] = [
    (
        "wasted",
        market(ONE_PLACE, [candidate("a", (X, 1))]),
        {"a": None},
        {Fault.PLACE_WASTED},
    ),
    (
        "same group and open place",
        market(ONE_PLACE, [candidate("a", (X, 1)), candidate("b", (X, 2))]),
        {"a": Seat.OPEN, "b": None},
        {Fault.ENVY_SAME_GROUP, Fault.ENVY_OPEN_PLACE},
    ),
    (
        "open place of the other group",
        market(ONE_PLACE, [candidate("a", (X, 1), protected=True), candidate("b", (X, 2))]),
        {"a": Seat.OPEN, "b": None},
        {Fault.ENVY_OPEN_PLACE},
    ),
    (
        "reverted although wanted",
        market(
            [posting(X, 1, 1)], [candidate("a", (X, 1), protected=True), candidate("b", (X, 2))]
        ),
        {"a": None, "b": Seat.REVERTED},
        {Fault.RESERVE_IGNORED, Fault.ENVY_REVERTED_PLACE},
    ),
    (
        "minimum guarantee ignored",
        market(
            [posting(X, 1, 1, order="reserve_first")],
            [candidate("a", (X, 1), protected=True), candidate("b", (X, 2))],
        ),
        {"a": None, "b": Seat.OPEN},
        {Fault.RESERVE_IGNORED},
    ),
]
FAIR = {
    Fault.PLACE_WASTED,
    Fault.RESERVE_IGNORED,
    Fault.ENVY_SAME_GROUP,
    Fault.ENVY_OPEN_PLACE,
    Fault.ENVY_REVERTED_PLACE,
}


@pytest.mark.parametrize(
    ("data", "seats", "expected"), [row[1:] for row in FAIRNESS], ids=[row[0] for row in FAIRNESS]
)
def test_names_the_right_that_was_ignored(
    data: Json, seats: dict[str, Seat | None], expected: set[Fault]
) -> None:
    sound = read_market(data)
    rows = tuple(Assignment(name, X if seat else None, seat) for name, seat in seats.items())

    findings = verify(sound, seal_plan(replace(match(sound), assignments=rows)))

    assert {item.code for item in findings} & FAIR == expected
