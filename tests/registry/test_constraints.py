"""What the tables of the registry refuse, whoever writes."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from clearinghouse.registry.models import Agency, Occupation, Participation, State
from clearinghouse.registry.queries import get_occupation, get_state
from clearinghouse.shared.database import violated_constraint

pytestmark = pytest.mark.django_db
YEAR = DateRange(date(2026, 1, 1), date(2027, 1, 1))


def refused_by(act: Any) -> str | None:
    """Return the name of the constraint that refuses a write."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        act()
    return violated_constraint(error.value)


@pytest.mark.parametrize(
    "name",
    [
        "registry_state_population_year",
        "registry_state_gdp_year",
        "registry_state_unemployment_year",
        "registry_state_refugees_year",
    ],
)
def test_figure_without_its_year(name: str) -> None:
    column = name.removeprefix("registry_state_")
    assert refused_by(lambda: State.objects.filter(iso2="DE").update(**{column: None})) == name


def test_state_with_an_unknown_relation_to_the_united_nations() -> None:
    states = State.objects.filter(iso2="DE")
    assert refused_by(lambda: states.update(un_status="friend")) == "registry_state_un_status"


def test_occupation_at_a_level_that_does_not_exist() -> None:
    parent = get_occupation("5120")
    values = {"code": "X", "level": 5, "parent": parent, "title_en": "X"}
    assert refused_by(lambda: Occupation.objects.create(**values)) == "registry_occupation_level"


@pytest.mark.parametrize(("code", "level"), [("5120", 1), (None, 4)])
def test_occupation_at_the_wrong_place_of_the_tree(code: str | None, level: int) -> None:
    parent = get_occupation(code) if code else None
    values = {"code": "X", "level": level, "parent": parent, "title_en": "X"}
    assert refused_by(lambda: Occupation.objects.create(**values)) == "registry_occupation_parent"


@pytest.mark.parametrize(
    ("kind", "state"), [("destination", None), ("employer", None), ("oversight", "DE")]
)
def test_agency_in_the_wrong_place(kind: str, state: str | None) -> None:
    row = get_state(state) if state else None
    assert (
        refused_by(lambda: Agency.objects.create(kind=kind, state=row, name="A"))
        == "registry_agency_state"
    )


@pytest.mark.parametrize(
    ("treaty", "name"),
    [
        ("clearing_house", "registry_participation_no_overlap"),
        ("responsibility_sharing", "registry_participation_no_overlap_sharing"),
    ],
)
def test_participation_twice_on_one_day(treaty: str, name: str) -> None:
    values = {"state": get_state("DE"), "treaty": treaty, "validity": YEAR}
    Participation.objects.create(**values)
    assert refused_by(lambda: Participation.objects.create(**values)) == name


def test_participation_in_an_unknown_instrument() -> None:
    values = {"state": get_state("DE"), "treaty": "club", "validity": YEAR}
    name = "registry_participation_treaty"
    assert refused_by(lambda: Participation.objects.create(**values)) == name
