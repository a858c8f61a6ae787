"""What one nomination says, and whether it can be true; the same for a form and for a file.

Nothing here looks for the person: an answer never depends on whether somebody is known already.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from clearinghouse.people.enums import AGE_OF_MAJORITY
from clearinghouse.people.guards import OLDEST
from clearinghouse.people.rules import age_on
from clearinghouse.shared.texts import holds_controls, turns_direction, visible

_LONGEST = {
    "reference": 40,
    "given_names": 120,
    "family_name": 120,
    "birth_date": 10,
    "email": 254,
    "occupation": 4,
    "posting": 40,
}
_OPTIONAL = frozenset({"family_name", "posting"})
# In these columns people read what is written, so something must be visible.
_READ = frozenset({"reference", "given_names", "family_name"})
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A spreadsheet would run a cell that begins like this.
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class NominationData:
    """What a state writes about one worker, as text.

    `reference` is the state's own name for the row, `birth_date` is YYYY-MM-DD, `occupation` a
    four-digit ISCO-08 code, `posting` the reference of a quota or empty.
    """

    reference: str
    given_names: str
    family_name: str
    birth_date: str | date
    email: str
    occupation: str
    posting: str = ""


COLUMNS = tuple(field.name for field in fields(NominationData))
REQUIRED_COLUMNS = tuple(name for name in COLUMNS if name != "posting")


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may refer to: keys of occupations by code and of postings by reference, and the
    references that the state has used."""

    occupations: Mapping[str, int]
    postings: Mapping[str, int]
    taken: set[str]


def cells_of(data: NominationData) -> dict[str, str]:
    """Return the values of a form as the cells of a file would hold them."""
    return {name: str(value) for name, value in asdict(data).items()}


def clean(cells: Mapping[str, str]) -> dict[str, str]:
    """Return cells with composed letters and single spaces."""
    return {
        name: " ".join(unicodedata.normalize("NFC", cells.get(name, "")).split(" ")).strip()
        for name in COLUMNS
    }


def problems_of(cells: Mapping[str, str], known: Known, *, on: date) -> list[tuple[str, str]]:
    """List (column, sentence) of everything that is wrong with clean cells."""
    found = [(name, text) for name in COLUMNS if (text := _shape(name, cells[name]))]
    broken = {name for name, _text in found}
    checks = {
        "reference": _reference,
        "birth_date": _birth_date,
        "email": _email,
        "occupation": _occupation,
        "posting": _posting,
    }
    for name, check in checks.items():
        if name not in broken and (text := check(cells[name], known, on)):
            found.append((name, text))
    return found


def _shape(name: str, text: str) -> str:
    if not (visible(text) if name in _READ else text):
        return "" if not text and name in _OPTIONAL else _("This is missing.")
    if len(text) > _LONGEST[name]:
        return _("This is too long: %(limit)d characters at most.") % {"limit": _LONGEST[name]}
    if holds_controls(text):
        return _("Line breaks and tabs are not allowed here.")
    if turns_direction(text):
        return _("Invisible characters that change the direction of a text are not allowed here.")
    if text.startswith(_FORMULA):
        return _("This cannot begin with = + - or @, because spreadsheets would run it.")
    return ""


def _reference(text: str, known: Known, _on: date) -> str:
    if text in known.taken:
        return _("Your state has used this reference already.")
    return ""


def _birth_date(text: str, _known: Known, on: date) -> str:
    try:
        born = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        born = None
    if born is None:
        return _("Write the date as year-month-day, for example 1990-04-23.")
    if age_on(born, on) < AGE_OF_MAJORITY:
        return _("Only people of 18 or older can be nominated for work.")
    if age_on(born, on) > OLDEST:
        return _("This person would be more than %(oldest)d years old.") % {"oldest": OLDEST}
    return ""


def _email(text: str, _known: Known, _on: date) -> str:
    try:
        validate_email(text)
    except ValidationError:
        return _("This is not an e-mail address.")
    return ""


def _occupation(text: str, known: Known, _on: date) -> str:
    if text not in known.occupations:
        return _("This is not a four-digit ISCO-08 code. Keep leading zeros, for example 0110.")
    return ""


def _posting(text: str, known: Known, _on: date) -> str:
    if text and text not in known.postings:
        return _("No open or published posting has this reference.")
    return ""
