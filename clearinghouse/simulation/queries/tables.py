"""Results as a reader may see them: rows of cells, each saying how exact it is.

Who may read the sealed input sees whole numbers. A state sees its own places only, people in
rounded numbers, and of protected people only what `answers` allows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from clearinghouse.simulation.enums import Scenario
from clearinghouse.simulation.models import Simulation
from clearinghouse.simulation.permissions import check_can_see, sees_exact
from clearinghouse.simulation.queries.answers import Numbers, answer_of, measure_in, numbers_of
from clearinghouse.statistics.enums import Precision
from clearinghouse.statistics.rules import Limits, Shown, plain

Measure = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """One number; `shown` says how a count of people is told, None for anything else."""

    value: float | None
    shown: Shown | None = None

    @property
    def plain(self) -> str:
        """Return the number for a file; empty where there is none or it is not told."""
        return "" if self.value is None else f"{self.value:g}"

    @property
    def status(self) -> str:
        """Return how exact the number is: a word of the published numbers."""
        return (self.shown.precision if self.shown else Precision.EXACT).value


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
    scope = simulation.state or state
    measures = _measures(simulation, scope, exact=sees_exact(actor))
    title = _("Places of %s") % scope if scope else _("The whole round")
    numbers = None if sees_exact(actor) else numbers_of(simulation, scope)
    return table_from(title, measures, numbers)


def _measures(simulation: Simulation, scope: str, *, exact: bool) -> dict[Scenario, Measure | None]:
    """Return counts by scenario; without `exact` those of the question that answers this one."""
    scenarios = (simulation.result or {})["scenarios"]
    found = {name: measure_in(scenarios, name, scope) for name in Scenario if name in scenarios}
    if exact:
        return found
    answer = answer_of(simulation, scope)
    other = (answer.result or {})["scenarios"] if answer else None
    for name in (Scenario.CHANGED, Scenario.OPEN_FIRST, Scenario.RESERVE_FIRST):
        own = found.get(name)
        told = measure_in(other or scenarios, name if other else Scenario.BASE, scope)
        if own is not None and told is not None:
            # What was asked for is the asker's own; what came of it is the earlier answer's.
            asked = {"own_places": own["places"], "own_reserve": own["reserve"]}
            found[name] = {**told, **asked}
    return found


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
    return table_from(title, measures, None if sees_exact(actor) else {})


def largest_of(simulation: Simulation, *, exact: bool) -> dict[str, Shown] | None:
    """Return how many people the changed rules place, and at most could; None while unknown."""
    if simulation.result is None:
        return None
    placed = simulation.result["scenarios"]["changed"]["all"]["placed"]
    largest = simulation.result["largest"]
    found = {"placed": placed, "largest": largest, "distance": largest - placed}
    if exact:
        return {name: Shown(Precision.EXACT, count) for name, count in found.items()}
    return {name: plain(count, _limits()) for name, count in found.items()}


def table_from(
    title: str, measures: Mapping[Scenario, Measure | None], numbers: Numbers | None
) -> Table:
    """Lay measures side by side; `numbers` of protected people by scenario, None: whole ones."""
    columns = tuple((name, counts) for name, counts in measures.items() if counts is not None)
    exact = numbers is None
    rows = tuple(
        Row(
            code,
            label,
            kind,
            tuple(
                _whole(code, counts)
                if exact
                else _told(code, counts, (numbers or {}).get(name, {}))
                for name, counts in columns
            ),
        )
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
_WITHHELD = Cell(None, Shown(Precision.WITHHELD))


def _whole(code: str, counts: Measure) -> Cell:
    return Cell(_value(code, counts))


def _told(code: str, counts: Measure, numbers: Mapping[str, Shown]) -> Cell:
    """Return a cell for those who may not read the sealed input."""
    value = _value(code, counts)
    if code in {"places", "reserve"}:
        return Cell(counts.get(f"own_{code}", counts[code]))
    if code in _SHIELDED:
        return _shielded(code, counts, numbers)
    limits = _limits()
    if code in {"rank", "first"}:
        # Of one posting a mean would move with a single person, whatever it is rounded to.
        if not numbers or counts["placed"] < limits.smallest or value is None:
            return _WITHHELD
        return Cell(round(value, 1 if code == "rank" else 2), Shown(Precision.ABOUT))
    shown = plain(int(value or 0), limits)
    return Cell(shown.value, shown)


def _shielded(code: str, counts: Measure, numbers: Mapping[str, Shown]) -> Cell:
    if not counts["reserve"] and code.startswith("reserve_"):
        return Cell(0)
    shown = numbers.get(code)
    return Cell(shown.value, shown) if shown else _WITHHELD


def _limits() -> Limits:
    return Limits(settings.SMALLEST_PUBLIC_CELL, settings.PUBLIC_NUMBERS_STEP)


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
