"""Section 2 by exhaustive search: every lie, status, point and leaver of small markets.

`ENGINE_MARKETS` (1,000 in the gate, 10,000 at night) scales the number of markets of each search.
"""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, combinations, permutations, product
from typing import Any

import pytest

from clearinghouse.engine import (
    Bar,
    Candidate,
    Market,
    Plan,
    Wish,
    market_without,
    match,
    read_market,
)
from tests.engine.helpers import places, results
from tests.engine.markets import ORDERS, Json, candidate, market, posting, random_market
from tests.engine.oracle import Oracle

MARKETS = int(os.environ.get("ENGINE_MARKETS", "1000"))
Result = dict[str, str | None]


def some(one_in: int, **sizes: Any) -> Iterator[tuple[int, Market]]:
    """Yield markets where somebody loses something, one for so many of ENGINE_MARKETS.

    Half are crowded; both orders, with and without caps.
    """
    found, seed = 0, 0
    while found < MARKETS // one_in:
        seed += 1
        data = crowded_market(seed) if found % 2 else random_market(seed, **sizes)
        sound = read_market(data)
        first = {person.id: next(iter(person.wishes), None) for person in sound.candidates}
        if any(wish and got(sound)[name] != wish.posting for name, wish in first.items()):
            found += 1
            yield seed, sound


def crowded_market(seed: int, people: int = 5) -> Json:
    """Build a market with long lists, few places, and all postings under a cap now and then."""
    chance = random.Random(seed)
    names = ["p0", "p1", "p2", "p3"]
    order = chance.choice(ORDERS)
    rows = [
        posting(name, quota, chance.randint(0, quota), order=order)
        for name in names
        for quota in [chance.choice((1, 1, 2))]
    ]
    limits = [sum(row["reserve"] for row in rows), sum(row["quota"] for row in rows) - 1]
    capped = limits[0] <= limits[1] and chance.random() < 0.5
    return market(
        rows,
        [
            candidate(
                f"c{index}",
                *((name, chance.randint(0, 5)) for name in chance.sample(names, 4)),
                protected=chance.random() < 0.4,
            )
            for index in range(people)
        ],
        caps=[{"id": "A", "limit": chance.randint(*limits), "postings": names}] if capped else [],
        seed=f"{seed:08x}",
    )


def got(sound: Market) -> Result:
    """Return who gets which posting."""
    return {row.candidate: row.posting for row in match(sound).assignments}


def instead(sound: Market, person: Candidate, **changes: Any) -> Market:
    """Return the market where one person said something else."""
    other = replace(person, **changes)
    rows = tuple(other if row is person else row for row in sound.candidates)
    return replace(sound, candidates=rows)


def liking(person: Candidate, place: str | None) -> int:
    """Return how much somebody truly dislikes a result, 0 for their first wish."""
    wishes = [wish.posting for wish in person.wishes]
    return wishes.index(place) if place in wishes else len(wishes)


def every_list(sound: Market, person: Candidate) -> Iterator[tuple[Wish, ...]]:
    """Yield every order of every choice of postings, with the points the person has there."""
    chance = random.Random(sound.seed + person.id)
    points = {wish.posting: wish.points for wish in person.wishes}
    wishes = [Wish(row.id, points.get(row.id, chance.randint(0, 5))) for row in sound.postings]
    for length in range(len(wishes) + 1):
        yield from permutations(wishes, length)


def test_rewards_no_false_list_and_no_hidden_status_of_anybody() -> None:
    lies = 0
    for seed, sound in some(50, people=5, postings=4, wishes=4):
        truth = got(sound)
        for person in sound.candidates:
            due = liking(person, truth[person.id])
            # Whoever is protected may hide it; nobody can claim it without proof.
            for protected in {person.protected, False}:
                for wishes in every_list(sound, person):
                    lie = instead(sound, person, wishes=wishes, protected=protected)
                    assert liking(person, got(lie)[person.id]) >= due, (seed, person.id, wishes)
                    lies += 1
    assert lies > MARKETS


def test_harms_nobody_who_declares_protected_status() -> None:
    declared = 0
    for seed, sound in some(8, people=7, postings=4, wishes=4):
        for person in sound.candidates:
            hidden = got(instead(sound, person, protected=False))[person.id]
            shown = got(instead(sound, person, protected=True))[person.id]
            assert liking(person, shown) <= liking(person, hidden), (seed, person.id)
            declared += shown != hidden
    assert declared


def test_harms_nobody_who_has_more_points() -> None:
    helped = 0
    for seed, sound in some(40, people=6, postings=3):
        for person in sound.candidates:
            for index in range(len(person.wishes)):
                dislike = [
                    liking(person, got(instead(sound, person, wishes=wishes))[person.id])
                    for wishes in with_points(person, index)
                ]
                assert dislike == sorted(dislike, reverse=True), (seed, person.id, index)
                helped += dislike[0] > dislike[-1]
    assert helped


def with_points(person: Candidate, index: int) -> Iterator[tuple[Wish, ...]]:
    """Yield the person's list with 0, 1, ... points at one wish."""
    for points in range(7):
        wish = replace(person.wishes[index], points=points)
        yield (*person.wishes[:index], wish, *person.wishes[index + 1 :])


@pytest.mark.parametrize("order", ORDERS)
def test_only_adds_protected_people_with_each_place_more_of_reserve(order: str) -> None:
    """All markets of one posting with up to five people: every pattern, quota and reserve."""
    for size in range(6):
        for pattern in product((False, True), repeat=size):
            rows = [
                candidate(f"c{index}", ("X", 9 - index), protected=protected)
                for index, protected in enumerate(pattern)
            ]
            for quota in range(size + 1):
                protected_there: set[str] = set()
                for reserve in range(quota + 1):
                    placed = placed_protected(rows, quota, reserve, order)
                    assert placed >= protected_there, (pattern, quota, reserve)
                    protected_there = placed


def placed_protected(rows: list[Json], quota: int, reserve: int, order: str) -> set[str]:
    """Return which protected people hold a place at the only posting."""
    got_places = places(market([posting("X", quota, reserve, order=order)], rows))
    return {row["id"] for row in rows if row["protected"] and got_places[row["id"]][0]}


def test_leads_everyone_to_their_result_by_the_higher_bar_of_posting_and_cap() -> None:
    capped = 0
    for seed, sound in some(2, people=12, postings=5, wishes=5):
        plan = match(sound)
        bars = bars_on_path(sound, plan)
        ranks = {name: rank for rank, name in enumerate(by_ticket(sound))}
        for person, row in zip(sound.candidates, plan.assignments, strict=True):
            met = (
                wish.posting
                for wish in person.wishes
                if all(
                    meets(bar, wish.points, ranks[person.id], ranks)
                    for bar in bars[wish.posting, person.protected]
                )
            )
            assert next(met, None) == row.posting, (seed, person.id)
        capped += bool(sound.caps)
    assert capped


def bars_on_path(sound: Market, plan: Plan) -> dict[tuple[str, bool], list[Bar | None]]:
    """Return the bars of a posting and of the cap above it, per group."""
    of_caps = {row.cap: row for row in plan.cutoffs if row.cap}
    above = {name: of_caps[cap.id] for cap in sound.caps for name in cap.postings}
    return {
        (row.posting, protected): [
            step.protected if protected else step.others
            for step in (row, above.get(row.posting))
            if step
        ]
        for row in plan.cutoffs
        if row.posting
        for protected in (False, True)
    }


def meets(bar: Bar | None, points: int, rank: int, ranks: dict[str, int]) -> bool:
    """Tell whether somebody gets in at a bar."""
    if bar is None:
        return True
    return bar.candidate is not None and (points, -rank) >= (bar.points, -ranks[bar.candidate])


def by_ticket(sound: Market) -> list[str]:
    """Return candidates by lottery, best first, computed without the engine."""
    people = [{"id": person.id, "wishes": []} for person in sound.candidates]
    ticket = Oracle(market([], people, seed=sound.seed)).ticket
    return sorted(ticket, key=ticket.__getitem__)


def test_gives_everybody_the_best_of_all_stable_results() -> None:
    several = 0
    for seed in range(MARKETS // 40):
        data = crowded_market(seed, people=4)
        oracle = Oracle(data)
        assert places(data) == oracle.best_stable(), seed
        several += len(oracle.stable_results()) > 1
    assert several, "nowhere was there a choice between stable results"


def test_leaves_nobody_worse_off_whoever_withdraws_in_whatever_rounds() -> None:
    for seed, first in some(40, people=6, postings=3):
        before = got(first)
        for gone in subsets(before):
            assert_nobody_lost(first, market_without(first, gone, {}), before, seed)


def test_leaves_nobody_worse_off_through_rounds_until_nobody_is_left() -> None:
    for seed, first in some(5, people=8, postings=4, wishes=4):
        now, before = first, got(first)
        while placed := [name for name, place in before.items() if place]:
            # Whoever holds the place that most people lost leaves; every other holder accepts.
            accepted = {name: str(before[name]) for name in placed[1::2]}
            later = market_without(now, {placed[0]}, accepted)
            assert_nobody_lost(now, later, before, seed)
            now, before = later, got(later)
            assert all(before[name] == place for name, place in accepted.items())


def subsets(names: Result) -> Iterator[set[str]]:
    """Yield every choice of people."""
    sizes = range(len(names) + 1)
    yield from map(set, chain.from_iterable(combinations(names, size) for size in sizes))


def assert_nobody_lost(first: Market, later: Market, before: Result, seed: int) -> None:
    """Compare what those who stay got in two rounds, by their first lists."""
    after = got(later)
    for person in first.candidates:
        if person.id in after:
            kept = liking(person, after[person.id]) <= liking(person, before[person.id])
            assert kept, (seed, person.id)


LARGER_RESERVE_HURTS = [
    candidate("a", ("Y", 2), ("X", 3), protected=True),
    candidate("b", ("X", 2), ("Y", 3)),
    candidate("c", ("X", 1), ("Y", 1), protected=True),
]


@pytest.mark.parametrize("order", ORDERS)
def test_can_hurt_protected_people_by_a_larger_reserve_elsewhere(order: str) -> None:
    """The published counterexample; it stands in the README of the engine."""
    rows = LARGER_RESERVE_HURTS
    without, with_reserve = (
        results(market([posting("X", 1, reserve, order=order), posting("Y", 1)], rows))
        for reserve in (0, 1)
    )

    assert without == {"a": "Y", "b": "X", "c": None}
    assert with_reserve == {"a": "X", "b": "Y", "c": None}


def first_come(sound: Market) -> Result:
    """Place by immediate acceptance: nobody who has a place ever makes room (the Boston rule)."""
    tickets = by_ticket(sound)
    room = {row.id: row.quota for row in sound.postings}
    result: Result = dict.fromkeys(tickets)
    for step in range(len(room)):
        asking = [
            (wish.points, -tickets.index(person.id), person.id, wish.posting)
            for person in sound.candidates
            for wish in person.wishes[step : step + 1]
            if result[person.id] is None
        ]
        for _, _, name, place in sorted(asking, reverse=True):
            if room[place]:
                room[place] -= 1
                result[name] = place
    return result


def new_lots(sound: Market) -> Result:
    """Match with new lottery numbers whenever somebody has left."""
    plan = match(replace(sound, seed=f"{len(sound.candidates):02x}"))
    return {row.candidate: row.posting for row in plan.assignments}


def separate_pools(sound: Market) -> Result:
    """Place each group only on its own places: a hard reserve."""
    tickets = by_ticket(sound)
    held: dict[tuple[str, bool], list[tuple[int, int, Candidate]]] = {}
    room = {
        (row.id, protected): row.reserve if protected else row.quota - row.reserve
        for row in sound.postings
        for protected in (False, True)
    }
    result: Result = dict.fromkeys(tickets)
    asking = [(person, 0) for person in sound.candidates]
    while asking:
        person, step = asking.pop()
        if step == len(person.wishes):
            result[person.id] = None
            continue
        wish = person.wishes[step]
        pool = held.setdefault((wish.posting, person.protected), [])
        pool.append((wish.points, -tickets.index(person.id), person))
        result[person.id] = wish.posting
        if len(pool) > room[wish.posting, person.protected]:
            loser = min(pool, key=lambda row: row[:2])
            pool.remove(loser)
            asking.append((loser[2], liking(loser[2], wish.posting) + 1))
    return result


@pytest.mark.parametrize(
    ("rule", "search"),
    [
        (first_come, test_rewards_no_false_list_and_no_hidden_status_of_anybody),
        (new_lots, test_leaves_nobody_worse_off_whoever_withdraws_in_whatever_rounds),
        (new_lots, test_leaves_nobody_worse_off_through_rounds_until_nobody_is_left),
        (separate_pools, test_rewards_no_false_list_and_no_hidden_status_of_anybody),
        (separate_pools, test_harms_nobody_who_declares_protected_status),
    ],
)
def test_finds_the_harm_that_another_rule_does(
    rule: Callable[[Market], Result],
    search: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each search sees the fault when the engine is replaced by a rule that has it."""
    monkeypatch.setitem(globals(), "got", rule)

    with pytest.raises(AssertionError, match=r"\(\d+, 'c\d'"):
        search()
