"""Reference data: states, occupations, incompatible pairs of roles."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model

from accounts import services as accounts
from accounts.enums import INCOMPATIBLE_PAIRS
from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.registry import reference
from clearinghouse.registry.models import Occupation, State

_STATE_TEXTS = ("iso3", "name_en", "name_fr", "name_es", "name_ar", "un_status")
_STATE_NUMBERS = {
    "population": "population",
    "population_year": "population_year",
    "gdp_usd": "gdp_usd",
    "gdp_year": "gdp_year",
    "unemployment_year": "unemployment_year",
    "refugees_hosted": "refugees_hosted",
    "refugees_year": "refugees_year",
    "others_in_need_hosted": "others_in_need_of_protection_hosted",
}
_OCCUPATION_TEXTS = ("title_en", "title_fr", "title_es")


@transaction.atomic
def load_reference() -> int:
    """Bring the tables of reference data up to the files of this release.

    Compares first, so that a second run writes nothing. Returns the number of rows written. Rows
    that a newer file no longer has stay, because quotas and people may point to them.
    """
    accounts.store_incompatible_pairs(INCOMPATIBLE_PAIRS)
    written = _store(State, "iso2", {str(row["iso2"]): _state(row) for row in _rows_of_states()})
    for level in range(1, 5):
        written += _store(Occupation, "code", _occupations(level))
    if written:
        facts = {"digest": reference.digest(), "rows": written}
        trail.record(Verb.REFERENCE_LOADED, by=SYSTEM, on=("registry", "reference"), facts=facts)
    return written


def _store(model: type[Model], key: str, wanted: dict[str, dict[str, Any]]) -> int:
    columns = list(next(iter(wanted.values())))
    present = {row.pop(key): row for row in model._default_manager.values(key, *columns)}
    changed = [
        model(**{key: name}, **values)
        for name, values in wanted.items()
        if present.get(name) != values
    ]
    model._default_manager.bulk_create(
        changed, update_conflicts=True, unique_fields=[key], update_fields=columns
    )
    return len(changed)


def _rows_of_states() -> tuple[reference.Record, ...]:
    return reference.records(reference.STATES)


def _state(row: reference.Record) -> dict[str, Any]:
    rate = row["unemployment_pct"]
    return {
        **{column: row[column] for column in _STATE_TEXTS},
        **{column: _whole(row[source]) for column, source in _STATE_NUMBERS.items()},
        "unemployment_pct": None if rate is None else Decimal(rate),
    }


def _occupations(level: int) -> dict[str, dict[str, Any]]:
    parents = dict(Occupation.objects.filter(level=level - 1).values_list("code", "pk"))
    return {
        str(row["code"]): {
            "level": level,
            "parent_id": parents[row["parent"]] if row["parent"] else None,
            **{column: row[column] for column in _OCCUPATION_TEXTS},
        }
        for row in reference.records(reference.OCCUPATIONS)
        if row["level"] == str(level)
    }


def _whole(cell: str | None) -> int | None:
    return None if cell is None else int(cell)
