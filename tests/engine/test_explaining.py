"""Reasons and remedies, from cut-offs alone."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from clearinghouse.engine import (
    Bar,
    Explanation,
    InputError,
    Market,
    Plan,
    Reason,
    Seat,
    UnknownCandidateError,
    WishOutcome,
    explain,
    explain_all,
    explanation_text,
    explanation_to_json,
    lottery_ranks,
    match,
    read_market,
)
from tests.engine.markets import Json, candidate, market, markets, posting


def example() -> Json:
    """Let d miss three postings in three ways; in the lottery of seed 01 d comes last."""
    return market(
        [posting(name, 1, int(name == "W")) for name in "VWXYZ"],
        [
            candidate("a", ("W", 1), protected=True),
            candidate("b", ("X", 9)),
            candidate("c", ("Y", 5)),
            candidate("d", ("W", 9), ("X", 7), ("Y", 5), ("Z", 1), ("V", 3)),
        ],
        seed="01",
    )


def explained(name: str, data: Json | None = None) -> Explanation:
    sound = read_market(data or example())
    return explain(sound, match(sound), name)


def test_explains_every_wish_in_order() -> None:
    assert explained("d") == Explanation(
        candidate="d",
        protected=False,
        lottery_rank=3,
        candidates=4,
        posting="Z",
        seat=Seat.OPEN,
        wishes=(
            WishOutcome(1, "W", 9, Reason.NO_PLACE_FOR_GROUP),
            WishOutcome(2, "X", 7, Reason.CUTOFF_NOT_MET, 9, 2, 10),
            WishOutcome(3, "Y", 5, Reason.LOTTERY_NOT_MET, 5, 0, 6),
            WishOutcome(4, "Z", 1, Reason.PLACED),
            WishOutcome(5, "V", 3, Reason.PLACED_HIGHER),
        ),
    )


def test_explains_in_plain_english() -> None:
    assert explanation_text(explained("d")).splitlines() == [
        "Candidate d",
        "Result: placed at Z on an open place, won by points and lottery number among everyone.",
        "Lottery: number 4 of 4 (number 1 is best; it decides between people with equal points).",
        "Reserve: this candidate is not under protection.",
        "",
        "Wishes in order:",
        "  1. W, 9 points: no place was open to this group, whatever the points.",
        "  2. X, 7 points: 2 below the cut-off of 9 points; 10 points would have met this cut-off.",
        (
            "  3. Y, 5 points: same points as the cut-off, but a later lottery number;"
            " 6 points would have met this cut-off."
        ),
        "  4. Z, 1 point: placed here.",
        "  5. V, 3 points: not needed, because a wish higher on the list was met.",
    ]


def test_explains_a_reserved_place_in_plain_english() -> None:
    assert "placed at W on a reserved place" in explanation_text(explained("a"))


def test_explains_no_place_in_plain_english() -> None:
    data = market([posting("X", 0)], [candidate("a", ("X", 1)), candidate("b")])

    assert "Result: no place in this round." in explanation_text(explained("a", data))
    assert explanation_text(explained("b", data)).endswith("This candidate wished no posting.")


def test_explains_that_no_points_would_have_been_enough() -> None:
    data = market([posting("X", 1)], [candidate(name, ("X", 65_535)) for name in "abcd"], seed="01")
    loser = next(row for row in (explained(name, data) for name in "abcd") if not row.posting)

    assert loser.wishes[0].points_needed is None
    assert "no number of points would have met this cut-off" in explanation_text(loser)


def test_explains_as_codes_and_numbers() -> None:
    value: Any = explanation_to_json(explained("d"))

    assert value["seat"] == "open"
    assert value["wishes"][2] == {
        "choice": 3,
        "posting": "Y",
        "points": 5,
        "reason": "lottery_not_met",
        "cutoff_points": 5,
        "points_short": 0,
        "points_needed": 6,
    }


@settings(max_examples=100, deadline=None)
@given(markets(people=8))
def test_explains_without_naming_anyone_else(data: Json) -> None:
    sound = read_market(data)
    for explanation in explain_all(sound, match(sound)):
        text = explanation_text(explanation) + str(explanation_to_json(explanation))
        others = {row["id"] for row in data["candidates"]} - {explanation.candidate}
        assert not [name for name in others if name in text]


@settings(max_examples=150, deadline=None)
@given(markets(people=8))
def test_names_points_that_meet_the_published_cutoff(data: Json) -> None:
    """No promise of a place: a person who moves up can move others, who then come back."""
    sound = read_market(data)
    plan = match(sound)
    for explanation in explain_all(sound, plan):
        for wish in explanation.wishes:
            if wish.points_needed is None:
                continue
            assert _meets(sound, plan, explanation, wish.posting, wish.points_needed)
            assert not _meets(sound, plan, explanation, wish.posting, wish.points_needed - 1)


def test_explains_everyone_as_one_by_one() -> None:
    sound = read_market(example())
    plan = match(sound)

    assert list(explain_all(sound, plan)) == [explain(sound, plan, name) for name in "abcd"]


def test_refuses_a_candidate_it_does_not_know() -> None:
    with pytest.raises(UnknownCandidateError):
        explained("nobody")


def _forged(plan: Plan) -> list[tuple[Plan, str]]:
    shut = replace(plan.cutoffs[2], others=None)
    stranger = replace(plan.cutoffs[2], others=Bar(9, "nobody"))
    return [
        (replace(plan, market_digest="0" * 64), "market_digest: the plan belongs to another"),
        (replace(plan, assignments=plan.assignments[:2]), "assignments: somebody in the market"),
        (replace(plan, cutoffs=plan.cutoffs[1:]), "cutoffs: a posting of the market is missing"),
        (
            replace(plan, cutoffs=(*plan.cutoffs[:2], shut, *plan.cutoffs[3:])),
            "cutoffs: contradict",
        ),
        (
            replace(plan, cutoffs=(*plan.cutoffs[:2], stranger, *plan.cutoffs[3:])),
            "cutoffs: contra",
        ),
    ]


def test_refuses_a_plan_that_does_not_fit() -> None:
    sound = read_market(example())
    for forged, message in _forged(match(sound)):
        with pytest.raises(InputError, match=message):
            explain(sound, forged, "d")


def _meets(market: Market, plan: Plan, me: Explanation, posting: str, points: int) -> bool:
    """Compare points and lottery with the published cut-off of the person's group."""
    cutoff = next(row for row in plan.cutoffs if row.posting == posting)
    bar = cutoff.protected if me.protected else cutoff.others
    if bar is None or bar.candidate is None:
        return bar is None
    ranks = lottery_ranks(market.seed, [person.id for person in market.candidates])
    return (-points, ranks[me.candidate]) <= (-bar.points, ranks[bar.candidate])
