"""What each kind of file holds: whose rows, in which order, which columns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from clearinghouse.applications import queries as applications
from clearinghouse.exports.enums import Kind


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of a list a person looks at: words to search for, and a status."""

    search: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A list of people's records: its rows for an actor, its columns, and who is who in it."""

    rows: Callable[[Any, Selection], Iterable[Any]]
    chosen: Callable[[Any, Sequence[UUID]], Iterable[Any]]
    header: Callable[[], Sequence[str]]
    cells: Callable[[Any], Sequence[str]]
    person: Callable[[Any], str]


def rows_of(kind: str, actor: Any, selection: Selection) -> list[Any]:
    """Return the rows that an actor may have in a file of a kind, by their own reference."""
    return sorted(SOURCES[kind].rows(actor, selection), key=lambda row: row.reference)


def chosen(kind: str, actor: Any, subjects: Iterable[UUID]) -> list[Any]:
    """Return those rows of a kind that were fixed before and that the actor may still have."""
    return sorted(SOURCES[kind].chosen(actor, list(subjects)), key=lambda row: row.reference)


def person_of(kind: str, row: Any, state_id: int) -> str:
    """Return a keyed digest that is the same for the same person in files of one office."""
    person = f"{state_id}:{SOURCES[kind].person(row)}"
    return salted_hmac("exports.person", person, algorithm="sha256").hexdigest()


def _nomination_header() -> Sequence[str]:
    return (
        *(_("Reference"), _("Given names"), _("Family name"), _("Birth date")),
        *(_("E-mail address"), _("Occupation"), _("Posting"), _("Nominated"), _("Status")),
    )


def _nomination_cells(row: applications.NominationRow) -> Sequence[str]:
    return (
        row.reference,
        row.given_names,
        row.family_name,
        row.birth_date.isoformat(),
        row.email,
        row.occupation.code,
        row.quota.reference if row.quota else "",
        row.nominated_at.date().isoformat(),
        row.get_status_display(),
    )


SOURCES: Final[Mapping[str, Source]] = {
    Kind.NOMINATIONS: Source(
        rows=lambda actor, wanted: applications.list_nominations(
            actor, wanted.search, wanted.status
        ),
        chosen=lambda actor, subjects: applications.list_nominations(actor).filter(
            public_id__in=subjects
        ),
        header=_nomination_header,
        cells=_nomination_cells,
        person=lambda row: f"{row.email.lower()}:{row.birth_date.isoformat()}",
    )
}
