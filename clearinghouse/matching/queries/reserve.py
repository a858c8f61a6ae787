"""The reserve held to account: how plans fill it, and why places of it reverted."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from clearinghouse.applications.queries import count_not_found_eligible
from clearinghouse.ledger import queries as ledger
from clearinghouse.ledger.enums import Cause
from clearinghouse.ledger.rules import Seats
from clearinghouse.matching.causes import Asked, share_causes
from clearinghouse.matching.enums import Status
from clearinghouse.matching.models import (
    PostingResult,
    Round,
    Run,
    SealedEntry,
    SealedPosting,
)
from clearinghouse.matching.numbers import CAUSES
from clearinghouse.matching.permissions import can_read_sealed
from clearinghouse.matching.queries.runs import find_applied_run
from clearinghouse.matching.queries.zone import list_protected
from clearinghouse.statistics.enums import Kind, Precision
from clearinghouse.statistics.queries import cells_of, find_release
from clearinghouse.statistics.rules import Shown, rest_of


@dataclass(frozen=True, slots=True)
class Fill:
    """How one plan fills one posting of so many places, of which so many are reserved."""

    places: int
    reserve: int
    seats: Seats


@dataclass(frozen=True, slots=True)
class StateReserve:
    """What became of the reserve of one state in a round.

    `reverted` are all reserved places that no protected person holds, whoever has them now;
    `causes` says why, and adds up to it where the numbers are whole.
    """

    state: str
    reserve: int
    filled: Shown
    causes: tuple[tuple[Cause, Shown], ...]

    @property
    def reverted(self) -> Shown:
        """Return the rest of the reserve, as exactly as what was filled is told."""
        return rest_of(self.reserve, self.filled, settings.SMALLEST_PUBLIC_CELL)

    @property
    def told(self) -> list[tuple[Cause, Shown]]:
        """List the causes that did not certainly explain nothing."""
        return [(cause, shown) for cause, shown in self.causes if shown.value != 0]


def fills_of(run: Run) -> dict[int, Fill]:
    """Return how a run fills each posting of its round, by the key of the quota; two queries."""
    sealed = SealedPosting.objects.filter(round_id=run.round_id)
    sizes = {row[0]: row[1:] for row in sealed.values_list("quota_id", "places", "reserve")}
    results = PostingResult.objects.filter(run=run)
    columns = ("quota_id", "open_filled", "reserved_filled", "reverted")
    return {
        quota_id: Fill(*sizes[quota_id], Seats(*seats))
        for quota_id, *seats in results.values_list(*columns)
    }


def find_fill(quota_id: int) -> Fill | None:
    """Find how the run that offers follow fills one posting (key); None before the release."""
    results = PostingResult.objects.filter(
        quota_id=quota_id, run__applied_at__isnull=False, run__round__status=Status.RELEASED
    )
    newest = results.order_by("-run__generation").select_related("run").first()
    return None if newest is None else fills_of(newest.run)[quota_id]


def fills_in_force() -> dict[int, Fill]:
    """Return how the runs that offers follow fill each posting, by the key of the quota."""
    runs = Run.objects.filter(applied_at__isnull=False, round__status=Status.RELEASED)
    newest = {run.round_id: run for run in runs.order_by("generation")}
    found: dict[int, Fill] = {}
    for run in newest.values():
        found |= fills_of(run)
    return found


def causes_of(run: Run) -> dict[int, dict[Cause, int]]:
    """Say why reserved places reverted, by the key of the quota and by cause.

    Counts of a posting add up to its reserved places less those that protected people hold. From
    the sealed input; only wishes that never came into it are read where they stand.
    """
    fills = fills_of(run)
    short = {key for key, fill in fills.items() if fill.reserve > fill.seats.reserved}
    if not short:
        return {}
    postings = SealedPosting.objects.filter(round_id=run.round_id, quota_id__in=short)
    asked = _asked(run, dict(postings.values_list("number", "quota_id")), fills)
    causes = {}
    for key in sorted(short):
        fill = fills[key]
        causes[key] = share_causes(fill.reserve - fill.seats.reserved, asked[key])
    return causes


def _asked(run: Run, quota_ids: dict[int, int], fills: dict[int, Fill]) -> dict[int, Asked]:
    """Count protected people by what became of their wish; four queries."""
    left: Counter[int] = Counter()
    stayed: Counter[int] = Counter()
    withdrawn = frozenset(run.withdrawn)
    entries = SealedEntry.objects.filter(round_id=run.round_id, protected=True)
    for candidate, postings in entries.values_list("candidate", "postings").iterator():
        wished = (quota_ids[number] for number in postings if number in quota_ids)
        (left if candidate in withdrawn else stayed).update(wished)
    sealed_at = run.round.sealed_at
    if sealed_at is None:
        raise RuntimeError("a round that was run has been sealed")
    failed = count_not_found_eligible(
        quota_ids.values(), worker_ids=list_protected(sealed_at.date())
    )
    return {
        key: Asked(
            placed=fills[key].seats.reserved,
            left=left[key],
            elsewhere=max(0, stayed[key] - fills[key].seats.reserved),
            failed=failed.get(key, 0),
        )
        for key in quota_ids.values()
    }


def shows_reserve(actor: Any) -> bool:
    """Tell whether an actor may read how many protected people hold places of one posting.

    Only who may read the sealed input. Officials of the state may not: they know who holds the
    places, and each single move would tell of somebody whether they are protected.
    """
    return can_read_sealed(actor)


def list_state_reserves(round_: Round, *, actor: Any) -> list[StateReserve]:
    """List the reserve of each state in a released round, by its code; else nothing.

    As in the newest release of numbers; whole for those who may read the sealed input.
    """
    run = find_applied_run(round_)
    if round_.status != Status.RELEASED or run is None:
        return []
    if can_read_sealed(actor):
        return _whole(run)
    release = find_release(Kind.ROUND, round_.number)
    if release is None:
        return []
    cells = cells_of(release)
    nothing = Shown(Precision.EXACT, 0)
    return [
        StateReserve(
            state,
            reserve,
            cells.get(f"filled:{state}", nothing),
            tuple((cause, cells.get(f"{cause}:{state}", nothing)) for cause in CAUSES),
        )
        for state, reserve in sorted(release.content["states"].items())
    ]


def _whole(run: Run) -> list[StateReserve]:
    fills = fills_of(run)
    reverted = ledger.reverted_by_cause(list(fills))
    names = SealedPosting.objects.filter(round_id=run.round_id).values_list("quota_id", "state")
    reserve: Counter[str] = Counter()
    filled: Counter[str] = Counter()
    causes: dict[str, Counter[str]] = defaultdict(Counter)
    for quota_id, state in names:
        reserve[state] += fills[quota_id].reserve
        filled[state] += fills[quota_id].seats.reserved
        causes[state].update(reverted.get(quota_id, {}))
    return [
        StateReserve(
            state,
            reserve[state],
            _exactly(filled[state]),
            tuple((cause, _exactly(causes[state][cause])) for cause in Cause),
        )
        for state in sorted(reserve)
    ]


def _exactly(count: int) -> Shown:
    return Shown(Precision.EXACT, count)
