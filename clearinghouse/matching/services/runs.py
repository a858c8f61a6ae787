"""Runs of the matcher: asked for, claimed by one process, swept up if that process dies."""

import logging
import uuid
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.queries import list_users
from clearinghouse import engine
from clearinghouse.access.checks import SYSTEM, Actor, System
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.matching import bulk, guards, permissions, queries
from clearinghouse.matching.enums import ENDED_EMPTY, RunStatus, Stage, Status, Task
from clearinghouse.matching.lifecycle import LIFECYCLE
from clearinghouse.matching.models import Round, Run
from clearinghouse.matching.services.computing import Unsound, compute
from clearinghouse.matching.services.lease import keep_alive
from clearinghouse.matching.services.progress import Clock, Meter, Superseded, pace_of
from clearinghouse.matching.services.self_testing import examine_round
from clearinghouse.matching.services.steps import move_run
from clearinghouse.matching.services.writing import write_result
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.shared.failpoints import pass_failpoint
from clearinghouse.shared.leases import lease_until
from clearinghouse.shared.queue import enqueue_after_commit

log = logging.getLogger(__name__)

# So many processes died over one run that the next one would too.
ATTEMPTS_MAX = 25


@transaction.atomic
def request_run(*, by: Actor, number: int, now: datetime) -> Run:
    """Ask for the run of a drawn round; a second click returns the run that exists."""
    round_ = queries.lock_round(number)
    permissions.check_can_operate(by, round_)
    guards.check_run_possible(round_)
    standing = queries.find_standing(round_)
    if standing is not None and round_.status != Status.VOIDED:
        return standing
    LIFECYCLE.check(round_.status, Status.RUN)
    return _create(round_, by=by, now=now, generation=0)


@transaction.atomic
def request_refill(
    *, round_: Round, withdrawn: Collection[str], accepted: Mapping[str, str], now: datetime
) -> Run | None:
    """Ask for the next generation of a released round: the same sealed input, less those who left.

    `withdrawn` are candidates who declined or lapsed, `accepted` maps candidates to the posting
    they accepted. Returns the live run if there is one, and None if the very same refill has
    failed before: then an operator has been told and must look. One that was cancelled is asked
    for again.
    """
    locked = queries.lock_round(round_.number)
    if locked.status != Status.RELEASED:
        raise RuntimeError("only a released round is refilled")
    live = queries.find_live_run(locked) or queries.find_unapplied_run(locked)
    if live is not None:
        return live
    latest = queries.find_latest_run(locked)
    generation = 0 if latest is None else latest.generation + 1
    wanted = (sorted(withdrawn), dict(sorted(accepted.items())))
    if latest is not None and latest.status in ENDED_EMPTY:
        same = (latest.withdrawn, latest.accepted) == wanted
        if same and latest.status == RunStatus.FAILED:
            return None
        generation = latest.generation
    return _create(
        locked,
        by=SYSTEM,
        now=now,
        generation=generation,
        withdrawn=wanted[0],
        accepted=wanted[1],
    )


@transaction.atomic
def cancel_run(*, by: Actor, number: int, now: datetime) -> Run:
    """Cancel the run of a round that waits or is running; the round stays as it was before it.

    The worker notices with its next word and writes nothing. Who comes after the result is
    written is refused and changes nothing.
    """
    round_ = queries.lock_round(number)
    permissions.check_can_operate(by, round_)
    live = queries.find_live_run(round_)
    run = guards.check_run_cancellable(live and queries.lock_live(live))
    move_run(
        run,
        RunStatus.CANCELLED,
        finished_at=now,
        failure=_("An operator has cancelled this run."),
        seconds_left=None,
    )
    facts = {"round": number, "cancelled": True, "attempt": run.attempt}
    trail.record(Verb.RUN_FINISHED, by=by, on=run, facts=facts)
    return run


def execute_run(
    *, run_id: uuid.UUID | str, pid: int, host: str, clock: Clock, accelerate: bool = False
) -> Run | None:
    """Do one run: claim, read, match, verify, write; return it, or None if it is not ours to do.

    May be called any number of times by any number of processes: the claim lets one in, the
    attempt number (fencing token) lets only the newest one write, and the result is written in
    one transaction. A process may be killed anywhere. `accelerate` lets this process load Numba
    from now on, which a web process must never do.
    """
    if accelerate:
        engine.allow_numba()
    run = _claim(run_id, pid=pid, host=host, now=clock())
    if run is None:
        return None
    pass_failpoint("claimed", turn=run.attempt)
    try:
        with keep_alive(run, clock):
            _work(run, clock)
    except Superseded:
        log.info("run given up: cancelled, or taken over", extra={"run": str(run.public_id)})
        return None
    except (Unsound, bulk.Unreadable, engine.InputError) as error:
        _fail(run, reason=str(error), now=clock())
    return queries.get_run(run.public_id)


def sweep(*, now: datetime) -> int:
    """Send a nudge for every run that nobody works on, and give up on hopeless ones.

    Returns how many nudges were sent.
    """
    nudged = 0
    for run in queries.list_stranded(now):
        if run.attempt >= ATTEMPTS_MAX:
            _fail(run, reason=_("Too many background processes died over this run."), now=now)
            continue
        enqueue_after_commit(Task.RUN, run_id=str(run.public_id))
        nudged += 1
    return nudged


def _create(
    round_: Round,
    *,
    by: Actor,
    now: datetime,
    generation: int,
    withdrawn: list[str] | None = None,
    accepted: dict[str, str] | None = None,
) -> Run:
    run = Run.objects.create(
        round=round_,
        generation=generation,
        requested_by=None if isinstance(by, System) else by,
        requested_at=now,
        withdrawn=withdrawn or [],
        accepted=accepted or {},
    )
    facts = {
        "round": round_.number,
        "generation": generation,
        "withdrawn": len(run.withdrawn),
        "accepted": len(run.accepted),
    }
    trail.record(Verb.RUN_REQUESTED, by=by, on=run, facts=facts)
    enqueue_after_commit(Task.RUN, run_id=str(run.public_id))
    return run


@transaction.atomic
def _claim(run_id: uuid.UUID | str, *, pid: int, host: str, now: datetime) -> Run | None:
    free = Q(status=RunStatus.WAITING) | Q(status=RunStatus.RUNNING, lease_until__lt=now)
    claimed = Run.objects.filter(free, public_id=run_id, attempt__lt=ATTEMPTS_MAX).update(
        status=RunStatus.RUNNING,
        attempt=F("attempt") + 1,
        lease_until=lease_until(now),
        started_at=Coalesce(F("started_at"), now),
        pid=pid,
        host=host,
        stage=Stage.READING,
        percent=1,
        rows_read=0,
        rows_total=0,
        people_placed=0,
        seconds_left=None,
    )
    if not claimed:
        return None
    run = queries.get_run(run_id)
    facts = {"attempt": run.attempt, "pid": pid, "round": run.round.number}
    trail.record(Verb.RUN_CLAIMED, by=SYSTEM, on=run, facts=facts)
    return run


def _work(run: Run, clock: Clock) -> None:
    meter = Meter(run, clock, pace_of(queries.latest_measured_run()))
    outcome = compute(run, meter)
    meter.enter(Stage.WRITING)
    pass_failpoint("writing", turn=run.attempt)
    if not write_result(run, outcome, meter, now=clock()):
        raise Superseded
    pass_failpoint("written", turn=run.attempt)
    if run.generation == 0:
        examine_round(number=run.round.number, now=clock())


@transaction.atomic
def _fail(run: Run, *, reason: str, now: datetime) -> None:
    queries.lock_round(run.round.number)
    locked = queries.lock_claimed(run, run.attempt)
    if locked is None:
        return
    move_run(locked, RunStatus.FAILED, finished_at=now, failure=reason[:2000], seconds_left=None)
    facts = {"round": run.round.number, "failed": True, "attempt": run.attempt}
    trail.record(Verb.RUN_FINISHED, by=SYSTEM, on=locked, facts=facts)
    operators = [user for user in list_users(role="operator") if user.is_active]
    notices.send_many(
        users=operators, kind=Kind.RUN_FAILED, facts={"round": run.round.number}, now=now
    )
    log.error("run failed", extra={"run": str(run.public_id), "round": run.round.number})
