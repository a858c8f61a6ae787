"""Which numbers of a simulation those may read who may not read the sealed input.

A state knows its applicants and their points. If it could ask again with one place more and
compare, it would learn who the next person in line is. So a question that lies closer than the
smallest cell to an earlier one of the same state, or to the round itself, gets the same answer.
"""

from collections.abc import Mapping
from typing import Any

from clearinghouse.simulation.enums import Kind, Scenario, Status
from clearinghouse.simulation.models import Simulation
from clearinghouse.simulation.rules.distances import choose, question_of
from clearinghouse.statistics import enums as statistics
from clearinghouse.statistics import queries as releases
from clearinghouse.statistics.rules import Limits, Shown, follow, plain

Measure = Mapping[str, int]
Numbers = dict[Scenario, dict[str, Shown]]
_ASKED = (Scenario.CHANGED, Scenario.OPEN_FIRST, Scenario.RESERVE_FIRST)


def answer_of(simulation: Simulation, scope: str) -> Simulation | None:
    """Find the simulation whose numbers stand for this one; None: those of the released round."""
    rows = Simulation.objects.filter(
        round=simulation.round_id,
        kind=Kind.WHAT_IF,
        state=simulation.state,
        status=Status.FINISHED,
        finished_at__lte=simulation.finished_at,
    )
    before = [
        row
        for row in rows.order_by("finished_at", "pk")
        if (row.finished_at, row.pk) <= (simulation.finished_at, simulation.pk)
    ]
    scenarios = (simulation.result or {})["scenarios"]
    nothing: dict[str, Any] = {"changes": []}
    questions = [question_of(nothing, measure_in(scenarios, Scenario.BASE, scope) or _EMPTY)]
    for row in before:
        counts = measure_in((row.result or {})["scenarios"], Scenario.CHANGED, scope)
        questions.append(question_of(row.parameters, counts or _EMPTY))
    found = choose(questions, _limits(simulation).smallest)
    return None if found is None else before[found - 1]


def measure_in(scenarios: Mapping[str, Any], name: Scenario, scope: str) -> Measure | None:
    """Return the counts of a scenario over a state's places, or over all; None if it has none."""
    if name.value not in scenarios:
        return None
    found = scenarios[name.value]
    measure: Measure | None = found["states"].get(scope) if scope else found["all"]
    return measure


def numbers_of(simulation: Simulation, scope: str) -> Numbers:
    """Return what may be read of protected people, by scenario: reserved places filled, and for
    the whole round also how many were placed.

    As released and as it stands now come from releases of the round's numbers; the other scenarios
    are told no finer than those, and only where they differ by the smallest cell or more.
    """
    rows = releases.list_releases(statistics.Kind.ROUND, simulation.round.number)
    if not rows:
        return {}
    first, last = (_cells(row, scope) for row in (rows[0], rows[-1]))
    found: Numbers = {Scenario.BASE: first, Scenario.ACTUAL: last}
    answer = answer_of(simulation, scope)
    for name in _ASKED:
        measure = answer and measure_in((answer.result or {})["scenarios"], name, scope)
        found[name] = dict(first)
        if measure:
            limits = _limits(simulation)
            found[name] = {
                code: follow(old, plain(measure[code], limits), limits)
                for code, old in first.items()
            }
    return found


def _cells(row: Any, scope: str) -> dict[str, Shown]:
    cells = releases.cells_of(row)
    if scope:
        filled = cells.get(f"filled:{scope}", Shown(statistics.Precision.EXACT, 0))
        return {"reserve_filled": filled}
    return {
        "reserve_filled": cells["reserved_filled"],
        "protected_placed": cells["protected_placed"],
    }


def _limits(simulation: Simulation) -> Limits:
    row = releases.find_release(statistics.Kind.ROUND, simulation.round.number)
    return Limits(row.content["smallest"], row.content["step"]) if row else Limits()


_EMPTY = {"places": 0, "reserve": 0}
