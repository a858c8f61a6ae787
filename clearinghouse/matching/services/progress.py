"""How far a run is: what it tells while it works, and what it expects to be left."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from clearinghouse.matching.enums import RunStatus, Stage
from clearinghouse.matching.models import Run
from clearinghouse.shared.leases import lease_until

Clock = Callable[[], datetime]
STAGES = (Stage.READING, Stage.MATCHING, Stage.VERIFYING, Stage.WRITING)
# Until a run of this installation has told its own: microseconds per ballot.
_USUAL = {Stage.READING: 6.0, Stage.MATCHING: 4.0, Stage.VERIFYING: 30.0, Stage.WRITING: 6.0}
# Shorter is noise: neither worth a message nor a measure of speed.
_MOMENT = 0.25
_LEARNED_FROM = 1_000


class Superseded(Exception):
    """The run is no longer this attempt's: another has it, or it has ended or was cancelled."""


class Meter:
    """Tells how far one attempt is, and hears with every word whether it may go on.

    The time left is what each stage usually takes (the last finished run's seconds a ballot),
    corrected by how fast this attempt has been so far.
    """

    def __init__(self, run: Run, clock: Clock, pace: Mapping[str, float]) -> None:
        self._run = run
        self._clock = clock
        self._pace = pace
        self._total = 0
        self._stage = Stage.READING
        self._began = self._told = self._parted = clock()
        self._seconds: dict[str, float] = {}

    def enter(self, stage: Stage, **facts: Any) -> None:
        """Begin the next stage. Raises `Superseded`."""
        now = self._clock()
        self._close(now)
        self._stage, self._began = stage, now
        self._tell(now, 0.0, stage=stage, **facts)

    def read(self, rows: int, total: int) -> None:
        """Tell how many ballots of about how many are read. Raises `Superseded`."""
        now = self._clock()
        self._total = total
        if rows >= total or (now - self._told).total_seconds() >= _MOMENT:
            self._tell(now, rows / total if total else 1.0, rows_read=rows, rows_total=total)

    def part(self, name: str) -> None:
        """Note the seconds since the last part ended under a name of its own; tells nobody."""
        now = self._clock()
        self._seconds[name] = round((now - self._parted).total_seconds(), 3)
        self._parted = now

    def close(self) -> dict[str, float]:
        """End the last stage and return the seconds of each stage and part by its name."""
        self._close(self._clock())
        return self._seconds

    def _close(self, now: datetime) -> None:
        seconds = (now - self._began).total_seconds()
        self._seconds[self._stage.value] = round(seconds, 3)

    def _tell(self, now: datetime, done: float, **facts: Any) -> None:
        percent, left = self._estimate(now, done)
        self._told = now
        tell(self._run, now, percent=percent, seconds_left=left, **facts)

    def _estimate(self, now: datetime, done: float) -> tuple[int, int]:
        usual = [self._pace.get(stage, _USUAL[stage]) * self._total / 1e6 for stage in STAGES]
        here = STAGES.index(self._stage)
        behind = sum(usual[:here]) + done * usual[here]
        spent = sum(self._seconds.get(stage, 0.0) for stage in STAGES[:here])
        spent += (now - self._began).total_seconds()
        speed = spent / behind if behind > 0 and spent >= _MOMENT else 1.0
        whole = sum(usual)
        percent = 1 + int(98 * behind / whole) if whole > 0 else 1
        return percent, round((whole - behind) * speed)


def tell(run: Run, now: datetime, **progress: Any) -> None:
    """Write how far an attempt is, in a transaction of its own, and renew its lease.

    Raises `Superseded` if the run is no longer this attempt's.
    """
    mine = Run.objects.filter(pk=run.pk, attempt=run.attempt, status=RunStatus.RUNNING)
    if not mine.update(lease_until=lease_until(now), **progress):
        raise Superseded


def pace_of(run: Run | None) -> dict[str, float]:
    """Return microseconds a ballot of each stage of a finished run; nothing from a small one."""
    if run is None or run.rows_total < _LEARNED_FROM:
        return {}
    return {stage: seconds * 1e6 / run.rows_total for stage, seconds in run.stage_seconds.items()}
