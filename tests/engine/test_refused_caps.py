"""Why some state caps are refused: what each would break, in a market small enough to read."""

import os
import random
from itertools import permutations

import pytest

from tests.engine.caps import (
    ALLOWED,
    REFUSED,
    Contract,
    Design,
    State,
    choose,
    counted_across,
    match,
    overlapping,
    random_state,
    regrets,
    reserve_cap,
    static_under_roll_over,
)

MARKETS = max(int(os.environ.get("ENGINE_MARKETS", "1000")) // 40, 10)
RECALL = "somebody must be called back"
ORDER = "the order of offers decides"
LIE = "a false list pays"


def person(name: str, priority: int, place: str, *, protected: bool = False) -> Contract:
    return Contract(priority, name, place, protected)


# In each, `door` is shut while the others ask, and opens when `newcomer` comes as well.
SHOWN: list[tuple[Design, State, list[Contract], Contract, Contract]] = [
    (
        overlapping,
        State({"X": 1, "Y": 1, "Z": 1}, {"X": 0, "Y": 0, "Z": 0}, limit=1),
        [person("b", 2, "Y")],
        person("c", 1, "Z"),
        person("a", 3, "X"),
    ),
    (
        counted_across,
        State({"X": 1, "Y": 1}, {"X": 1, "Y": 0}, limit=1),
        [person("b", 1, "X", protected=True)],
        person("c", 2, "X"),
        person("a", 3, "Y"),
    ),
    (
        static_under_roll_over,
        State({"X": 1, "Y": 1}, {"X": 1, "Y": 1}, limit=2, second=1),
        [person("b", 2, "X")],
        person("c", 1, "Y"),
        person("a", 3, "X", protected=True),
    ),
    (
        reserve_cap,
        State({"X": 1, "Y": 1}, {"X": 1, "Y": 1}, limit=2, second=1),
        [person("b", 1, "Y", protected=True)],
        person("c", 2, "Y"),
        person("a", 3, "X", protected=True),
    ),
]


@pytest.mark.parametrize(
    ("design", "state", "asked", "door", "newcomer"),
    SHOWN,
    ids=[row[0].__name__ for row in SHOWN],
)
def test_shows_a_refused_cap_calling_back_somebody_it_rejected(
    design: Design, state: State, asked: list[Contract], door: Contract, newcomer: Contract
) -> None:
    """These four stand in the README of the engine."""
    assert door not in choose(design, state, [*asked, door])
    assert door in choose(design, state, [*asked, door, newcomer])


def harms(design: Design, seed: int) -> set[str]:
    """Name what breaks in one random market under a design."""
    state, lists = random_state(design, random.Random(seed))
    contracts = [wishes[0] for wishes in lists.values()]
    found = set()
    if next(regrets(design, state, contracts), None):
        found.add(RECALL)
    results = [match(design, state, lists, order) for order in permutations(lists)]
    if any(result != results[0] for result in results):
        found.add(ORDER)
    for name, truth in lists.items():
        for length in range(4):
            for lie in permutations("XYZ", length):
                told = [Contract(truth[0].priority, name, p, truth[0].protected) for p in lie]
                got = match(design, state, {**lists, name: told}, lists).get(name)
                wished = [contract.posting for contract in truth]
                true = results[0].get(name)
                if got in wished and (true is None or wished.index(got) < wished.index(true)):
                    found.add(LIE)
    return found


SEARCHED: list[tuple[Design, str, int]] = [
    (overlapping, RECALL, 1),
    (overlapping, ORDER, 1),
    (overlapping, LIE, 204),
    (counted_across, RECALL, 5),
    (counted_across, ORDER, 5),
    (static_under_roll_over, RECALL, 0),
    (static_under_roll_over, ORDER, 0),
    (static_under_roll_over, LIE, 19),
    (reserve_cap, RECALL, 61),
    (reserve_cap, ORDER, 61),
    (reserve_cap, LIE, 68),
]


@pytest.mark.parametrize(("design", "harm", "seed"), SEARCHED)
def test_finds_every_harm_in_each_refused_cap(design: Design, harm: str, seed: int) -> None:
    """The seeds come from a search over the first thousand markets."""
    assert harm in harms(design, seed)


@pytest.mark.parametrize("design", ALLOWED)
def test_finds_no_harm_in_the_allowed_caps(design: Design) -> None:
    seeds = {seed for _, _, seed in SEARCHED} | set(range(MARKETS))

    assert {harm for seed in seeds for harm in harms(design, seed)} == set()


def test_searches_every_refused_cap() -> None:
    assert {design for design, _, _ in SEARCHED} == set(REFUSED)
