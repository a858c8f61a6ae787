"""Runs of the matcher: asked for, claimed by one process, swept up if that process dies."""

import logging
import uuid
from collections.abc import Callable, Collection, Mapping
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
from clearinghouse.matching import guards, permissions, queries, snapshot
from clearinghouse.matching.enums import RunStatus, Stage, Status, Task
from clearinghouse.matching.lifecycle import LIFECYCLE
from clearinghouse.matching.models import Round, Run
from clearinghouse.matching.services.lease import keep_alive, lease_until
from clearinghouse.matching.services.self_testing import examine_round
from clearinghouse.matching.services.steps import move_run
from clearinghouse.matching.services.writing import write_result
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.shared.failpoints import pass_failpoint
from clearinghouse.shared.queue import enqueue_after_commit

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
# So many processes died over one run that the next one would too.
ATTEMPTS_MAX = 25


class Superseded(Exception):
    """Another attempt has taken the run over, or it has ended."""


class Unsound(Exception):
    """The plan must not be written; the text says why."""


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
    failed before: then an operator has been told and must look.
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
    if latest is not None and latest.status == RunStatus.FAILED:
        if (latest.withdrawn, latest.accepted) == wanted:
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


def execute_run(*, run_id: uuid.UUID | str, pid: int, host: str, clock: Clock) -> Run | None:
    """Do one run: claim, read, match, verify, write; return it, or None if it is not ours to do.

    May be called any number of times by any number of processes: the claim lets one in, the
    attempt number (fencing token) lets only the newest one write, and the result is written in
    one transaction. A process may be killed anywhere.
    """
    run = _claim(run_id, pid=pid, host=host, now=clock())
    if run is None:
        return None
    pass_failpoint("claimed", turn=run.attempt)
    try:
        with keep_alive(run, clock):
            _work(run, clock)
    except Superseded:
        log.info("run taken over by another process", extra={"run": str(run.public_id)})
        return None
    except (Unsound, engine.InputError) as error:
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
        percent=5,
        rows_read=0,
        people_placed=0,
    )
    if not claimed:
        return None
    run = queries.get_run(run_id)
    facts = {"attempt": run.attempt, "pid": pid, "round": run.round.number}
    trail.record(Verb.RUN_CLAIMED, by=SYSTEM, on=run, facts=facts)
    return run


def _work(run: Run, clock: Clock) -> None:
    pass_failpoint("reading", turn=run.attempt)
    market = snapshot.take_for(run)
    _report(run, clock, stage=Stage.MATCHING, percent=30, rows_read=len(market.candidates))
    pass_failpoint("matching", turn=run.attempt)
    plan = engine.match(market)
    placed = sum(assignment.posting is not None for assignment in plan.assignments)
    _report(run, clock, stage=Stage.VERIFYING, percent=55, people_placed=placed)
    pass_failpoint("verifying", turn=run.attempt)
    findings = engine.verify(market, plan)
    if findings:
        raise Unsound(_what(findings))
    _report(run, clock, stage=Stage.WRITING, percent=80)
    pass_failpoint("writing", turn=run.attempt)
    if not write_result(run, market, plan, now=clock()):
        raise Superseded
    pass_failpoint("written", turn=run.attempt)
    if run.generation == 0:
        examine_round(number=run.round.number, now=clock())


def _report(run: Run, clock: Clock, **progress: object) -> None:
    """Tell the page how far the run is, in a transaction of its own, and renew the lease."""
    mine = Run.objects.filter(pk=run.pk, attempt=run.attempt, status=RunStatus.RUNNING)
    if not mine.update(lease_until=lease_until(clock()), **progress):
        raise Superseded


@transaction.atomic
def _fail(run: Run, *, reason: str, now: datetime) -> None:
    queries.lock_round(run.round.number)
    locked = queries.lock_claimed(run, run.attempt)
    if locked is None:
        return
    move_run(locked, RunStatus.FAILED, finished_at=now, failure=reason[:2000])
    facts = {"round": run.round.number, "failed": True, "attempt": run.attempt}
    trail.record(Verb.RUN_FINISHED, by=SYSTEM, on=locked, facts=facts)
    operators = [user for user in list_users(role="operator") if user.is_active]
    notices.send_many(
        users=operators, kind=Kind.RUN_FAILED, facts={"round": run.round.number}, now=now
    )
    log.error("run failed", extra={"run": str(run.public_id), "round": run.round.number})


def _what(findings: Collection[engine.Finding]) -> str:
    first = list(findings)[:5]
    lines = [f"{finding.code}: {finding.message}" for finding in first]
    if len(findings) > len(first):
        lines.append(_("and %(count)d more") % {"count": len(findings) - len(first)})
    return "\n".join(lines)
