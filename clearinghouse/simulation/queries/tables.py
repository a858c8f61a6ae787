"""Results as a reader may see them: rows of cells, with small numbers of people withheld.

The secretariat sees whole numbers. A state sees its own places only, and numbers of protected
people as ranges of ten: it knows its applicants, and by asking again with one place more it could
otherwise learn who of them is protected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from clearinghouse.simulation.enums import Scenario
from clearinghouse.simulation.models import Simulation
from clearinghouse.simulation.permissions import check_can_see, sees_exact

Measure = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """One number: whole, a range up to `most`, or withheld (`value` is None)."""

    value: float | None
    most: int | None = None
    withheld: bool = False

    @property
    def plain(self) -> str:
        """Return the number for a file: `40-49` is a range, `withheld` is a word."""
        if self.withheld:
            return "withheld"
        if self.value is None:
            return ""
        if self.most is not None:
            return f"{self.value:g}-{self.most}"
        return f"{self.value:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a result; `kind` is `count`, `rank` or `share`."""

    code: str
    label: str
    kind: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A result: one column a scenario, one row a number."""

    title: str
    scenarios: tuple[Scenario, ...]
    rows: tuple[Row, ...]

    def row(self, code: str) -> Row:
        """Return the row of a code."""
        return next(row for row in self.rows if row.code == code)


def table_of(simulation: Simulation, *, actor: Any, state: str = "") -> Table | None:
    """Return the result of a simulation as an actor may see it; None while there is none.

    `state` narrows the secretariat's view to the places of one state.
    """
    check_can_see(actor, simulation)
    if simulation.result is None:
        return None
    exact = sees_exact(actor)
    scope = state if exact else simulation.state
    counts = simulation.result["scenarios"]
    measures = {
        Scenario(name): counts[name]["states"].get(scope) if scope else counts[name]["all"]
        for name in Scenario.values
        if name in counts
    }
    title = _("Places of %s") % scope if scope else _("The whole round")
    return table_from(title, measures, exact=exact)


def posting_table(simulation: Simulation, *, actor: Any) -> Table | None:
    """Return what would have come of the quota at the posting that stands for it, or None."""
    check_can_see(actor, simulation)
    if simulation.result is None or not simulation.mapped_to:
        return None
    counts = simulation.result["scenarios"]
    measures = {
        Scenario(name): counts[name]["postings"].get(simulation.mapped_to)
        for name in (Scenario.BASE, Scenario.CHANGED, Scenario.OPEN_FIRST, Scenario.RESERVE_FIRST)
    }
    title = _("The posting that stands for the quota: %s") % simulation.mapped_to
    return table_from(title, measures, exact=sees_exact(actor))


def table_from(title: str, measures: Mapping[Scenario, Measure | None], *, exact: bool) -> Table:
    """Lay measures side by side; without `exact`, protected people appear in ranges of ten."""
    columns = tuple((name, counts) for name, counts in measures.items() if counts is not None)
    rows = tuple(
        Row(code, label, kind, tuple(_cell(code, counts, exact=exact) for _name, counts in columns))
        for code, label, kind in _lines()
    )
    kept = tuple(row for row in rows if exact or not row.code.startswith("others_"))
    return Table(title, tuple(name for name, _counts in columns), kept)


def _lines() -> list[tuple[str, str, str]]:
    return [
        ("places", _("Places"), "count"),
        ("placed", _("People placed"), "count"),
        ("protected_placed", _("Protected people placed"), "count"),
        ("others_placed", _("Other people placed"), "count"),
        ("rank", _("Mean wish that people got (1 is the first)"), "rank"),
        ("protected_rank", _("The same for protected people"), "rank"),
        ("others_rank", _("The same for other people"), "rank"),
        ("first", _("Share who got their first wish"), "share"),
        ("protected_first", _("The same share of protected people"), "share"),
        ("others_first", _("The same share of other people"), "share"),
        ("reserve", _("Reserved places"), "count"),
        ("reserve_filled", _("Reserved places filled"), "count"),
        ("reserve_reverted", _("Reserved places that reverted to everybody"), "count"),
        ("free", _("Places left free"), "count"),
    ]


_SHIELDED = frozenset(
    {"protected_placed", "protected_rank", "protected_first", "reserve_filled", "reserve_reverted"}
)


def _cell(code: str, counts: Measure, *, exact: bool) -> Cell:
    value = _value(code, counts)
    if exact or code not in _SHIELDED:
        return Cell(value)
    smallest = settings.SMALLEST_PUBLIC_CELL
    if code == "reserve_filled" and not counts["reserve"]:
        return Cell(0)
    # What reverted is the reserve less what was filled: together two ranges would say too much.
    if code == "reserve_reverted":
        return Cell(None, withheld=bool(counts["reserve"]))
    if counts["protected_placed"] < smallest:
        return Cell(None, withheld=True)
    if code in {"protected_rank", "protected_first"}:
        return Cell(None if value is None else round(value, 1))
    floor = int(value or 0) // smallest * smallest
    return Cell(floor, floor + smallest - 1) if floor else Cell(None, withheld=True)


def _value(code: str, counts: Measure) -> float | None:
    if code in counts and code not in {"first", "protected_first"}:
        return counts[code]
    if code == "free":
        return counts["places"] - counts["placed"]
    prefix, name = _split(code)
    people = _of(counts, prefix, "placed")
    if name == "placed":
        return people
    total = _of(counts, prefix, "rank_sum" if name == "rank" else "first")
    return round(total / people, 4) if people else None


def _split(code: str) -> tuple[str, str]:
    for prefix in ("protected_", "others_"):
        if code.startswith(prefix):
            return prefix, code.removeprefix(prefix)
    return "", code


def _of(counts: Measure, prefix: str, name: str) -> int:
    if prefix == "others_":
        return counts[name] - counts[f"protected_{name}"]
    return counts[f"{prefix}{name}"]
