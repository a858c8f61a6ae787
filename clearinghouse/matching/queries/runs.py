"""Reads of runs: which is live, which is finished, how far it is."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from clearinghouse.matching.enums import ENDED_EMPTY, RunStatus, Stage
from clearinghouse.matching.models import Decision, Round, Run
from clearinghouse.matching.permissions import not_found

LIVE = (RunStatus.WAITING, RunStatus.RUNNING)
# A waiting run that nobody has claimed by then has probably lost its nudge.
PATIENCE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, as the operator's page shows it."""

    run_id: uuid.UUID
    generation: int
    status: str
    stage: str
    percent: int
    rows_read: int
    rows_total: int
    people_placed: int
    seconds_left: int | None
    checked_by: str
    attempt: int
    pid: int | None
    host: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    failure: str

    @property
    def is_live(self) -> bool:
        """Tell whether the page should ask again soon."""
        return self.status in LIVE

    @property
    def minutes_left(self) -> int:
        """Return the time left in whole minutes; 0 below two, where seconds say more."""
        return 0 if (self.seconds_left or 0) < 120 else round((self.seconds_left or 0) / 60)

    @property
    def stage_label(self) -> str:
        """Return what the run is doing, in the active language."""
        return str(Stage(self.stage).label)


@dataclass(frozen=True, slots=True)
class Placement:
    """One ballot that a run decided, by keys; `quota_id` is None where no place was found."""

    candidate: str
    worker_id: int
    application_id: int
    quota_id: int | None
    seat: str


def find_run(public_id: uuid.UUID | str) -> Run | None:
    """Find a run with its round."""
    return Run.objects.select_related("round").filter(public_id=public_id).first()


def get_run(public_id: uuid.UUID | str) -> Run:
    """Return a run with its round or raise `NotFound`."""
    run = find_run(public_id)
    if run is None:
        raise not_found()
    return run


def list_runs(round_: Round) -> QuerySet[Run]:
    """List the runs of a round, newest first."""
    return Run.objects.filter(round=round_).order_by("-generation", "-pk")


def find_standing(round_: Round, generation: int = 0) -> Run | None:
    """Find the run of a generation that has not failed; there is one at most."""
    runs = Run.objects.select_related("round").filter(round=round_, generation=generation)
    return runs.exclude(status__in=ENDED_EMPTY).first()


def find_live_run(round_: Round) -> Run | None:
    """Find the run of a round that waits or is running."""
    return list_runs(round_).filter(status__in=LIVE).select_related("round").first()


def find_latest_run(round_: Round) -> Run | None:
    """Find the newest run of a round whatever became of it."""
    return list_runs(round_).select_related("round").first()


def latest_finished_run(round_: Round) -> Run | None:
    """Find the newest finished run of a round that was not discarded."""
    runs = list_runs(round_).filter(status=RunStatus.FINISHED, discarded_at__isnull=True)
    return runs.select_related("round").first()


def find_applied_run(round_: Round) -> Run | None:
    """Find the newest run that offers follow; None before the release."""
    return list_runs(round_).filter(applied_at__isnull=False).select_related("round").first()


def find_unapplied_run(round_: Round) -> Run | None:
    """Find the finished refill of a round that offers do not follow yet."""
    runs = list_runs(round_).filter(
        status=RunStatus.FINISHED,
        generation__gt=0,
        applied_at__isnull=True,
        discarded_at__isnull=True,
    )
    return runs.select_related("round").first()


def list_requester_ids(round_: Round) -> set[int | None]:
    """List the keys of those who asked for a run of a round."""
    return set(Run.objects.filter(round=round_).values_list("requested_by_id", flat=True))


def lock_claimed(run: Run, attempt: int) -> Run | None:
    """Lock a run that is still this attempt's; None once another attempt or an end has come."""
    rows = Run.objects.select_for_update(of=("self",)).select_related("round")
    return rows.filter(pk=run.pk, attempt=attempt, status=RunStatus.RUNNING).first()


def lock_live(run: Run) -> Run | None:
    """Lock a run that waits or is running; None once it has ended."""
    rows = Run.objects.select_for_update(of=("self",)).select_related("round")
    return rows.filter(pk=run.pk, status__in=LIVE).first()


def latest_measured_run() -> Run | None:
    """Find the run that finished last, of any round: how long its stages took tells of the next."""
    runs = Run.objects.filter(status=RunStatus.FINISHED, rows_total__gt=0)
    return runs.order_by("-finished_at").first()


def count_live_runs() -> int:
    """Count the runs that wait or are running."""
    return Run.objects.filter(status__in=LIVE).count()


def list_stranded(now: datetime) -> QuerySet[Run]:
    """List runs that nobody works on: not claimed in time, or left by a worker that died."""
    forgotten = Q(status=RunStatus.WAITING, requested_at__lt=now - PATIENCE)
    orphaned = Q(status=RunStatus.RUNNING, lease_until__lt=now)
    return Run.objects.filter(forgotten | orphaned).order_by("pk")


def progress_of(round_: Round) -> Progress | None:
    """Say how far the newest run of a round is; None if none was asked for."""
    run = find_latest_run(round_)
    if run is None:
        return None
    return Progress(
        run_id=run.public_id,
        **{name: getattr(run, name) for name in Progress.__dataclass_fields__ if name != "run_id"},
    )


def list_unclaimed(run: Run, holders: "QuerySet[Any, Any]") -> list[str]:
    """List the candidates whom a run gave a place that nobody holds for them, by name.

    `holders` is a query for the names of those who hold one.
    """
    rows = Decision.objects.filter(run=run, quota__isnull=False)
    rows = rows.exclude(entry__candidate__in=holders)
    return sorted(rows.values_list("entry__candidate", flat=True))


def placements_of(run: Run) -> Iterator[Placement]:
    """Yield what a run decided for every ballot, in the order of the ballots' keys."""
    rows = Decision.objects.filter(run=run).order_by("entry_id")
    columns = ("entry__candidate", "entry__worker_id", "entry__application_id", "quota_id", "seat")
    for row in rows.values_list(*columns).iterator(chunk_size=10_000):
        yield Placement(*row)
