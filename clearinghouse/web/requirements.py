"""What a posting asks beside what a person brings, line by line, and how points add up."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clearinghouse.quotas import queries as quotas
from clearinghouse.quotas.enums import CRITERION_SCALE, Criterion, Reason
from clearinghouse.quotas.rules import Profile, split_points
from clearinghouse.registry import queries as registry
from clearinghouse.registry.enums import Qualification

if TYPE_CHECKING:
    from clearinghouse.applications.queries import CaseFile
    from clearinghouse.quotas.models import Quota


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement: its name, what is asked, what the person brings, and whether that does."""

    label: str
    asked: str
    own: str
    met: bool


@dataclass(frozen=True, slots=True)
class Own:
    """What a person brings, in words; `languages` maps a language to its CEFR level."""

    age: str
    work: str
    years: int
    school: str
    languages: Mapping[str, str]
    origin: str


@dataclass(frozen=True, slots=True)
class PointsLine:
    """One criterion of the points rule; `most` is the best value that counts."""

    label: str
    value: int
    most: int
    weight: int
    points: int


@dataclass(frozen=True, slots=True)
class Points:
    """All criteria that count at a posting and their sum."""

    lines: list[PointsLine]
    total: int


@dataclass(frozen=True, slots=True)
class Names:
    """Names of occupations and languages, read once for a page."""

    occupations: dict[str, str]
    languages: dict[str, str]


def names() -> Names:
    """Read the names that the lines of a page need."""
    return Names(dict(registry.occupation_choices()), dict(registry.language_choices()))


def own_of_profile(profile: Profile, *, on: date, known: Names) -> Own:
    """Put a person's own profile in words."""
    return Own(
        age=_years_old(profile, on),
        work=known.occupations.get(profile.occupation, profile.occupation),
        years=profile.experience_years,
        school=str(Qualification(profile.qualification).label),
        languages=profile.languages,
        origin=_own_state(profile),
    )


def own_of_file(file: "CaseFile") -> Own:
    """Put a pseudonymous file in words: no age, no nationality."""
    return Own(
        age=_("18 or older") if file.is_adult else _("under 18"),
        work=registry.occupation_title(file.occupation),
        years=file.experience_years,
        school=file.get_qualification_display(),
        languages=dict(file.languages),
        origin="",
    )


def requirement_lines(
    quota: "Quota", own: Own, unmet: Collection[Reason], *, known: Names
) -> list[Line]:
    """Draw up the requirements of a posting for a person; `unmet` is what the rules found."""
    language = known.languages.get(quota.language, quota.language)
    level = own.languages.get(quota.language, "") if quota.language else ""
    rows = [
        (Reason.MINOR, _("Age"), _("18 or older"), own.age),
        (Reason.OCCUPATION, _("Kind of work"), _occupation_asked(quota), own.work),
        (
            Reason.EXPERIENCE,
            _("Years of work"),
            _years(quota.min_experience_years) if quota.min_experience_years else "",
            _years(own.years),
        ),
        (
            Reason.QUALIFICATION,
            _("School"),
            "" if quota.min_qualification == "0" else quota.get_min_qualification_display(),
            own.school,
        ),
        (
            Reason.LANGUAGE,
            _("Language"),
            _named(language, quota.min_language_level) if quota.min_language_level else "",
            _named(language, level) if level else "",
        ),
        (Reason.ORIGIN, _("Open to people from"), _origins(quota), own.origin),
    ]
    return [
        Line(label, asked or _("Nothing asked"), brought, reason not in unmet)
        for reason, label, asked, brought in rows
        if asked or reason not in {Reason.LANGUAGE, Reason.ORIGIN}
    ]


def points_of(quota: "Quota", profile: Profile) -> Points:
    """Count a person's points at a posting, leaving out criteria without weight."""
    counted = split_points(quotas.facts_of(quota), profile)
    lines = [
        PointsLine(str(Criterion(name).label), value, CRITERION_SCALE[name], weight, points)
        for name, value, weight, points in counted
        if weight
    ]
    return Points(lines, sum(line.points for line in lines))


def _occupation_asked(quota: "Quota") -> str:
    title = registry.occupation_title(quota.occupation)
    if not quota.occupation_digits:
        return ""
    if quota.occupation_digits == len(quota.occupation.code):
        return title
    return _("%(occupation)s, or work of the same group") % {"occupation": title}


def _origins(quota: "Quota") -> str:
    return ", ".join(sorted(registry.state_name(state) for state in quota.open_to.all()))


def _own_state(profile: Profile) -> str:
    if not profile.nationality:
        return _("No nationality")
    return registry.state_name(registry.get_state(profile.nationality))


def _years_old(profile: Profile, on: date) -> str:
    born = profile.birth_date
    return _years(on.year - born.year - ((on.month, on.day) < (born.month, born.day)))


def _years(count: int) -> str:
    return ngettext("%(count)d year", "%(count)d years", count) % {"count": count}


def _named(language: str, level: str) -> str:
    return _("%(language)s, level %(level)s") % {"language": language, "level": level}
