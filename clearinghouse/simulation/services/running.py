"""Doing simulations: claimed by one process, fenced, swept up if that process dies.

The pool is read in a transaction in which the database refuses every write; what is computed from
it knows no database; and what is written is the row of the simulation, nothing else.
"""

import logging
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from clearinghouse import engine
from clearinghouse.matching import snapshot
from clearinghouse.matching.queries import pools
from clearinghouse.shared.database import read_only
from clearinghouse.shared.failpoints import pass_failpoint
from clearinghouse.shared.leases import keep_alive, lease_until
from clearinghouse.shared.queue import enqueue_after_commit
from clearinghouse.simulation import queries
from clearinghouse.simulation.enums import Kind, Stage, Status, Task
from clearinghouse.simulation.models import Simulation
from clearinghouse.simulation.rules.changing import caps_of, change_postings
from clearinghouse.simulation.rules.parameters import read_parameters
from clearinghouse.simulation.services.asking import ask_counterfactuals
from clearinghouse.simulation.services.publishing import publish_missing

if TYPE_CHECKING:
    from django.db.models import QuerySet

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
# So many processes died over one simulation that the next one would too.
ATTEMPTS_MAX = 5


class Superseded(Exception):
    """Another attempt has taken the simulation over, or somebody has cancelled it."""


def execute(*, simulation_id: uuid.UUID | str, clock: Clock) -> Simulation | None:
    """Do one simulation: claim, read, compare, write; None if it is not ours to do.

    May be called any number of times by any number of processes, and killed anywhere.
    """
    simulation = _claim(simulation_id, now=clock())
    if simulation is None:
        return None
    # SciPy stays out of web processes, which import this module to know its verbs.
    from clearinghouse.simulation.rules.comparing import Unsound  # noqa: PLC0415

    try:
        with keep_alive(lambda: _mine(simulation).update(lease_until=lease_until(clock()))):
            _work(simulation, clock)
    except Superseded:
        log.info("simulation left", extra={"simulation": str(simulation.public_id)})
        return None
    except (Unsound, engine.InputError) as error:
        _fail(simulation, reason=str(error), now=clock())
    if simulation.kind == Kind.COUNTERFACTUALS:
        publish_missing(now=clock())
    return queries.find_simulation(simulation.public_id)


def sweep(*, now: datetime) -> int:
    """Ask for missing counterfactuals, nudge what nobody works on, give up on hopeless ones.

    Returns how many nudges were sent.
    """
    ask_counterfactuals(now=now)
    publish_missing(now=now)
    nudged = 0
    for simulation in queries.list_stranded(now):
        if simulation.attempt >= ATTEMPTS_MAX:
            reason = _("Too many background processes died over this simulation.")
            _fail(simulation, reason=reason, now=now)
            continue
        enqueue_after_commit(Task.RUN, simulation_id=str(simulation.public_id))
        nudged += 1
    return nudged


def _claim(simulation_id: uuid.UUID | str, *, now: datetime) -> Simulation | None:
    free = Q(status=Status.WAITING) | Q(status=Status.RUNNING, lease_until__lt=now)
    waiting = Simulation.objects.filter(free, public_id=simulation_id, attempt__lt=ATTEMPTS_MAX)
    claimed = waiting.update(
        status=Status.RUNNING,
        attempt=F("attempt") + 1,
        lease_until=lease_until(now),
        started_at=Coalesce(F("started_at"), now),
        stage=Stage.READING,
        percent=5,
    )
    return queries.find_simulation(simulation_id) if claimed else None


def _work(simulation: Simulation, clock: Clock) -> None:
    from clearinghouse.simulation.rules.comparing import compare  # noqa: PLC0415 - see execute

    turn = simulation.attempt
    pass_failpoint("simulation_reading", turn=turn)
    with read_only():
        market = snapshot.take(simulation.round)
        what_if = simulation.kind == Kind.WHAT_IF
        actual = pools.standing_plan(simulation.round) if what_if else None
        focus = queries.focus_of(simulation)
    parameters = read_parameters(simulation.parameters)
    postings = change_postings(market.postings, parameters)

    def report(stage: str, percent: int) -> None:
        _report(simulation, now=clock(), stage=stage, percent=percent)
        pass_failpoint(f"simulation_{stage}", turn=turn)

    found = compare(
        market, actual, postings, caps_of(postings, parameters), focus=focus, report=report
    )
    report(Stage.WRITING, 95)
    _write(
        simulation,
        status=Status.FINISHED,
        finished_at=clock(),
        stage=Stage.DONE,
        percent=100,
        engine_version=found.engine_version,
        market_digest=found.market_digest,
        plan_digest=found.plan_digest,
        result=found.result,
    )
    pass_failpoint("simulation_written", turn=turn)


def _report(simulation: Simulation, *, now: datetime, stage: str, percent: int) -> None:
    """Tell the page how far it is, and renew the lease; raise if the simulation is not ours."""
    _write(simulation, lease_until=lease_until(now), stage=stage, percent=percent)


def _fail(simulation: Simulation, *, reason: str, now: datetime) -> None:
    mine = Simulation.objects.filter(pk=simulation.pk, attempt=simulation.attempt)
    live = mine.filter(status__in=[Status.RUNNING, Status.WAITING])
    live.update(status=Status.FAILED, finished_at=now, failure=reason[:2000])
    log.error("simulation failed", extra={"simulation": str(simulation.public_id)})


def _write(simulation: Simulation, **changes: object) -> None:
    """Write to the row only while this attempt holds it: the fence of every write."""
    with transaction.atomic():
        if not _mine(simulation).update(**changes):
            raise Superseded


def _mine(simulation: Simulation) -> "QuerySet[Simulation]":
    """Find the row while this attempt holds it."""
    return Simulation.objects.filter(
        pk=simulation.pk, attempt=simulation.attempt, status=Status.RUNNING
    )
