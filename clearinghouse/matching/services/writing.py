"""Writing the result of a run: all of it or nothing, and only by the newest attempt."""

from datetime import datetime

from django.db import transaction

from accounts.queries import list_users
from clearinghouse import engine
from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.matching import bulk, queries
from clearinghouse.matching.enums import RunStatus, Stage, Status, Task
from clearinghouse.matching.models import PostingResult, Round, Run
from clearinghouse.matching.services import partitions
from clearinghouse.matching.services.computing import Outcome, Unsound
from clearinghouse.matching.services.copying import copy_rows
from clearinghouse.matching.services.progress import Meter, Superseded
from clearinghouse.matching.services.steps import move, move_run
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.shared.failpoints import pass_failpoint
from clearinghouse.shared.queue import enqueue_after_commit


def write_result(run: Run, outcome: Outcome, meter: Meter, *, now: datetime) -> bool:
    """Write decisions, cut-offs, digests and statuses in one transaction.

    Returns False, having written nothing, if the run is no longer this attempt's or the round was
    voided. The plan must have been verified. Raises `Unsound` if the rows are not what the round
    has sealed.
    """
    try:
        with transaction.atomic():
            _write(run, outcome, meter, now)
    except Superseded:
        return False
    return True


def _write(run: Run, outcome: Outcome, meter: Meter, now: datetime) -> None:
    turn = run.attempt
    _write_decisions(run, outcome, meter)
    # Locked late: whoever wants to cancel waits for the last few statements only.
    round_ = queries.lock_round(run.round.number)
    locked = queries.lock_claimed(run, run.attempt)
    if locked is None or round_.status == Status.VOIDED:
        raise Superseded
    partitions.attach(run)
    pass_failpoint("attached", turn=turn)
    results = bulk.result_rows(locked.pk, outcome.ballots, outcome.plan)
    copy_rows(PostingResult, bulk.RESULT_COLUMNS, results)
    meter.part("attach")
    pass_failpoint("writing_results", turn=turn)
    move_run(
        locked,
        RunStatus.FINISHED,
        finished_at=now,
        stage=Stage.DONE.value,
        percent=100,
        seconds_left=None,
        rows_read=len(outcome.ballots),
        rows_total=len(outcome.ballots),
        people_placed=outcome.placed,
        stage_seconds=meter.close(),
        checked_by=outcome.checked_by,
        engine_version=engine.ENGINE_VERSION,
        market_digest=outcome.market_digest,
        plan_digest=outcome.plan_digest,
    )
    facts = {
        "round": round_.number,
        "generation": locked.generation,
        "placed": outcome.placed,
        "market_digest": outcome.market_digest,
        "plan_digest": outcome.plan_digest,
        "checked_by": outcome.checked_by,
    }
    trail.record(Verb.RUN_FINISHED, by=SYSTEM, on=locked, facts=facts)
    if locked.generation == 0:
        _finish_round(round_, outcome, now)
    else:
        enqueue_after_commit(Task.REFILL, number=round_.number)
    pass_failpoint("before_commit", turn=turn)


def _write_decisions(run: Run, outcome: Outcome, meter: Meter) -> None:
    """Fill and check the table of this attempt; nobody else can see it yet."""
    turn = run.attempt
    part = partitions.create(run)
    pass_failpoint("created", turn=turn)
    content = bulk.decision_rows(run.pk, outcome.ballots, outcome.market, outcome.plan)
    partitions.fill(part, content)
    meter.part("copy")
    pass_failpoint("writing_decisions", turn=turn)
    partitions.close(run)
    meter.part("key")
    pass_failpoint("closed", turn=turn)
    wrong = partitions.findings(part, run, queries.list_entry_ids(run.round, run.withdrawn))
    if wrong:
        raise Unsound("; ".join(wrong))
    meter.part("rows_checked")
    pass_failpoint("checked", turn=turn)


def _finish_round(round_: Round, outcome: Outcome, now: datetime) -> None:
    """Move the round over both steps: the plan was verified before anything was written."""
    move(
        round_,
        Status.RUN,
        run_at=now,
        engine_version=engine.ENGINE_VERSION,
        market_digest=outcome.market_digest,
        plan_digest=outcome.plan_digest,
    )
    move(round_, Status.VERIFIED, verified_at=now)
    facts = {"plan_digest": outcome.plan_digest}
    trail.record(Verb.ROUND_VERIFIED, by=SYSTEM, on=round_, facts=facts)
    certifiers = [user for user in list_users(role="certifier") if user.is_active]
    notices.send_many(
        users=certifiers,
        kind=Kind.ROUND_TO_CERTIFY,
        facts={"round": round_.number},
        now=now,
    )
