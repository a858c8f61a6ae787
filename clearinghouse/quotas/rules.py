"""The rules of a posting as pure functions: who meets it, what points count, how a reserve rounds.

Values in, values out: no tables, no clock. Sections named are those of the matching page.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from clearinghouse.quotas.enums import CRITERION_SCALE, Criterion, Reason
from clearinghouse.registry.enums import CEFR_RANK

ADULT_AGE = 18
# A share is a percentage with two decimals, so that whole numbers carry it without loss.
SHARE_UNITS = 10_000

Key = TypeVar("Key", bound=Hashable)
PointsLine = tuple[Criterion, int, int, int]


@dataclass(frozen=True, slots=True)
class Profile:
    """What the rules may know of a person; nothing else can influence eligibility or points.

    `nationality` is an ISO alpha-2 code or empty (stateless), `occupation` an ISCO-08 code,
    `qualification` "0" to "8", `languages` maps a language code to its CEFR level.
    """

    birth_date: date
    nationality: str
    occupation: str
    experience_years: int
    qualification: str
    languages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class QuotaFacts:
    """What the rules know of a posting; made by `queries.facts_of`."""

    occupation: str
    occupation_digits: int = 0
    language: str = ""
    min_language_level: str = ""
    min_experience_years: int = 0
    min_qualification: str = "0"
    open_to: frozenset[str] = frozenset()
    weights: Mapping[Criterion, int] = field(default_factory=dict)
    priority_occupations: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class QuotaDraft:
    """The editable fields of a quota, as a form or a program sends them.

    `starts_on` and `ends_on` are both inside the period; `reserve_share` is in percent; wages are
    in `wage_currency` a `wage_unit`; `open_to` holds ISO alpha-2 codes (empty: everybody).
    """

    title: str
    category: str
    occupation: str
    starts_on: date
    ends_on: date
    places: int
    reserve_share: Decimal
    reserve_order: str
    wage_amount: Decimal
    wage_currency: str
    wage_unit: str
    comparator_wage: Decimal
    summary: str = ""
    health_cover: bool = False
    housing: bool = False
    ethical_recruitment: bool = False
    no_worker_fees: bool = False
    complaint_route: str = ""
    language: str = ""
    min_language_level: str = ""
    min_experience_years: int = 0
    min_qualification: str = "0"
    occupation_digits: int = 0
    open_to: frozenset[str] = frozenset()
    weight_language: int = 0
    weight_experience: int = 0
    weight_qualification: int = 0
    weight_occupation: int = 0
    weight_priority: int = 0
    by_lot: bool = False
    priority_occupations: frozenset[str] = frozenset()
    source_title: str = ""
    source_url: str = ""
    source_places: int | None = None
    figure_kind: str = ""


def reasons(facts: QuotaFacts, profile: Profile, *, on: date) -> list[Reason]:
    """List why a person does not meet a posting on a day; an empty list means all is met."""
    found = {
        Reason.MINOR: not is_adult(profile.birth_date, on=on),
        Reason.LANGUAGE: bool(facts.min_language_level)
        and _language_rank(facts, profile) < CEFR_RANK[facts.min_language_level],
        Reason.EXPERIENCE: profile.experience_years < facts.min_experience_years,
        Reason.QUALIFICATION: int(profile.qualification) < int(facts.min_qualification),
        Reason.OCCUPATION: shared_digits(facts.occupation, profile.occupation)
        < facts.occupation_digits,
        Reason.ORIGIN: bool(facts.open_to) and profile.nationality not in facts.open_to,
    }
    return [reason for reason, applies in found.items() if applies]


def is_adult(birth_date: date, *, on: date) -> bool:
    """Tell whether a person is eighteen or older; 29 February counts as 1 March in other years."""
    had_birthday = (on.month, on.day) >= (birth_date.month, birth_date.day)
    return on.year - birth_date.year - (not had_birthday) >= ADULT_AGE


def shared_digits(first: str, second: str) -> int:
    """Count the leading digits that two ISCO-08 codes share, 0 to 4."""
    count = 0
    for ours, theirs in zip(first, second, strict=False):
        if ours != theirs:
            break
        count += 1
    return count


def points(facts: QuotaFacts, profile: Profile) -> int:
    """Return a person's points at a posting, 0 to 65,535."""
    return sum(line[3] for line in split_points(facts, profile))


def split_points(facts: QuotaFacts, profile: Profile) -> list[PointsLine]:
    """Split points into lines of (criterion, value on its scale, weight, value x weight)."""
    values = {
        Criterion.LANGUAGE: _language_rank(facts, profile),
        Criterion.EXPERIENCE: profile.experience_years,
        Criterion.QUALIFICATION: int(profile.qualification),
        Criterion.OCCUPATION: shared_digits(facts.occupation, profile.occupation),
        Criterion.PRIORITY: int(_has_priority(facts, profile)),
    }
    lines = []
    for criterion, value in values.items():
        counted = max(0, min(value, CRITERION_SCALE[criterion]))
        weight = facts.weights.get(criterion, 0)
        lines.append((criterion, counted, weight, counted * weight))
    return lines


def max_points(weights: Mapping[Criterion, int]) -> int:
    """Return the most points that anyone can have under these weights."""
    return sum(CRITERION_SCALE[criterion] * weight for criterion, weight in weights.items())


def round_reserves(items: Iterable[tuple[Key, int, Decimal]]) -> dict[Key, int]:
    """Round the reserve of one state over its postings (matching page, section 1).

    `items` are (key, places, share in percent). The state's total is the sum of share x places
    rounded up once; it is spread by largest remainder, ties by key. No posting gets more than its
    places, because its share is at most 100 percent.
    """
    exact = {key: int(share * 100) * places for key, places, share in items}
    reserved = {key: units // SHARE_UNITS for key, units in exact.items()}
    total = -(-sum(exact.values()) // SHARE_UNITS)
    by_remainder = sorted(exact, key=lambda key: (-(exact[key] % SHARE_UNITS), key))
    for key in by_remainder[: total - sum(reserved.values())]:
        reserved[key] += 1
    return reserved


def _language_rank(facts: QuotaFacts, profile: Profile) -> int:
    return CEFR_RANK.get(profile.languages.get(facts.language, ""), 0)


def _has_priority(facts: QuotaFacts, profile: Profile) -> bool:
    return any(profile.occupation.startswith(code) for code in facts.priority_occupations)
