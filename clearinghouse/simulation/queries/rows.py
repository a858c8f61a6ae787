"""Reads of simulations as rows: which there are, which wait, which belong to a quota."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from clearinghouse.access.checks import allows
from clearinghouse.access.permissions import Permission
from clearinghouse.matching.queries import list_released, pools
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Forbidden
from clearinghouse.simulation.enums import LIVE_STATUSES, Kind, Likeness, Status
from clearinghouse.simulation.models import Simulation
from clearinghouse.simulation.permissions import check_can_simulate, not_found

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round
    from clearinghouse.quotas.models import Quota

# A simulation that nobody has claimed by then has probably lost its nudge.
PATIENCE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Line:
    """A sealed posting that may stand for a new quota, and how much it resembles it."""

    reference: str
    title: str
    likeness: Likeness


def get_simulation(actor: Any, public_id: uuid.UUID | str) -> Simulation:
    """Return a simulation that an actor may know of; absent and hidden ones are not found alike."""
    simulation = _known_to(actor).filter(public_id=public_id).first()
    if simulation is None:
        raise not_found()
    return simulation


def find_simulation(public_id: uuid.UUID | str) -> Simulation | None:
    """Find a simulation with its round."""
    return _rows().filter(public_id=public_id).first()


def lock_simulation(public_id: uuid.UUID | str, *, actor: Any) -> Simulation:
    """Return a simulation as `get_simulation` does, locked until the end of the transaction."""
    with refusals({}):
        rows = _known_to(actor).select_for_update(of=("self",))
        row = rows.filter(public_id=public_id).first()
    if row is None:
        raise not_found()
    return row


def list_simulations(actor: Any) -> QuerySet[Simulation]:
    """List the simulations that an actor may know of, newest first."""
    state = check_can_simulate(actor)
    rows = _rows().filter(kind=Kind.WHAT_IF).order_by("-requested_at", "-pk")
    return rows if allows(actor, Permission.SEE_AUDIT) else rows.filter(state=state)


def list_of_quota(actor: Any, quota: "Quota") -> QuerySet[Simulation]:
    """List the simulations attached to a quota that an actor may know of, newest first."""
    return list_simulations(actor).filter(quota_public_id=quota.public_id)


def list_pools() -> "QuerySet[Round]":
    """List the rounds whose sealed pools can be simulated, newest first."""
    return list_released()


def list_lines(round_: "Round", quota: "Quota") -> list[Line]:
    """List the postings of the quota's state in a pool, the most similar one first.

    Similar means: same occupation and kind, then same occupation, then the first two digits of the
    occupation. The official chooses; nothing is mapped silently.
    """
    order = list(Likeness)
    lines = [
        Line(reference, title, _likeness(quota, code, kind))
        for reference, title, code, kind in pools.pool_lines(round_, quota.state.iso2)
    ]
    return sorted(lines, key=lambda line: (order.index(line.likeness), line.reference))


def list_stranded(now: datetime) -> QuerySet[Simulation]:
    """List simulations that nobody works on: not claimed in time, or left by a dead worker."""
    forgotten = Q(status=Status.WAITING, requested_at__lte=now - PATIENCE)
    system = Q(status=Status.WAITING, kind=Kind.COUNTERFACTUALS)
    orphaned = Q(status=Status.RUNNING, lease_until__lt=now)
    return Simulation.objects.filter(forgotten | system | orphaned).order_by("pk")


def list_without_counterfactuals() -> "list[Round]":
    """List released rounds for which nobody has asked for both orders yet, oldest first."""
    asked = Simulation.objects.filter(kind=Kind.COUNTERFACTUALS).values("round_id")
    return list(list_released().exclude(pk__in=asked).order_by("number"))


def list_counted() -> QuerySet[Simulation]:
    """List the finished counterfactuals of all rounds, the oldest first."""
    rows = _rows().filter(kind=Kind.COUNTERFACTUALS, status=Status.FINISHED)
    return rows.order_by("pk")


def count_live_of(actor: Any) -> int:
    """Count the simulations of a person that wait or run."""
    return Simulation.objects.filter(requested_by=actor, status__in=LIVE_STATUSES).count()


def focus_of(simulation: Simulation) -> list[str]:
    """List the postings that a result shows one by one.

    A forecast shows the posting that stands for its quota; the counterfactuals of a round show the
    quotas that have a forecast, so that both can be laid side by side.
    """
    if simulation.kind == Kind.WHAT_IF:
        return [simulation.mapped_to] if simulation.mapped_to else []
    titles = [reference for reference, _title in pools.pool_titles(simulation.round)]
    rows = Simulation.objects.filter(quota_reference__in=titles).order_by("quota_reference")
    return list(rows.values_list("quota_reference", flat=True).distinct())


def _likeness(quota: "Quota", code: str, kind: str) -> Likeness:
    if code == quota.occupation.code:
        return Likeness.SAME_LINE if kind == quota.category else Likeness.SAME_OCCUPATION
    same_field = code[:2] == quota.occupation.code[:2]
    return Likeness.SAME_FIELD if same_field else Likeness.CHOSEN


def _known_to(actor: Any) -> QuerySet[Simulation]:
    try:
        return list_simulations(actor)
    except Forbidden:
        raise not_found() from None


def _rows() -> QuerySet[Simulation]:
    return Simulation.objects.select_related("round")
