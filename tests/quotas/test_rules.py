"""Who meets a posting, what counts, how a reserve rounds."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearinghouse.quotas import rules
from clearinghouse.quotas.enums import CRITERION_SCALE, WEIGHT_MAX, Criterion, Reason
from clearinghouse.quotas.rules import Profile, QuotaFacts, round_reserves

ON = date(2026, 11, 21)


def _profile(**over: object) -> Profile:
    fields = {
        "birth_date": date(1990, 5, 1),
        "nationality": "SY",
        "occupation": "7212",
        "experience_years": 6,
        "qualification": "3",
        "languages": {"de": "B1", "en": "A2"},
    }
    return Profile(**{**fields, **over})  # type: ignore[arg-type]


def test_reasons_when_all_is_met() -> None:
    facts = QuotaFacts(
        occupation="7213",
        occupation_digits=3,
        language="de",
        min_language_level="B1",
        min_experience_years=6,
        min_qualification="3",
        open_to=frozenset({"SY"}),
    )
    assert rules.reasons(facts, _profile(), on=ON) == []


@pytest.mark.parametrize(
    ("facts", "person", "expected"),
    [
        ({}, {"birth_date": date(2008, 11, 22)}, [Reason.MINOR]),
        ({"language": "de", "min_language_level": "B2"}, {}, [Reason.LANGUAGE]),
        ({"language": "fr", "min_language_level": "A1"}, {}, [Reason.LANGUAGE]),
        ({"min_experience_years": 7}, {}, [Reason.EXPERIENCE]),
        ({"min_qualification": "4"}, {}, [Reason.QUALIFICATION]),
        ({"occupation_digits": 4}, {"occupation": "7213"}, [Reason.OCCUPATION]),
        ({"open_to": frozenset({"UA"})}, {}, [Reason.ORIGIN]),
        ({"open_to": frozenset({"UA"})}, {"nationality": ""}, [Reason.ORIGIN]),
        (
            {"min_experience_years": 9, "min_qualification": "8"},
            {},
            [Reason.EXPERIENCE, Reason.QUALIFICATION],
        ),
    ],
)
def test_reasons_name_each_requirement_not_met(
    facts: dict[str, object], person: dict[str, object], expected: list[Reason]
) -> None:
    posting = QuotaFacts(**{"occupation": "7212", **facts})  # type: ignore[arg-type]
    assert rules.reasons(posting, _profile(**person), on=ON) == expected


def test_reasons_ignore_level_of_another_language() -> None:
    facts = QuotaFacts(occupation="7212", language="en", min_language_level="B1")
    assert rules.reasons(facts, _profile(), on=ON) == [Reason.LANGUAGE]


@pytest.mark.parametrize(
    ("born", "on", "adult"),
    [
        (date(2008, 11, 21), ON, True),
        (date(2008, 11, 22), ON, False),
        (date(2008, 2, 29), date(2026, 2, 28), False),
        (date(2008, 2, 29), date(2026, 3, 1), True),
    ],
)
def test_is_adult_counts_completed_years(born: date, on: date, adult: bool) -> None:
    assert rules.is_adult(born, on=on) is adult


def test_points_add_up_line_by_line() -> None:
    facts = QuotaFacts(
        occupation="7211",
        language="de",
        weights={
            Criterion.LANGUAGE: 100,
            Criterion.EXPERIENCE: 10,
            Criterion.QUALIFICATION: 1,
            Criterion.OCCUPATION: 7,
            Criterion.PRIORITY: 50,
        },
        priority_occupations=frozenset({"72"}),
    )
    assert rules.split_points(facts, _profile()) == [
        (Criterion.LANGUAGE, 3, 100, 300),
        (Criterion.EXPERIENCE, 6, 10, 60),
        (Criterion.QUALIFICATION, 3, 1, 3),
        (Criterion.OCCUPATION, 3, 7, 21),
        (Criterion.PRIORITY, 1, 50, 50),
    ]
    assert rules.points(facts, _profile()) == 434


def test_points_count_experience_up_to_its_scale() -> None:
    facts = QuotaFacts(occupation="7212", weights={Criterion.EXPERIENCE: 3})
    assert rules.points(facts, _profile(experience_years=45)) == 60


def test_points_count_no_priority_outside_the_named_groups() -> None:
    facts = QuotaFacts(
        occupation="7212",
        weights={Criterion.PRIORITY: 9},
        priority_occupations=frozenset({"73", "721"}),
    )
    assert rules.points(facts, _profile(occupation="7311")) == 9
    assert rules.points(facts, _profile(occupation="7221")) == 0


def test_points_never_reach_beyond_two_bytes() -> None:
    assert rules.max_points(dict.fromkeys(CRITERION_SCALE, WEIGHT_MAX)) < 65_536


def test_points_ignore_nationality_and_age() -> None:
    facts = QuotaFacts(occupation="7212", weights=dict.fromkeys(Criterion, 11))
    other = _profile(nationality="NO", birth_date=date(1960, 1, 1))
    assert rules.points(facts, other) == rules.points(facts, _profile())


@given(
    st.sampled_from(["language", "experience", "qualification", "occupation"]),
    st.dictionaries(st.sampled_from(list(Criterion)), st.integers(0, WEIGHT_MAX)),
)
def test_points_never_fall_when_a_profile_improves(
    better: str, weights: dict[Criterion, int]
) -> None:
    facts = QuotaFacts(occupation="7212", language="de", weights=weights)
    before = _profile(occupation="7311")
    improved = {
        "language": {"languages": {"de": "C1"}},
        "experience": {"experience_years": 9},
        "qualification": {"qualification": "7"},
        "occupation": {"occupation": "7212"},
    }[better]
    after = _profile(**{"occupation": "7311", **improved})
    assert rules.points(facts, after) >= rules.points(facts, before)


def test_round_reserves_of_nine_small_postings() -> None:
    items = [(f"DE-{number}", 5, Decimal(10)) for number in range(9)]
    reserved = round_reserves(items)
    assert sum(reserved.values()) == 5
    assert sorted(reserved.values()) == [0, 0, 0, 0, 1, 1, 1, 1, 1]


def test_round_reserves_breaks_ties_by_reference() -> None:
    assert round_reserves([("B", 5, Decimal(10)), ("A", 5, Decimal(10))]) == {"A": 1, "B": 0}


@pytest.mark.parametrize(
    ("places", "share", "expected"),
    [(10, "20", 2), (10, "0", 0), (7, "100", 7), (3, "0.01", 1), (1, "50", 1), (200, "0.50", 1)],
)
def test_round_reserves_of_one_posting_rounds_up(places: int, share: str, expected: int) -> None:
    assert round_reserves([("A", places, Decimal(share))]) == {"A": expected}


def test_round_reserves_of_nothing() -> None:
    assert round_reserves([]) == {}


_POSTINGS = st.lists(
    st.tuples(st.integers(1, 40), st.decimals(0, 100, places=2)), min_size=1, max_size=25
)


@given(_POSTINGS, st.randoms(use_true_random=False))
def test_round_reserves_keeps_the_total_and_stays_next_to_the_share(
    postings: list[tuple[int, Decimal]], random: Random
) -> None:
    items = [(f"P{n:02d}", places, share) for n, (places, share) in enumerate(postings)]
    exact = {key: Fraction(share) * places / 100 for key, places, share in items}
    reserved = round_reserves(items)
    assert sum(reserved.values()) == ceil(sum(exact.values()))
    for key, places, _ in items:
        assert floor(exact[key]) <= reserved[key] <= min(places, ceil(exact[key]))
    shuffled = random.sample(items, len(items))
    assert round_reserves(shuffled) == reserved
