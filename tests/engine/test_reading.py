"""Bad input is refused with every problem and its place, and never guessed at."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from clearinghouse.engine import (
    CLOSED,
    InputError,
    Order,
    Wish,
    plan_to_json,
    read_market,
    read_plan,
)
from tests.engine.helpers import plan_of
from tests.engine.markets import Json, candidate, market, posting


def good_market() -> Json:
    return market(
        [posting("X", 2, 1), posting("Y", 3, 1), posting("Z", 1, state="B")],
        [
            candidate("a", ("X", 5), ("Y", 6), protected=True),
            candidate("b", ("Y", 0), ("Z", 65_535)),
            candidate("c"),
        ],
        caps=[{"id": "A", "limit": 4, "postings": ["X", "Y"]}],
        seed="00ff",
    )


def change(path: str, value: Any) -> Callable[[Json], None]:
    """Return an edit that sets one place of a file."""

    def edit(data: Any) -> None:
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        for step in steps:
            data = data[step]
        data[last] = value

    return edit


def remove(path: str) -> Callable[[Json], None]:
    """Return an edit that deletes one place of a file."""

    def edit(data: Any) -> None:
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        for step in steps:
            data = data[step]
        del data[last]

    return edit


WISH = "candidates.0.wishes.1"
BAD_MARKETS: list[tuple[Callable[[Json], None], str]] = [
    (change("format", "mvch-market/2"), "format: must be 'mvch-market/1'"),
    (change("format", None), "format: must be 'mvch-market/1'"),
    (remove("format"), "format: missing field"),
    (change("colour", 1), "colour: unknown field"),
    (change("seed", "xyz"), "seed: must be whole bytes in lower-case hexadecimal"),
    (change("seed", "abc"), "seed: must be whole bytes in lower-case hexadecimal"),
    (change("seed", "AB"), "seed: must be whole bytes in lower-case hexadecimal"),
    (change("seed", "00 ff"), "seed: must be whole bytes in lower-case hexadecimal"),
    (change("seed", "00\n"), "seed: must be whole bytes in lower-case hexadecimal"),
    (change("seed", ""), "seed: must not be empty"),
    (change("seed", 12), "seed: must be text, not the number 12"),
    (remove("seed"), "seed: missing field"),
    (change("postings", {}), "postings: must be a list, not an object"),
    (change("postings.1", []), "postings[1]: must be an object, not a list"),
    (change("postings.2.id", ""), "postings[2].id: must not be empty"),
    (change("postings.2.id", None), "postings[2].id: must be text, not null"),
    (change("postings.2.state", ""), "postings[2].state: must not be empty"),
    (change("postings.0.quota", -1), "postings[0].quota: must be between 0 and 2147483647, not -1"),
    (change("postings.0.quota", 2.0), "postings[0].quota: must be an integer, not the number 2.0"),
    (change("postings.0.quota", True), "postings[0].quota: must be an integer, not true"),
    (
        change("postings.0.quota", 10**5000),
        "postings[0].quota: must be between 0 and 2147483647, not a huge number",
    ),
    (change("postings.0.reserve", 3), "postings[0].reserve: 3 is above the quota of 2"),
    (change("postings.0.reserve", "1"), "postings[0].reserve: must be an integer, not text"),
    (remove("postings.0.reserve"), "postings[0].reserve: missing field"),
    (
        change("postings.2.order", "random"),
        "postings[2].order: must be 'open_first' or 'reserve_first'",
    ),
    (change("postings.2.order", 0), "postings[2].order: must be 'open_first' or 'reserve_first'"),
    (change("postings.0.size", 3), "postings[0].size: unknown field"),
    (change("caps", None), "caps: must be a list, not null"),
    (change("caps.0.id", ""), "caps[0].id: must not be empty"),
    (change("caps.0.limit", -1), "caps[0].limit: must be between 0 and 2147483647, not -1"),
    (change("caps.0.limit", 1), "caps[0].limit: 1 is below the 2 places its postings reserve"),
    (change("caps.0.postings", []), "caps[0].postings: names no posting"),
    (change("caps.0.postings", "XY"), "caps[0].postings: must be a list, not text"),
    (change("caps.0.postings.1", "Q"), "caps[0].postings[1]: unknown posting 'Q'"),
    (change("caps.0.postings.1", 7), "caps[0].postings[1]: must be a posting id"),
    (change("caps.0.postings.1", "X"), "caps[0].postings[1]: 'X' is named twice in this cap"),
    (
        change("caps.0.postings.1", "Z"),
        "caps[0].postings: belong to different states (A, B); a cap limits one",
    ),
    (
        change("postings.1.order", "reserve_first"),
        "caps[0].postings: mix open_first and reserve_first; a cap needs one order",
    ),
    *(
        (
            change(f"caps.0.{name}", 1),
            (
                f"caps[0].{name}: unknown field; a cap is one limit over all places of its"
                " postings: a limit of its own for open, reserved or reverted places would let the"
                " order of offers decide, or a false list pay"
            ),
        )
        for name in ("reserve", "open", "reverted", "seats")
    ),
    (change("candidates.0", None), "candidates[0]: must be an object, not null"),
    (change("candidates.1.id", "a"), "candidates[1].id: 'a' is used twice"),
    (change("candidates.1.id", ""), "candidates[1].id: must not be empty"),
    (
        change("candidates.1.id", "\ud800"),
        "candidates[1].id: contains half of a surrogate pair, which is not a character",
    ),
    (
        change("candidates.1.protected", 1),
        "candidates[1].protected: must be true or false, not the number 1",
    ),
    (
        change("candidates.1.protected", None),
        "candidates[1].protected: must be true or false, not null",
    ),
    (change("candidates.1.nationality", "X"), "candidates[1].nationality: unknown field"),
    (change("candidates.1.wishes", None), "candidates[1].wishes: must be a list, not null"),
    (change(WISH, "Y"), "candidates[0].wishes[1]: must be an object, not text"),
    (change(WISH + ".posting", "Q"), "candidates[0].wishes[1].posting: unknown posting 'Q'"),
    (change(WISH + ".posting", "X"), "candidates[0].wishes[1].posting: 'X' is wished twice"),
    (change(WISH + ".posting", ""), "candidates[0].wishes[1].posting: must not be empty"),
    (
        change(WISH + ".points", 65_536),
        "candidates[0].wishes[1].points: must be between 0 and 65535, not 65536",
    ),
    (
        change(WISH + ".points", -1),
        "candidates[0].wishes[1].points: must be between 0 and 65535, not -1",
    ),
    (
        change(WISH + ".points", 1.0),
        "candidates[0].wishes[1].points: must be an integer, not the number 1.0",
    ),
    (
        change(WISH + ".points", float("nan")),
        "candidates[0].wishes[1].points: must be an integer, not the number nan",
    ),
    (
        change(WISH + ".points", True),
        "candidates[0].wishes[1].points: must be an integer, not true",
    ),
    (change(WISH + ".points", "7"), "candidates[0].wishes[1].points: must be an integer, not text"),
    (
        change(WISH + ".points", (1,)),
        "candidates[0].wishes[1].points: must be an integer, not a Python tuple",
    ),
    (remove(WISH + ".points"), "candidates[0].wishes[1].points: missing field"),
    (change(WISH + ".rank", 1), "candidates[0].wishes[1].rank: unknown field"),
    (change(WISH + ".7", 1), "candidates[0].wishes[1].7: unknown field"),
]


@pytest.mark.parametrize(("edit", "message"), BAD_MARKETS, ids=[row[1][:40] for row in BAD_MARKETS])
def test_refuses_a_market_with_the_place_of_the_mistake(
    edit: Callable[[Json], None], message: str
) -> None:
    data = good_market()
    edit(data)

    with pytest.raises(InputError) as caught:
        read_market(data)

    # What refers to a broken row is unknown too, and is reported after it.
    assert str(caught.value).splitlines()[0] == message


@pytest.mark.parametrize("data", [None, [], "text", 3, True])
def test_refuses_a_market_that_is_no_object(data: object) -> None:
    with pytest.raises(InputError, match=r"^\(top level\): must be an object, not "):
        read_market(data)


def test_refuses_a_posting_used_twice_and_caps_that_overlap() -> None:
    data = good_market()
    data["postings"].append(posting("Z", 1, state="B"))
    data["caps"].append({"id": "A", "limit": 9, "postings": ["Y"]})

    with pytest.raises(InputError) as caught:
        read_market(data)

    assert str(caught.value).splitlines() == [
        "postings[3].id: 'Z' is used twice",
        (
            "caps[1].postings[0]: 'Y' is already under cap 'A'; caps must not overlap,"
            " or the order of offers would change the result"
        ),
        "caps[1].id: 'A' is used twice",
    ]


def test_reports_all_problems_at_once() -> None:
    data = good_market()
    for edit in (change("seed", "xyz"), remove("postings.2.state"), change(WISH + ".points", -5)):
        edit(data)

    with pytest.raises(InputError) as caught:
        read_market(data)

    assert [problem.place for problem in caught.value.problems] == [
        "seed",
        "postings[2].state",
        "candidates[0].wishes[1].points",
    ]


def test_reports_fifty_problems_and_counts_the_rest() -> None:
    data = market([], [candidate(f"c{index}", ("Q", 1)) for index in range(60)])

    with pytest.raises(InputError) as caught:
        read_market(data)

    assert (len(caught.value.problems), caught.value.left_out) == (50, 10)
    assert str(caught.value).endswith("\n... and 10 more")


def test_reads_the_good_market() -> None:
    sound = read_market(good_market())

    assert [row.id for row in sound.postings] == ["X", "Y", "Z"]
    assert sound.postings[0].order is Order.OPEN_FIRST
    assert sound.candidates[1].wishes == (Wish("Y", 0), Wish("Z", 65_535))
    assert sound.caps[0].postings == ("X", "Y")


def test_reads_a_market_without_caps_as_one_with_no_caps() -> None:
    data = good_market() | {"caps": []}
    without = {name: data[name] for name in data if name != "caps"}

    assert read_market(without) == read_market(data)


def test_refuses_a_seed_before_the_draw() -> None:
    with pytest.raises(InputError, match=r"^seed: unknown field$"):
        read_market(good_market(), drawn=False)


def test_leaves_the_input_as_it_was() -> None:
    data = good_market()
    before = copy.deepcopy(data)

    read_market(data)

    assert data == before


def good_plan() -> Json:
    return plan_to_json(plan_of(good_market()))


SHORT = "must be 64 digits of lower-case hexadecimal"
BAD_PLANS: list[tuple[Callable[[Json], None], str]] = [
    (change("format", "mvch-market/1"), "format: must be 'mvch-plan/1'"),
    (remove("digest"), "digest: missing field"),
    (change("digest", "abcd"), f"digest: {SHORT}"),
    (change("market_digest", "Z" * 64), f"market_digest: {SHORT}"),
    (change("engine", 1), "engine: must be text, not the number 1"),
    (change("extra", 1), "extra: unknown field"),
    (change("assignments", {}), "assignments: must be a list, not an object"),
    (change("assignments.0.candidate", ""), "assignments[0].candidate: must not be empty"),
    (change("assignments.0.posting", 3), "assignments[0].posting: must be text, not the number 3"),
    (
        change("assignments.0.posting", None),
        "assignments[0].seat: must be null exactly when the posting is null",
    ),
    (
        change("assignments.0.seat", None),
        "assignments[0].seat: must be null exactly when the posting is null",
    ),
    (
        change("assignments.0.seat", "window"),
        "assignments[0].seat: must be 'open', 'reserved', 'reverted' or null",
    ),
    (
        change("assignments.2.seat", "window"),
        "assignments[2].seat: must be 'open', 'reserved', 'reverted' or null",
    ),
    (remove("assignments.0.seat"), "assignments[0].seat: missing field"),
    (change("cutoffs.0.cap", "A"), "cutoffs[0]: must name either a posting or a cap"),
    (remove("cutoffs.0.posting"), "cutoffs[0]: must name either a posting or a cap"),
    (remove("cutoffs.0.others"), "cutoffs[0].others: missing field"),
    (change("cutoffs.0.others", 7), "cutoffs[0].others: must be an object, not the number 7"),
    (
        change("cutoffs.0.others", {"points": 7, "candidate": None}),
        "cutoffs[0].others.candidate: must be null exactly when the points are 65536",
    ),
    (
        change("cutoffs.0.others", {"points": 65_536, "candidate": "a"}),
        "cutoffs[0].others.candidate: must be null exactly when the points are 65536",
    ),
    (
        change("cutoffs.0.others", {"points": 65_537, "candidate": "a"}),
        "cutoffs[0].others.points: must be between 0 and 65536, not 65537",
    ),
    (
        change("cutoffs.0.others", {"points": 7, "candidate": 8}),
        "cutoffs[0].others.candidate: must be text, not the number 8",
    ),
]


@pytest.mark.parametrize(("edit", "message"), BAD_PLANS, ids=[row[1][:40] for row in BAD_PLANS])
def test_refuses_a_plan_with_the_place_of_the_mistake(
    edit: Callable[[Json], None], message: str
) -> None:
    data = good_plan()
    edit(data)

    with pytest.raises(InputError) as caught:
        read_plan(data)

    assert str(caught.value) == message


def test_reads_a_closed_bar() -> None:
    data = good_plan()
    data["cutoffs"][0]["others"] = {"points": 65_536, "candidate": None}

    assert read_plan(data).cutoffs[0].others == CLOSED
