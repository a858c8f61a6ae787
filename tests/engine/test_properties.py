"""What section 2 of the matching page guarantees, on markets that Hypothesis tries to break."""

from itertools import pairwise, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from clearinghouse.engine import match, read_market
from tests.engine.helpers import places, position, results
from tests.engine.markets import ORDERS, Json, candidate, market, markets, posting
from tests.engine.oracle import Oracle

EXAMPLES = settings(max_examples=150, deadline=None)


@settings(max_examples=60, deadline=None)
@given(markets(people=4, postings=3), st.data())
def test_rewards_no_false_list(data: Json, more: st.DataObject) -> None:
    truth = results(data)
    names = [row["id"] for row in data["postings"]]
    for row in data["candidates"]:
        points = {wish["posting"]: wish["points"] for wish in row["wishes"]}
        for name in names:
            points.setdefault(name, more.draw(st.integers(0, 3)))
        for length in range(len(names) + 1):
            for listed in permutations(names, length):
                lie = candidate(
                    row["id"],
                    *((name, points[name]) for name in listed),
                    protected=row["protected"],
                )
                got = results(_replaced(data, lie))[row["id"]]
                assert position(data, row["id"], truth[row["id"]]) <= position(data, row["id"], got)


@EXAMPLES
@given(markets(people=7))
def test_never_hurts_whoever_declares_protected_status(data: Json) -> None:
    silent = results(data)
    for row in data["candidates"]:
        declared = results(_replaced(data, row | {"protected": True}))
        _assert_no_worse(data, row["id"], declared, silent)


@EXAMPLES
@given(markets(people=7))
def test_never_hurts_whoever_gains_points(data: Json) -> None:
    before = results(data)
    for row in data["candidates"]:
        for index, wish in enumerate(row["wishes"]):
            wishes = [*row["wishes"]]
            wishes[index] = wish | {"points": wish["points"] + 2}
            after = results(_replaced(data, row | {"wishes": wishes}))
            _assert_no_worse(data, row["id"], after, before)


@EXAMPLES
@given(markets(people=7))
def test_never_hurts_those_who_stay_when_somebody_leaves(data: Json) -> None:
    before = results(data)
    for gone in data["candidates"]:
        rest = [row for row in data["candidates"] if row is not gone]
        after = results(data | {"candidates": rest})
        for row in rest:
            _assert_no_worse(data, row["id"], after, before)


@EXAMPLES
@given(markets(people=7))
def test_gives_places_only_as_asked_and_within_limits(data: Json) -> None:
    given_places = results(data)

    for row in data["candidates"]:
        wished = [wish["posting"] for wish in row["wishes"]]
        assert given_places[row["id"]] in [None, *wished]
    taken = list(given_places.values())
    for row in data["postings"]:
        assert taken.count(row["id"]) <= row["quota"]
    for cap in data["caps"]:
        assert sum(map(taken.count, cap["postings"])) <= cap["limit"]


@EXAMPLES
@given(markets(people=9))
def test_leads_everyone_to_their_result_by_cutoffs_alone(data: Json) -> None:
    sound = read_market(data)
    plan = match(sound)
    bars = {cutoff.posting: cutoff for cutoff in plan.cutoffs if cutoff.posting}
    tickets = _tickets(data)
    for person, got in zip(sound.candidates, plan.assignments, strict=True):
        met = [
            wish.posting
            for wish in person.wishes
            for bar in [getattr(bars[wish.posting], _group(person.protected))]
            if bar is None
            or (
                bar.candidate is not None
                and (wish.points, -tickets[person.id]) >= (bar.points, -tickets[bar.candidate])
            )
        ]
        assert next(iter(met), None) == got.posting


@EXAMPLES
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=9),
    st.integers(1, 5),
    st.sampled_from(ORDERS),
)
def test_only_adds_protected_people_at_a_posting_with_a_larger_reserve(
    people: list[tuple[bool, int]], quota: int, order: str
) -> None:
    rows = [
        candidate(f"c{index}", ("X", points), protected=protected)
        for index, (protected, points) in enumerate(people)
    ]
    placed = [
        {
            name
            for (name, (where, _)), row in zip(
                places(market([posting("X", quota, reserve, order=order)], rows)).items(),
                rows,
                strict=True,
            )
            if where and row["protected"]
        }
        for reserve in range(quota + 1)
    ]

    assert all(less <= more for less, more in pairwise(placed))


def _replaced(data: Json, row: Json) -> Json:
    rows = [row if row["id"] == other["id"] else other for other in data["candidates"]]
    return data | {"candidates": rows}


def _assert_no_worse(
    data: Json, name: str, after: dict[str, str | None], before: dict[str, str | None]
) -> None:
    assert position(data, name, after[name]) <= position(data, name, before[name])


def _tickets(data: Json) -> dict[str, int]:
    return Oracle(data).ticket


def _group(protected: bool) -> str:
    return "protected" if protected else "others"
