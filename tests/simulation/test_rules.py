"""Pure rules of simulation, against recomputation by hand and by brute force."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from clearinghouse import engine
from clearinghouse.shared.errors import Invalid
from clearinghouse.simulation.rules.changing import caps_of, change_postings
from clearinghouse.simulation.rules.comparing import compare
from clearinghouse.simulation.rules.largest import largest_matching
from clearinghouse.simulation.rules.measuring import measure
from clearinghouse.simulation.rules.parameters import Change, Parameters, read_parameters
from tests.engine.markets import random_market as random_json


def random_market(seed: int, *, people: int = 14, caps: bool = False) -> engine.Market:
    """Make a small market of a seed: ties, empty lists, zero quotas, all reserves."""
    return engine.read_market(random_json(seed, people=people, caps=caps))


OPEN, RESERVE = engine.Order.OPEN_FIRST, engine.Order.RESERVE_FIRST


def posting(name: str, quota: int, reserve: int = 0, order: engine.Order = OPEN) -> engine.Posting:
    return engine.Posting(name, name[:2], quota, reserve, order)


def refused(data: object) -> set[str]:
    with pytest.raises(Invalid) as refusal:
        read_parameters(data)
    return set(refusal.value.fields)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"on": "all", "share": "101"}, "share"),
        ({"on": "all", "share": "-1"}, "share"),
        ({"on": "all", "share": "NaN"}, "share"),
        ({"on": "all", "share": True}, "share"),
        ({"on": "all", "share": "1e400"}, "share"),
        ({"on": "all", "share": "1.234"}, "share"),
        ({"on": "all", "factor": "11"}, "factor"),
        ({"on": "all", "order": "by_hand"}, "order"),
        ({"on": "all", "places": 3}, "places"),
        ({"on": "DE-1", "places": -3}, "places"),
        ({"on": "DE-1", "places": 2.5}, "places"),
        ({"on": "DE-1", "places": 3, "factor": "2"}, "places"),
        ({"on": 7}, "on"),
        ({"on": "all", "nationality": "KE"}, "changes"),
        ("all", "changes"),
    ],
)
def test_refuses_a_change_at_its_field(change: Any, field: str) -> None:
    assert refused({"changes": [change]}) == {field}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (None, "changes"),
        ({"seed": "00"}, "changes"),
        ({"changes": {}}, "changes"),
        ({"changes": [{"on": "all"}] * 51}, "changes"),
        ({"caps": {"DE": "many"}}, "cap"),
        ({"caps": [1]}, "cap"),
        ({"caps": {"DE": -1}}, "cap"),
    ],
)
def test_refuses_other_forms(data: object, field: str) -> None:
    assert refused(data) == {field}


def test_reads_back_what_it_writes() -> None:
    data = {"changes": [{"on": "state:DE", "share": "12.5", "factor": 2}], "caps": {"DE": 9}}
    parameters = read_parameters(data)
    assert parameters.changes == (Change("state:DE", "12.50", "", "2.00"),)
    assert read_parameters(parameters.to_json()) == parameters


def test_spreads_the_share_of_a_state_over_its_postings_as_the_matching_page_says() -> None:
    nine = [posting(f"DE-{number}", 5) for number in range(9)]
    changed = change_postings(nine, Parameters((Change("all", share="10"),)))
    assert sum(row.reserve for row in changed) == 5
    assert {row.quota for row in changed} == {5}


def test_keeps_the_share_that_a_posting_had_when_places_change() -> None:
    before = [posting("DE-1", 10, 2), posting("DE-2", 7, 3), posting("FR-1", 4, 1)]
    doubled = change_postings(before, Parameters((Change("all", factor="2"),)))
    assert [(row.quota, row.reserve) for row in doubled] == [(20, 4), (14, 6), (8, 2)]
    same = change_postings(before, Parameters((Change("all", factor="1"),)))
    assert list(same) == before


def test_changes_only_what_is_named() -> None:
    before = [posting("DE-1", 10, 2), posting("FR-1", 4, 1)]
    after = change_postings(
        before, Parameters((Change("DE-1", share="50", order="reserve_first", places=3),))
    )
    assert after == (posting("DE-1", 3, 2, RESERVE), before[1])


@pytest.mark.parametrize(
    "changes",
    [
        (Change("XX-9", share="1"),),
        (Change("state:XX", share="1"),),
        (Change("all", share="1"), Change("DE-1", share="2")),
        (Change("all", order="open_first"), Change("DE-1", order="reserve_first")),
    ],
)
def test_refuses_changes_of_nothing_and_twice(changes: tuple[Change, ...]) -> None:
    with pytest.raises(Invalid) as refusal:
        change_postings([posting("DE-1", 3)], Parameters(changes))
    assert set(refusal.value.fields) == {"on"}


def test_refuses_caps_outside_the_two_templates_with_the_reason() -> None:
    mixed = [posting("DE-1", 5, 2), posting("DE-2", 5, 2, RESERVE), posting("FR-1", 5, 5)]
    for caps, words in (
        ((("DE", 9),), "one order"),
        ((("FR", 4),), "below the 5 places"),
        ((("XX", 4),), "No posting of this state"),
    ):
        with pytest.raises(Invalid) as refusal:
            caps_of(mixed, Parameters(caps=caps))
        assert words in str(refusal.value.fields["cap"])
    assert caps_of(mixed, Parameters(caps=(("FR", 5),))) == (engine.Cap("FR", 5, ("FR-1",)),)


def test_lets_the_validator_of_the_engine_have_the_last_word() -> None:
    wrong = [replace(posting("DE-1", 3), reserve=9)]
    with pytest.raises(Invalid) as refusal:
        caps_of(wrong, Parameters())
    assert "above the quota" in str(refusal.value.fields["cap"])


@pytest.mark.parametrize("seed", range(40))
def test_counts_what_a_plan_does(seed: int) -> None:
    market = random_market(seed, caps=seed % 2 == 1)
    plan = engine.match(market)
    counts = measure(market, plan, [market.postings[0].id])
    people = {person.id: person for person in market.candidates}
    got = [(people[row.candidate], row) for row in plan.assignments if row.posting is not None]
    whole: Any = counts["all"]
    ranks = [
        1 + [wish.posting for wish in person.wishes].index(str(row.posting)) for person, row in got
    ]
    shielded = [person.protected for person, _row in got]
    assert whole["placed"] == len(got)
    assert whole["protected_placed"] == sum(shielded)
    assert whole["rank_sum"] == sum(ranks)
    assert whole["first"] == ranks.count(1)
    assert whole["protected_rank_sum"] == sum(
        rank for rank, protected in zip(ranks, shielded, strict=True) if protected
    )
    assert whole["places"] == sum(row.quota for row in market.postings)
    assert whole["reserve_filled"] == sum(row.seat is engine.Seat.RESERVED for _p, row in got)
    for name in whole:
        states: Any = counts["states"]
        assert sum(state[name] for state in states.values()) == whole[name]
    free = whole["places"] - whole["placed"]
    assert whole["reserve_filled"] + whole["reserve_reverted"] <= whole["reserve"]
    if not free:
        assert whole["reserve_filled"] + whole["reserve_reverted"] == whole["reserve"]


def brute_largest(market: engine.Market) -> int:
    """Try every way to give each person one of their wishes or nothing."""
    choices = [[None, *(wish.posting for wish in person.wishes)] for person in market.candidates]
    best = 0
    for way in product(*choices):
        taken = [name for name in way if name is not None]
        fits = all(taken.count(row.id) <= row.quota for row in market.postings)
        capped = all(
            sum(name in cap.postings for name in taken) <= cap.limit for cap in market.caps
        )
        best = max(best, len(taken)) if fits and capped else best
    return best


@pytest.mark.parametrize("seed", range(40))
def test_finds_the_size_of_the_largest_matching(seed: int) -> None:
    market = random_market(seed, people=6, caps=seed % 2 == 1)
    size = largest_matching(market)
    assert size == brute_largest(market)
    placed = sum(row.posting is not None for row in engine.match(market).assignments)
    assert placed <= size


def test_finds_a_larger_matching_where_points_stand_in_its_way() -> None:
    both = (engine.Wish("DE-1", 9), engine.Wish("DE-2", 9))
    only = (engine.Wish("DE-1", 1),)
    market = engine.Market(
        "00",
        (posting("DE-1", 1), posting("DE-2", 1)),
        (),
        (engine.Candidate("a", False, both), engine.Candidate("b", False, only)),
    )
    assert sum(row.posting is not None for row in engine.match(market).assignments) == 1
    assert largest_matching(market) == 2


def test_an_empty_market_has_an_empty_largest_matching() -> None:
    assert largest_matching(engine.Market("00", (), (), ())) == 0
    assert largest_matching(engine.Market("00", (posting("DE-1", 3),), (), ())) == 0


@pytest.mark.parametrize("seed", range(12))
def test_compares_what_engine_runs_of_each_market_give(seed: int) -> None:
    market = random_market(seed)
    parameters = Parameters((Change("all", share="40", factor="0.75"),))
    postings = change_postings(market.postings, parameters)
    steps: list[tuple[str, int]] = []
    found = compare(
        market,
        None,
        postings,
        (),
        report=lambda stage, percent: steps.append((stage, percent)),
    )
    changed = replace(market, postings=postings)
    plan = engine.match(changed)
    assert (found.market_digest, found.plan_digest) == (plan.market_digest, plan.digest)
    expected = {
        "base": measure(market, engine.match(market)),
        "changed": measure(changed, plan),
    }
    for order in engine.Order:
        uniform = replace(changed, postings=tuple(replace(row, order=order) for row in postings))
        expected[order.value] = measure(uniform, engine.match(uniform))
    assert found.result["scenarios"] == expected
    assert found.result["largest"] == largest_matching(changed)
    assert [percent for _stage, percent in steps] == sorted(percent for _stage, percent in steps)


def test_agrees_with_the_counterexample_of_the_matching_page() -> None:
    """Without a reserve a-Y, b-X; with one place reserved at X: a-X, b-Y."""
    order = {"X": {"a": 3, "b": 2, "c": 1}, "Y": {"b": 3, "a": 2, "c": 1}}

    def person(name: str, protected: bool, *wishes: str) -> engine.Candidate:
        return engine.Candidate(
            name, protected, tuple(engine.Wish(wish, order[wish][name]) for wish in wishes)
        )

    people = (
        person("a", True, "Y", "X"),
        person("b", False, "X", "Y"),
        person("c", True, "X", "Y"),
    )
    market = engine.Market("00", (posting("X", 1), posting("Y", 1)), (), people)
    reserved = change_postings(market.postings, Parameters((Change("X", share="100"),)))
    found = compare(market, None, reserved, (), report=lambda *_step: None).result["scenarios"]
    # Protected a loses the first wish although the reserve grew.
    assert found["base"]["all"]["protected_first"] == 1
    assert found["changed"]["all"]["protected_first"] == 0
