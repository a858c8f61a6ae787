"""Releasing the numbers of a round: once with its result, later at fixed times only."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction

from clearinghouse.matching import queries
from clearinghouse.matching.numbers import content_of_round, table_of_round
from clearinghouse.matching.queries.counting import counts_of
from clearinghouse.statistics import services as statistics
from clearinghouse.statistics.enums import Kind
from clearinghouse.statistics.queries import find_release
from clearinghouse.statistics.rules import Shown

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round
    from clearinghouse.statistics.models import Release

REFILLED: Final = "Freed places were refilled."


@transaction.atomic
def publish_numbers(*, round_: "Round", reason: str = REFILLED, now: datetime) -> "Release | None":
    """Release the numbers of a released round as its offers stand; None if nothing may change.

    `reason` stands beside every release but the first one; a correction names its own.
    """
    run = queries.find_applied_run(round_)
    if run is None:
        raise RuntimeError("a released round has a run that counts")
    counts, limits = counts_of(run), statistics.limits()
    facts = {
        "round": round_.number,
        "generation": run.generation,
        "market_digest": run.market_digest,
        "plan_digest": run.plan_digest,
        **content_of_round(counts, limits),
    }

    def compose(_shown: Mapping[str, Shown]) -> Mapping[str, object]:
        return facts

    return statistics.release(
        Kind.ROUND,
        round_.number,
        table=table_of_round(counts, limits),
        compose=compose,
        reason=reason,
        now=now,
    )


def publish_due(*, now: datetime) -> int:
    """Release new numbers of rounds that were refilled since, a week after the last ones at least.

    Also makes the first release of rounds that were released before there was this room. Returns
    how many releases were made.
    """
    made = 0
    for round_ in queries.list_released().order_by("number"):
        last = find_release(Kind.ROUND, round_.number)
        if last is None or _is_due(last, round_, now):
            made += publish_numbers(round_=round_, now=now) is not None
    return made


def _is_due(last: "Release", round_: "Round", now: datetime) -> bool:
    if now < last.made_at + timedelta(days=settings.PUBLIC_NUMBERS_DAYS):
        return False
    run = queries.find_applied_run(round_)
    return run is not None and run.generation != last.content["generation"]
