"""Long lists of nominations, and files of them."""

from datetime import date
from typing import Any

from accounts.models import User
from clearinghouse.applications.models import Nomination
from clearinghouse.exports import queries, services
from clearinghouse.exports.enums import Kind
from clearinghouse.exports.models import Export
from clearinghouse.exports.sources import Selection
from clearinghouse.registry.models import Occupation, State
from tests.factories.accounts import make_user
from tests.factories.people import NOW

ALL = Selection()


def make_office(count: int = 2, state: str = "KE") -> list[User]:
    """Make colleagues of one office."""
    return [make_user("origin_officer", state=state) for _number in range(count)]


def make_list(officer: User, count: int, *, group: str = "all", first: int = 0) -> None:
    """Let a state have so many nominations of different people; `group` is a word to search."""
    state = State.objects.get(iso2="KE")
    occupation = Occupation.objects.get(code="7212")
    Nomination.objects.bulk_create(
        Nomination(
            state=state,
            nominated_by=officer,
            reference=f"{group}-{number:05d}",
            given_names="Amina",
            family_name=group,
            birth_date=date(1990, 1, 1),
            email=f"person{number}@example.org",
            occupation=occupation,
            nominated_at=NOW,
        )
        for number in range(first, first + count)
    )


def ask(officer: User, selection: Selection = ALL, *, now: Any = NOW, **over: Any) -> Export:
    """Ask for a file as the page does: with the number that it shows."""
    fields = {"kind": Kind.NOMINATIONS, "selection": selection, **over}
    if "shown" not in fields:
        fields["shown"] = queries.preview(officer, Kind.NOMINATIONS, selection, now=now).lines
    return services.ask(by=officer, reason="For the embassy", now=now, **fields)
