"""What section 2 of the matching page guarantees, on markets that Hypothesis tries to break."""

from hypothesis import given, settings

from tests.engine.helpers import position, results
from tests.engine.markets import Json, markets

EXAMPLES = settings(max_examples=150, deadline=None)


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


def _assert_no_worse(
    data: Json, name: str, after: dict[str, str | None], before: dict[str, str | None]
) -> None:
    assert position(data, name, after[name]) <= position(data, name, before[name])
