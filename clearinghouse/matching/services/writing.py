"""Writing the result of a run: all of it or nothing, and only by the newest attempt."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.db import transaction

from accounts.queries import list_users
from clearinghouse import engine
from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.matching import queries, snapshot
from clearinghouse.matching.enums import RunStatus, Stage, Status, Task
from clearinghouse.matching.models import (
    Decision,
    PostingResult,
    Round,
    Run,
    SealedEntry,
    SealedPosting,
)
from clearinghouse.matching.services.copying import copy_rows
from clearinghouse.matching.services.steps import move, move_run
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.shared.failpoints import pass_failpoint
from clearinghouse.shared.queue import enqueue_after_commit

_DECISION_COLUMNS = ("run_id", "entry_id", "quota_id", "seat", "lottery")
_RESULT_COLUMNS = (
    "run_id",
    "quota_id",
    "open_filled",
    "reserved_filled",
    "reverted",
    "free",
    "reserve_cause",
    "others_points",
    "others_candidate",
    "protected_points",
    "protected_candidate",
)


@transaction.atomic
def write_result(run: Run, market: engine.Market, plan: engine.Plan, *, now: datetime) -> bool:
    """Write decisions, cut-offs, digests and statuses in one transaction.

    Returns False, having written nothing, if a newer attempt has the run or the round was voided.
    The plan must have been verified.
    """
    round_ = queries.lock_round(run.round.number)
    locked = queries.lock_claimed(run, run.attempt)
    if locked is None or round_.status == Status.VOIDED:
        return False
    quota_ids = dict(SealedPosting.objects.filter(round=round_).values_list("posting", "quota_id"))
    entry_ids = dict(SealedEntry.objects.filter(round=round_).values_list("candidate", "pk"))
    decisions = _decision_rows(locked, snapshot.pairs(market, plan), quota_ids, entry_ids)
    copy_rows(Decision, _DECISION_COLUMNS, decisions)
    pass_failpoint("writing_decisions", turn=run.attempt)
    copy_rows(PostingResult, _RESULT_COLUMNS, _result_rows(locked, market, plan, quota_ids))
    pass_failpoint("writing_results", turn=run.attempt)
    placed = sum(assignment.posting is not None for assignment in plan.assignments)
    move_run(
        locked,
        RunStatus.FINISHED,
        finished_at=now,
        stage=Stage.DONE.value,
        percent=100,
        rows_read=len(market.candidates),
        people_placed=placed,
        engine_version=plan.engine,
        market_digest=plan.market_digest,
        plan_digest=plan.digest,
    )
    facts = {
        "round": round_.number,
        "generation": locked.generation,
        "placed": placed,
        "market_digest": plan.market_digest,
        "plan_digest": plan.digest,
    }
    trail.record(Verb.RUN_FINISHED, by=SYSTEM, on=locked, facts=facts)
    if locked.generation == 0:
        _finish_round(round_, plan, now)
    else:
        enqueue_after_commit(Task.REFILL, number=round_.number)
    pass_failpoint("before_commit", turn=run.attempt)
    return True


def _finish_round(round_: Round, plan: engine.Plan, now: datetime) -> None:
    """Move the round over both steps: the plan was verified before anything was written."""
    move(
        round_,
        Status.RUN,
        run_at=now,
        engine_version=plan.engine,
        market_digest=plan.market_digest,
        plan_digest=plan.digest,
    )
    move(round_, Status.VERIFIED, verified_at=now)
    trail.record(Verb.ROUND_VERIFIED, by=SYSTEM, on=round_, facts={"plan_digest": plan.digest})
    certifiers = [user for user in list_users(role="certifier") if user.is_active]
    notices.send_many(
        users=certifiers,
        kind=Kind.ROUND_TO_CERTIFY,
        facts={"round": round_.number},
        now=now,
    )


def _decision_rows(
    run: Run,
    pairs: Iterable[tuple[engine.Assignment, int]],
    quota_ids: Mapping[str, int],
    entry_ids: Mapping[str, int],
) -> Iterator[tuple[object, ...]]:
    for assignment, lottery in pairs:
        quota_id = None if assignment.posting is None else quota_ids[assignment.posting]
        seat = "" if assignment.seat is None else assignment.seat.value
        yield run.pk, entry_ids[assignment.candidate], quota_id, seat, lottery


def _result_rows(
    run: Run, market: engine.Market, plan: engine.Plan, quota_ids: Mapping[str, int]
) -> Iterator[tuple[object, ...]]:
    filled = snapshot.fill(market, plan)
    for cutoff in plan.cutoffs:
        if cutoff.posting is None:
            continue
        numbers = filled[cutoff.posting]
        yield (
            run.pk,
            quota_ids[cutoff.posting],
            numbers.opened,
            numbers.reserved,
            numbers.reverted,
            numbers.free,
            numbers.cause.value,
            *_bar(cutoff.others),
            *_bar(cutoff.protected),
        )


def _bar(bar: engine.Bar | None) -> tuple[int | None, str]:
    return (None, "") if bar is None else (bar.points, bar.candidate or "")
