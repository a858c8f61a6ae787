"""Releasing both orders of a round in numbers, once."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from clearinghouse.simulation import queries
from clearinghouse.simulation.enums import Scenario
from clearinghouse.statistics import rules
from clearinghouse.statistics import services as statistics
from clearinghouse.statistics.enums import Kind
from clearinghouse.statistics.queries import cells_of, find_release, list_releases
from clearinghouse.statistics.rules import Limits, Shown, Table, plain

if TYPE_CHECKING:
    from clearinghouse.simulation.models import Simulation

Cells = Mapping[str, Shown]
_PUBLIC: Final = (Scenario.BASE, Scenario.OPEN_FIRST, Scenario.RESERVE_FIRST)
_TOLD: Final = ("protected_placed", "reserved_filled")


def publish_missing(*, now: datetime) -> None:
    """Release the numbers of finished counterfactuals that have none yet."""
    for simulation in queries.list_counted():
        if find_release(Kind.ORDERS, simulation.round.number) is None:
            publish_orders(simulation, now=now)


def publish_orders(simulation: "Simulation", *, now: datetime) -> None:
    """Release what a round's counterfactuals found; nothing before the round's own numbers.

    The first column is the round's first release, number for number. The other orders are told no
    finer, and only where they differ from it by the smallest cell or more.
    """
    rows = list_releases(Kind.ROUND, simulation.round.number)
    if simulation.result is None or not rows:
        return
    released, limits = cells_of(rows[0]), statistics.limits()
    counts = {name: simulation.result["scenarios"][name.value]["all"] for name in _PUBLIC}
    placed, largest = counts[Scenario.BASE]["placed"], simulation.result["largest"]
    content = {
        "round": simulation.round.number,
        "alternatives": {
            name.value: _alternative(counts[name], _cells(name, counts[name], released, limits))
            for name in _PUBLIC
        },
        "placed": released["people_placed"].to_json(),
        "largest": plain(largest, limits).to_json(),
        "distance": plain(largest - placed, limits).to_json(),
        "engine_version": simulation.engine_version,
    }
    statistics.release_once(Kind.ORDERS, simulation.round.number, content=content, now=now)


def _cells(
    name: Scenario, counts: Mapping[str, int], released: Cells, limits: Limits
) -> dict[str, Shown]:
    before = {code: released[code] for code in _TOLD}
    if name == Scenario.BASE:
        return {**before, "placed": released["people_placed"]}
    release = rules.Release(table=_table(counts), limits=limits, number=2, before=before)
    shown = rules.protect(release) or before
    return {**shown, "placed": plain(counts["placed"], limits)}


def _table(counts: Mapping[str, int]) -> Table:
    placed, protected, filled = (
        counts[code] for code in ("placed", "protected_placed", "reserve_filled")
    )
    return Table(
        counts={
            "placed": placed,
            "protected_placed": protected,
            "others_placed": placed - protected,
            "reserved_filled": filled,
            "protected_open": protected - filled,
        },
        exact=frozenset({"placed"}),
        most={"reserved_filled": counts["reserve"]},
        sums=(
            ("placed", ("protected_placed", "others_placed")),
            ("protected_placed", ("reserved_filled", "protected_open")),
        ),
        people=frozenset(
            {"protected_placed", "others_placed", "reserved_filled", "protected_open"}
        ),
        published=_TOLD,
    )


def _alternative(counts: Mapping[str, int], cells: Cells) -> dict[str, Any]:
    placed = counts["placed"]
    return {
        "reserve": counts["reserve"],
        **{code: cell.to_json() for code, cell in cells.items()},
        "mean_rank": round(counts["rank_sum"] / placed, 2) if placed else None,
        "first_share": round(counts["first"] / placed, 3) if placed else None,
    }
