"""Reference data: complete, faithful to the files, quick and calm."""

import time

import pytest
from django.core.management import call_command

from accounts.enums import INCOMPATIBLE_PAIRS
from accounts.models import IncompatiblePair
from clearinghouse.audit.models import Event
from clearinghouse.registry import queries, reference, services
from clearinghouse.registry.models import Occupation, State

pytestmark = pytest.mark.django_db


def test_load_reference_stores_every_row_of_the_files() -> None:
    levels = [Occupation.objects.filter(level=level).count() for level in (1, 2, 3, 4)]
    assert State.objects.count() == 197
    assert levels == [10, 43, 130, 436]
    pairs = set(IncompatiblePair.objects.values_list("first", "second"))
    assert pairs == INCOMPATIBLE_PAIRS


def test_load_reference_keeps_an_empty_cell_unknown_not_zero() -> None:
    assert queries.get_state("KP").gdp_usd is None
    empty = sum(row["refugees_hosted"] is None for row in reference.records(reference.STATES))
    assert State.objects.filter(refugees_hosted__isnull=True).count() == empty == 26
    zeros = {
        str(row["iso2"])
        for row in reference.records(reference.STATES)
        if row["refugees_hosted"] == "0"
    }
    assert set(State.objects.filter(refugees_hosted=0).values_list("iso2", flat=True)) == zeros


def test_load_reference_reads_namibia_as_a_code_not_as_missing() -> None:
    assert queries.get_state("NA").name_en == "Namibia"


def test_load_reference_twice_writes_nothing_and_records_nothing() -> None:
    before = Event.objects.count()
    assert services.load_reference() == 0
    assert Event.objects.count() == before


def test_load_reference_repairs_a_row_that_was_changed() -> None:
    State.objects.filter(iso2="DE").update(name_en="Somewhere", population=None)
    assert services.load_reference() == 1
    germany = queries.get_state("DE")
    assert (germany.name_en, germany.population_year) == ("Germany", 2024)
    assert germany.population is not None
    assert Event.objects.order_by("pk").last().facts["rows"] == 1


def test_load_reference_from_nothing_takes_less_than_a_second() -> None:
    Occupation.objects.all()._raw_delete("default")
    State.objects.all()._raw_delete("default")
    started = time.perf_counter()
    assert services.load_reference() == 197 + 619
    assert time.perf_counter() - started < 1


def test_load_reference_command_prints_rows(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_reference")
    assert capsys.readouterr().out == "reference data: 0 rows written\n"


def test_leading_zeros_and_parents_of_occupations_survive() -> None:
    assert queries.get_occupation("0110").parent.parent.parent.code == "0"
