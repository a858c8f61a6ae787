"""Reads for everybody and for approvers: both orders of a round, and forecast against outcome."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from clearinghouse.simulation.enums import Kind, Scenario, Status
from clearinghouse.simulation.models import Simulation
from clearinghouse.simulation.permissions import sees_exact
from clearinghouse.simulation.queries.answers import Numbers
from clearinghouse.simulation.queries.rows import list_of_quota
from clearinghouse.simulation.queries.tables import Table, table_from
from clearinghouse.statistics.enums import Kind as Released
from clearinghouse.statistics.queries import find_release
from clearinghouse.statistics.rules import Shown, rest_of, shown_from

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round
    from clearinghouse.quotas.models import Quota


@dataclass(frozen=True, slots=True)
class Alternative:
    """One order of the reserve in numbers that everybody may read."""

    scenario: Scenario
    reserve: int
    placed: Shown
    protected_placed: Shown
    reserve_filled: Shown
    mean_rank: float | None
    first_share: float | None

    @property
    def reserve_reverted(self) -> Shown:
        """Return the rest of the reserve, as exactly as what was filled is told."""
        return rest_of(self.reserve, self.reserve_filled, settings.SMALLEST_PUBLIC_CELL)


@dataclass(frozen=True, slots=True)
class Counterfactuals:
    """What a released round would have been in both orders, and the largest possible matching.

    `distance` says how many more people the largest matching would place.
    """

    alternatives: tuple[Alternative, ...]
    placed: Shown
    largest: Shown
    distance: Shown
    computed_at: datetime
    engine_version: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast that was attached to a quota, beside what came of the quota if that is known."""

    simulation: Simulation
    table: Table


def counterfactuals_of(round_: "Round") -> Counterfactuals | None:
    """Return both orders of a released round for everybody, as released; None until they are."""
    release = find_release(Released.ORDERS, round_.number)
    if release is None:
        return None
    content = release.content
    return Counterfactuals(
        alternatives=tuple(
            Alternative(
                scenario=Scenario(name),
                reserve=row["reserve"],
                placed=shown_from(row["placed"]),
                protected_placed=shown_from(row["protected_placed"]),
                reserve_filled=shown_from(row["reserved_filled"]),
                mean_rank=row["mean_rank"],
                first_share=row["first_share"],
            )
            for name, row in content["alternatives"].items()
        ),
        placed=shown_from(content["placed"]),
        largest=shown_from(content["largest"]),
        distance=shown_from(content["distance"]),
        computed_at=release.made_at,
        engine_version=content["engine_version"],
    )


def forecasts_of(actor: Any, quota: "Quota", *, most: int = 5) -> list[Forecast]:
    """List the finished forecasts of a quota as an actor may see them, newest first.

    Once the quota's own round is released and counted, its outcome stands beside each forecast.
    """
    outcome = _outcome(quota)
    numbers: Numbers | None = None if sees_exact(actor) else {}
    found = []
    for simulation in list_of_quota(actor, quota).filter(status=Status.FINISHED)[:most]:
        counts = (simulation.result or {})["scenarios"]
        measures = {
            Scenario.BASE: outcome,
            Scenario.CHANGED: counts["changed"]["postings"].get(simulation.mapped_to),
        }
        title = _("Forecast on round %d") % simulation.round.number
        found.append(Forecast(simulation, table_from(title, measures, numbers)))
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
