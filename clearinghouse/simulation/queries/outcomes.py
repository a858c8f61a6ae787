"""Reads for everybody and for approvers: both orders of a round, and forecast against outcome."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from clearinghouse.simulation.enums import Kind, Scenario, Status
from clearinghouse.simulation.models import Simulation
from clearinghouse.simulation.permissions import sees_exact
from clearinghouse.simulation.queries.rows import list_of_quota
from clearinghouse.simulation.queries.tables import Table, table_from

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round
    from clearinghouse.matching.queries import Summary
    from clearinghouse.quotas.models import Quota

_PUBLIC = (Scenario.BASE, Scenario.OPEN_FIRST, Scenario.RESERVE_FIRST)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One order of the reserve in numbers that everybody may read; None is withheld."""

    scenario: Scenario
    placed: int
    protected_placed: int | None
    reserve_filled: int | None
    reserve_reverted: int | None
    mean_rank: float | None
    first_share: float | None


@dataclass(frozen=True, slots=True)
class Counterfactuals:
    """What a released round would have been in both orders, and the largest possible matching."""

    alternatives: tuple[Alternative, ...]
    placed: int
    largest: int
    computed_at: datetime | None
    engine_version: str

    @property
    def distance(self) -> int:
        """Return how many more people the largest matching would place."""
        return self.largest - self.placed

    @property
    def withheld(self) -> bool:
        """Tell whether any number of protected people is withheld."""
        return any(
            None in {row.protected_placed, row.reserve_filled, row.reserve_reverted}
            for row in self.alternatives
        )


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast that was attached to a quota, beside what came of the quota if that is known."""

    simulation: Simulation
    table: Table


def counterfactuals_of(round_: "Round", summary: "Summary | None") -> Counterfactuals | None:
    """Return both orders of a released round for everybody; None until they are computed.

    Numbers of protected people are withheld where the round's own `summary` withholds its totals,
    or where they are below the smallest number that is published.
    """
    rows = Simulation.objects.filter(round=round_, kind=Kind.COUNTERFACTUALS)
    row = rows.filter(status=Status.FINISHED).first()
    if row is None or row.result is None or summary is None:
        return None
    shown = summary.protected_placed is not None
    filled_shown = shown and summary.reserved_filled is not None
    measures = {name: row.result["scenarios"][name]["all"] for name in _PUBLIC}
    return Counterfactuals(
        alternatives=tuple(
            _alternative(name, counts, shown=shown, filled_shown=filled_shown)
            for name, counts in measures.items()
        ),
        placed=measures[Scenario.BASE]["placed"],
        largest=row.result["largest"],
        computed_at=row.finished_at,
        engine_version=row.engine_version,
    )


def forecasts_of(actor: Any, quota: "Quota", *, most: int = 5) -> list[Forecast]:
    """List the finished forecasts of a quota as an actor may see them, newest first.

    Once the quota's own round is released and counted, its outcome stands beside each forecast.
    """
    outcome = _outcome(quota)
    exact = sees_exact(actor)
    found = []
    for simulation in list_of_quota(actor, quota).filter(status=Status.FINISHED)[:most]:
        counts = (simulation.result or {})["scenarios"]
        measures = {
            Scenario.BASE: outcome,
            Scenario.CHANGED: counts["changed"]["postings"].get(simulation.mapped_to),
        }
        title = _("Forecast on round %d") % simulation.round.number
        found.append(Forecast(simulation, table_from(title, measures, exact=exact)))
    return found


def _outcome(quota: "Quota") -> dict[str, int] | None:
    """Find what came of a quota in the round that counted it last, by the first result."""
    rows = Simulation.objects.filter(kind=Kind.COUNTERFACTUALS, status=Status.FINISHED)
    path = f"result__scenarios__base__postings__{quota.reference}"
    counted = rows.filter(**{f"{path}__isnull": False}).order_by("-round__number").first()
    if counted is None or counted.result is None:
        return None
    measure: dict[str, int] = counted.result["scenarios"]["base"]["postings"][quota.reference]
    return measure


def _alternative(
    name: Scenario, counts: dict[str, int], *, shown: bool, filled_shown: bool
) -> Alternative:
    placed = counts["placed"]
    filled, reverted = counts["reserve_filled"], counts["reserve_reverted"]
    smallest = settings.SMALLEST_PUBLIC_CELL
    filled_shown = filled_shown and filled >= smallest
    return Alternative(
        scenario=name,
        placed=placed,
        protected_placed=counts["protected_placed"]
        if shown and counts["protected_placed"] >= smallest
        else None,
        reserve_filled=filled if filled_shown else None,
        reserve_reverted=reverted if filled_shown else None,
        mean_rank=round(counts["rank_sum"] / placed, 2) if placed else None,
        first_share=counts["first"] / placed if placed else None,
    )
