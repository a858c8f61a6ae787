"""The verifier must catch what is broken on purpose, and nothing else."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from clearinghouse.engine import (
    CLOSED,
    Assignment,
    Bar,
    Cutoff,
    Fault,
    Market,
    Plan,
    Seat,
    lottery_ranks,
    match,
    read_market,
    seal_plan,
    verify,
)
from clearinghouse.engine.plain.cutoffs import find_cutoffs
from tests.engine.helpers import plan_of
from tests.engine.markets import Json, candidate, market, posting, random_market
from tests.engine.oracle import Oracle

WANTED = 200
Break = Callable[[random.Random, Market, Plan], Plan | None]


def swap_two_people(chance: random.Random, _: Market, plan: Plan) -> Plan | None:
    one, two = chance.sample(range(len(plan.assignments)), 2)
    rows = list(plan.assignments)
    rows[one] = replace(plan.assignments[two], candidate=rows[one].candidate)
    rows[two] = replace(plan.assignments[one], candidate=rows[two].candidate)
    return replace(plan, assignments=tuple(rows))


def move_to_another_wish(chance: random.Random, sound: Market, plan: Plan) -> Plan | None:
    index = chance.randrange(len(plan.assignments))
    wishes = sound.candidates[index].wishes
    if not wishes:
        return None
    return _with_row(
        plan,
        index,
        posting=chance.choice(wishes).posting,
        seat=plan.assignments[index].seat or Seat.OPEN,
    )


def take_a_place_away(chance: random.Random, _: Market, plan: Plan) -> Plan | None:
    return _with_row(plan, chance.randrange(len(plan.assignments)), posting=None, seat=None)


def fill_beyond_the_quota(chance: random.Random, sound: Market, plan: Plan) -> Plan | None:
    quotas = {row.id: row.quota for row in sound.postings}
    given = [row.posting for row in plan.assignments]
    unplaced = [
        (index, wish.posting)
        for index, person in enumerate(sound.candidates)
        for wish in person.wishes
        if given[index] is None and given.count(wish.posting) >= quotas[wish.posting]
    ]
    if not unplaced:
        return None
    index, name = chance.choice(unplaced)
    return _with_row(plan, index, posting=name, seat=Seat.OPEN)


def revert_too_early(chance: random.Random, _: Market, plan: Plan) -> Plan | None:
    reserved = [i for i, row in enumerate(plan.assignments) if row.seat is Seat.RESERVED]
    if not reserved:
        return None
    return _with_row(plan, chance.choice(reserved), seat=Seat.REVERTED)


def give_a_reserved_place_to_another(
    chance: random.Random, sound: Market, plan: Plan
) -> Plan | None:
    """Revert a place although the protected person who held it still wants it."""
    pairs = [
        (index, other)
        for index, row in enumerate(plan.assignments)
        for other, person in enumerate(sound.candidates)
        if row.seat is Seat.RESERVED
        and plan.assignments[other].posting is None
        and any(wish.posting == row.posting for wish in person.wishes)
    ]
    if not pairs:
        return None
    index, other = chance.choice(pairs)
    name = plan.assignments[index].posting
    plan = _with_row(plan, index, posting=None, seat=None)
    return _with_row(plan, other, posting=name, seat=Seat.REVERTED)


def relabel_a_place(chance: random.Random, _: Market, plan: Plan) -> Plan | None:
    placed = [index for index, row in enumerate(plan.assignments) if row.seat]
    if not placed:
        return None
    return _with_row(plan, chance.choice(placed), seat=chance.choice(list(Seat)))


def forge_a_cutoff(chance: random.Random, sound: Market, plan: Plan) -> Plan | None:
    index = chance.randrange(len(plan.cutoffs))
    someone = chance.choice(sound.candidates).id
    bar = chance.choice([None, CLOSED, Bar(chance.randint(0, 4), someone), Bar(1, "stranger")])
    old = plan.cutoffs[index]
    forged = chance.choice([replace(old, others=bar), replace(old, protected=bar)])
    return replace(plan, cutoffs=(*plan.cutoffs[:index], forged, *plan.cutoffs[index + 1 :]))


def drop_a_cutoff(chance: random.Random, _: Market, plan: Plan) -> Plan | None:
    index = chance.randrange(len(plan.cutoffs))
    return replace(plan, cutoffs=(*plan.cutoffs[:index], *plan.cutoffs[index + 1 :]))


def drop_a_candidate(chance: random.Random, _: Market, plan: Plan) -> Plan | None:
    index = chance.randrange(len(plan.assignments))
    rows = plan.assignments
    return replace(plan, assignments=(*rows[:index], *rows[index + 1 :]))


def repeat_a_candidate(chance: random.Random, _: Market, plan: Plan) -> Plan | None:
    rows = [*plan.assignments, chance.choice(plan.assignments)]
    return replace(plan, assignments=tuple(sorted(rows, key=lambda row: row.candidate)))


def invent_a_candidate(_: random.Random, __: Market, plan: Plan) -> Plan | None:
    return replace(plan, assignments=(*plan.assignments, Assignment("z", None, None)))


def break_a_cap(chance: random.Random, sound: Market, plan: Plan) -> Plan | None:
    """Place somebody unplaced at a capped posting whose cap is full though it has room."""
    given = [row.posting for row in plan.assignments]
    capped = {name: cap for cap in sound.caps for name in cap.postings}
    quotas = {row.id: row.quota for row in sound.postings}
    options = [
        (index, wish.posting)
        for index, person in enumerate(sound.candidates)
        for wish in person.wishes
        if given[index] is None
        and wish.posting in capped
        and given.count(wish.posting) < quotas[wish.posting]
        and sum(map(given.count, capped[wish.posting].postings)) >= capped[wish.posting].limit
    ]
    if not options:
        return None
    index, name = chance.choice(options)
    return _with_row(plan, index, posting=name, seat=Seat.OPEN)


BREAKS: list[tuple[Break, set[Fault]]] = [
    (swap_two_people, set()),
    (move_to_another_wish, set()),
    (take_a_place_away, {Fault.CERTIFICATE_BROKEN, Fault.POSTING_UNSTABLE}),
    (fill_beyond_the_quota, {Fault.POSTING_OVERFILLED, Fault.SEAT_WRONG}),
    (revert_too_early, {Fault.SEAT_WRONG}),
    (give_a_reserved_place_to_another, {Fault.CERTIFICATE_BROKEN, Fault.POSTING_UNSTABLE}),
    (relabel_a_place, {Fault.SEAT_WRONG}),
    (forge_a_cutoff, {Fault.CUTOFF_WRONG}),
    (drop_a_cutoff, {Fault.CUTOFF_MISSING}),
    (drop_a_candidate, {Fault.CANDIDATE_MISSING}),
    (repeat_a_candidate, {Fault.CANDIDATE_REPEATED}),
    (invent_a_candidate, {Fault.CANDIDATE_UNKNOWN}),
    (break_a_cap, {Fault.CAP_OVERFILLED, Fault.SEAT_WRONG}),
]


@pytest.mark.parametrize(
    ("fault", "codes"), BREAKS, ids=lambda value: getattr(value, "__name__", "")
)
def test_finds_every_injected_fault(fault: Break, codes: set[Fault]) -> None:
    for _, sound, _, broken in _broken_plans(fault):
        found = {finding.code for finding in verify(sound, broken)}

        assert found
        assert codes <= found


RESTATED = [swap_two_people, move_to_another_wish, take_a_place_away, break_a_cap]
RESTATED += [fill_beyond_the_quota, give_a_reserved_place_to_another]


@pytest.mark.parametrize("fault", RESTATED)
def test_finds_instability_even_when_the_cutoffs_fit_the_broken_places(fault: Break) -> None:
    """Restate seats and cut-offs for the broken places; only an unstable result may be refused."""
    outcomes = set()
    for data, sound, _, broken in _broken_plans(fault):
        oracle = Oracle(data)
        result = {row.candidate: row.posting for row in broken.assignments}
        if any(name and name not in oracle.wishes(who) for who, name in result.items()):
            assert Fault.POSTING_NOT_WISHED in {item.code for item in verify(sound, broken)}
            continue
        restated = _restated(oracle, sound, broken)

        findings = verify(sound, restated)

        assert (findings == []) is oracle.is_stable(result)
        outcomes.add(oracle.is_stable(result))
    assert False in outcomes


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


def _broken_plans(fault: Break) -> Iterator[tuple[Json, Market, Plan, Plan]]:
    """Yield two hundred plans that the fault really changed."""
    found = 0
    for seed in range(100_000):
        data = random_market(seed, people=8, postings=4, wishes=4)
        sound = read_market(data)
        if len(sound.candidates) < 2:
            continue
        plan = match(sound)
        broken = fault(random.Random(seed), sound, plan)
        if broken is None or broken == plan:
            continue
        yield data, sound, plan, seal_plan(broken)
        found += 1
        if found == WANTED:
            return
    raise AssertionError(f"only {found} markets could be broken that way")


def _restated(oracle: Oracle, sound: Market, broken: Plan) -> Plan:
    """Give broken places the seats and cut-offs that fit them, as a careful forger would."""
    result = {row.candidate: row.posting for row in broken.assignments}
    held = oracle.holds(result)
    rows = []
    for row in broken.assignments:
        seat = None
        if row.posting is not None:
            label = oracle.choose(row.posting, held).get((row.candidate, row.posting))
            seat = Seat(label) if label else Seat.OPEN
        rows.append(replace(row, seat=seat))
    ranks = lottery_ranks(sound.seed, (person.id for person in sound.candidates))
    places = {row.candidate: (row.posting, row.seat) for row in rows if row.posting and row.seat}
    return seal_plan(
        replace(broken, assignments=tuple(rows), cutoffs=find_cutoffs(sound, ranks, places))
    )


def _with_row(plan: Plan, index: int, **changes: Any) -> Plan:
    rows = list(plan.assignments)
    rows[index] = replace(rows[index], **changes)
    return replace(plan, assignments=tuple(rows))
