"""Refilling places on the same sealed lists."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearinghouse.engine import InputError, market_without, match, read_market
from tests.engine.helpers import position
from tests.engine.markets import Json, candidate, market, markets, posting


@settings(max_examples=400, deadline=None)
@given(markets(people=8), st.data())
def test_keeps_every_accepted_place_and_hurts_nobody(data: Json, more: st.DataObject) -> None:
    first = read_market(data)
    before = {row.candidate: row.posting for row in match(first).assignments}
    choices = {name: more.draw(st.sampled_from(("gone", "accepted", "waits"))) for name in before}
    withdrawn = {name for name, choice in choices.items() if choice == "gone"}
    accepted = {
        name: place
        for name, place in before.items()
        if place is not None and choices[name] == "accepted"
    }

    second = market_without(first, withdrawn, accepted)
    after = {row.candidate: row.posting for row in match(second).assignments}

    assert after.keys() == before.keys() - withdrawn
    assert {name: after[name] for name in accepted} == accepted
    for name, place in after.items():
        assert position(data, name, place) <= position(data, name, before[name])


def test_offers_a_freed_reserved_place_to_a_protected_person_first() -> None:
    first = read_market(
        market(
            [posting("X", 2, 1)],
            [
                candidate("a", ("X", 9)),
                candidate("b", ("X", 3), protected=True),
                candidate("c", ("X", 8)),
                candidate("d", ("X", 1), protected=True),
            ],
        )
    )

    second = match(market_without(first, {"b"}, {"a": "X"}))

    assert [(row.candidate, row.posting) for row in second.assignments] == [
        ("a", "X"),
        ("c", None),
        ("d", "X"),
    ]


def test_refuses_people_and_postings_it_does_not_know() -> None:
    first = read_market(market([posting("X", 1)], [candidate("a", ("X", 1)), candidate("b")]))

    with pytest.raises(InputError) as caught:
        market_without(first, {"a", "z"}, {"a": "X", "b": "X", "y": "X"})

    assert str(caught.value).splitlines() == [
        "withdrawn: candidate 'a' has accepted a place",
        "withdrawn: unknown candidate 'z'",
        "accepted: candidate 'b' never wished 'X'",
        "accepted: unknown candidate 'y'",
    ]
