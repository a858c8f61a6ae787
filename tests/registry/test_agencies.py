"""Agencies and dated participation."""

from datetime import date

import pytest

from clearinghouse.access.checks import SYSTEM
from clearinghouse.registry import queries, services
from clearinghouse.registry.enums import Treaty
from clearinghouse.shared.errors import Conflict, Forbidden, Invalid
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db
SHARING = Treaty.RESPONSIBILITY_SHARING


def test_create_agency_of_a_state() -> None:
    agency = services.create_agency(
        by=make_user("administrator"),
        name=" Office ",
        kind="destination",
        state=queries.get_state("DE"),
    )
    assert (agency.name, agency.state.iso2) == ("Office", "DE")


@pytest.mark.parametrize(
    ("kind", "state", "name", "field"),
    [
        ("destination", None, "A", "state"),
        ("protection", "DE", "A", "state"),
        ("oversight", None, " ", "name"),
    ],
)
def test_create_agency_with_a_wrong_field_is_invalid(
    kind: str, state: str | None, name: str, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        services.create_agency(
            by=SYSTEM, name=name, kind=kind, state=queries.get_state(state) if state else None
        )
    assert list(refusal.value.fields) == [field]


def test_create_agency_by_others_is_forbidden() -> None:
    with pytest.raises(Forbidden):
        services.create_agency(by=make_user("operator"), name="A", kind="oversight")


def test_record_participation_counts_first_and_last_day() -> None:
    germany = queries.get_state("DE")
    services.record_participation(
        by=SYSTEM, state=germany, treaty=SHARING, start=date(2026, 1, 1), end=date(2026, 12, 31)
    )
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [queries.participates(germany, SHARING, day) for day in days] == [
        False,
        True,
        True,
        False,
    ]
    assert not queries.participates(germany, Treaty.CLEARING_HOUSE, date(2026, 6, 1))
    assert not queries.participates(queries.get_state("FR"), SHARING, date(2026, 6, 1))


def test_record_participation_without_end_is_open() -> None:
    germany = queries.get_state("DE")
    services.record_participation(by=SYSTEM, state=germany, treaty=SHARING, start=date(2026, 1, 1))
    assert queries.participates(germany, SHARING, date(2126, 1, 1))


@pytest.mark.parametrize("treaty", Treaty)
def test_record_participation_over_another_is_a_conflict(treaty: str) -> None:
    germany = queries.get_state("DE")
    services.record_participation(
        by=SYSTEM, state=germany, treaty=treaty, start=date(2026, 1, 1), end=date(2026, 6, 30)
    )
    with pytest.raises(Conflict) as refusal:
        services.record_participation(
            by=SYSTEM, state=germany, treaty=treaty, start=date(2026, 6, 30)
        )
    assert refusal.value.code == "participation_overlaps"
    services.record_participation(by=SYSTEM, state=germany, treaty=treaty, start=date(2026, 7, 1))


def test_record_participation_backwards_is_invalid() -> None:
    with pytest.raises(Invalid):
        services.record_participation(
            by=SYSTEM,
            state=queries.get_state("DE"),
            treaty=SHARING,
            start=date(2026, 2, 1),
            end=date(2026, 1, 31),
        )


def test_record_participation_by_others_is_forbidden() -> None:
    with pytest.raises(Forbidden):
        services.record_participation(
            by=make_user("approver", state="DE"),
            state=queries.get_state("DE"),
            treaty=SHARING,
            start=date(2026, 2, 1),
        )
