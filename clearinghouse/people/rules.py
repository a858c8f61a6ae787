"""What a profile is, as values: no tables, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clearinghouse.people.enums import AGE_OF_MAJORITY


@dataclass(frozen=True, slots=True)
class ProfileData:
    """What a form or a program sends about a person.

    `nationality` and `former_residence` are ISO alpha-2 codes or empty; an empty nationality needs
    `stateless`. `occupation` is a four-digit ISCO-08 code, `languages` are pairs of a language
    code and a CEFR level. `version` is the one that the form was filled from, none for the first.
    """

    given_names: str
    family_name: str
    birth_date: date
    occupation: str
    nationality: str = ""
    stateless: bool = False
    former_residence: str = ""
    experience_years: int = 0
    qualification: str = "0"
    languages: Sequence[tuple[str, str]] = ()
    phone: str = ""
    version: int | None = None


def age_on(birth_date: date, on: date) -> int:
    """Return the completed years of a person; one born on 29 February counts from 1 March."""
    had_birthday = (on.month, on.day) >= (birth_date.month, birth_date.day)
    return on.year - birth_date.year - (not had_birthday)


def last_birth_date_of_adults(on: date) -> date:
    """Return the latest birth date of somebody who is of age on a day."""
    year = on.year - AGE_OF_MAJORITY
    try:
        return on.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
