"""How a plan fills each posting, counted from arrays."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearinghouse import engine
from clearinghouse.matching.bulk.ballots import Ballots
from clearinghouse.matching.bulk.digests import SEATS, cutoffs_of
from clearinghouse.matching.enums import ReserveCause

RESULT_COLUMNS = (
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


def result_rows(run_id: int, ballots: Ballots, plan: engine.ArrayPlan) -> Iterator[tuple[Any, ...]]:
    """Yield one row of `RESULT_COLUMNS` a posting: counts by kind of place, and both cut-offs.

    With reserve-first the engine calls every place outside the reserve open; those beyond places
    minus reserve are reserved places that reverted, and are counted as such.
    """
    wanted = _wanted_by_protected(ballots)
    counts = _counts(ballots, plan)
    for index, (row, cutoff) in enumerate(
        zip(ballots.postings, cutoffs_of(ballots, plan), strict=True)
    ):
        opened, reserved, reverted = counts[:, index].tolist()
        beyond = max(0, opened - (row.places - row.reserve))
        cause = ReserveCause.NONE
        if reserved < row.reserve:
            cause = ReserveCause.PLACED_HIGHER if wanted[index] else ReserveCause.NO_ELIGIBLE
        yield (
            run_id,
            row.quota_id,
            opened - beyond,
            reserved,
            reverted + beyond,
            row.places - opened - reserved - reverted,
            cause.value,
            *_bar(cutoff.others),
            *_bar(cutoff.protected),
        )


def _counts(ballots: Ballots, plan: engine.ArrayPlan) -> NDArray[np.int64]:
    postings = len(ballots.postings)
    return np.array(
        [
            np.bincount(plan.assignment[plan.seat == kind], minlength=postings)
            for kind in range(len(SEATS))
        ]
    ).reshape(len(SEATS), postings)


def _wanted_by_protected(ballots: Ballots) -> NDArray[np.bool_]:
    asking = np.repeat(ballots.protected.astype(bool), np.diff(ballots.indptr))
    wanted = np.zeros(len(ballots.postings), bool)
    wanted[ballots.posting[asking]] = True
    return wanted


def _bar(bar: engine.Bar | None) -> tuple[int | None, str]:
    return (None, "") if bar is None else (bar.points, bar.candidate or "")
