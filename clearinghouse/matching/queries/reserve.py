"""The reserve held to account: how plans fill it, and why places of it reverted."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
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
from clearinghouse.matching.permissions import can_see_figures
from clearinghouse.matching.queries.runs import find_applied_run
from clearinghouse.matching.queries.zone import list_protected


@dataclass(frozen=True, slots=True)
class Fill:
    """How one plan fills one posting of so many places, of which so many are reserved."""

    places: int
    reserve: int
    seats: Seats


@dataclass(frozen=True, slots=True)
class StateReserve:
    """What became of the reserve of one state in a round.

    None stands for a number that is withheld, because it would say too much about a few people.
    `reverted` are all reserved places that no protected person holds, whoever has them now;
    `causes` says why, and adds up to it where nothing is withheld.
    """

    state: str
    reserve: int
    filled: int | None
    reverted: int | None
    causes: tuple[tuple[Cause, int | None], ...]

    @property
    def suppressed(self) -> bool:
        """Tell whether numbers about protected people are withheld here."""
        return self.filled is None

    @property
    def told(self) -> list[tuple[Cause, int]]:
        """List the causes that can be told and that happened."""
        return [(cause, count) for cause, count in self.causes if count]

    @property
    def withholds_causes(self) -> bool:
        """Tell whether some causes are withheld."""
        return any(count is None for _cause, count in self.causes)


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


def shows_reserve(actor: Any, fill: Fill) -> bool:
    """Tell whether an actor may read how many protected people hold places of one posting.

    The secretariat may; others, officials of the state too, only where it is not about a few
    people: whoever knows the holders of a small posting would know who is protected.
    """
    return can_see_figures(actor) or not _is_small(fill)


def list_state_reserves(round_: Round, *, actor: Any) -> list[StateReserve]:
    """List the reserve of each state in a released round, by its code; else nothing.

    Numbers are withheld where they are small, and where the difference to what is shown would be.
    """
    run = find_applied_run(round_)
    if round_.status != Status.RELEASED or run is None:
        return []
    names = SealedPosting.objects.filter(round=round_).values_list("quota_id", "state")
    fills = fills_of(run)
    reverted = ledger.reverted_by_cause(list(fills))
    by_state: dict[str, list[Fill]] = defaultdict(list)
    causes: dict[str, Counter[str]] = defaultdict(Counter)
    for quota_id, state in names:
        by_state[state].append(fills[quota_id])
        causes[state].update(reverted.get(quota_id, {}))
    whole = can_see_figures(actor)
    shown = set(by_state) if whole else _shown_states(by_state)
    return [
        _reserve(state, by_state[state], causes[state], shown=state in shown, whole=whole)
        for state in sorted(by_state)
    ]


def _reserve(
    state: str, fills: list[Fill], causes: Mapping[str, int], *, shown: bool, whole: bool
) -> StateReserve:
    reserve = sum(fill.reserve for fill in fills)
    if not shown:
        return StateReserve(state, reserve, None, None, ())
    filled = sum(fill.seats.reserved for fill in fills)
    told = set(Cause) if whole else _told_causes(causes)
    counts = ((cause, causes.get(cause, 0) if cause in told else None) for cause in Cause)
    return StateReserve(state, reserve, filled, reserve - filled, tuple(counts))


def _shown_states(by_state: Mapping[str, Collection[Fill]]) -> set[str]:
    """Choose the states whose numbers can be told, together with those of their postings."""
    hidden = {state: _hidden(fills) for state, fills in by_state.items()}
    shown = {
        state
        for state, count in hidden.items()
        if count is None or count >= settings.SMALLEST_PUBLIC_CELL
    }
    rest = sum(hidden[state] or 0 for state in by_state.keys() - shown)
    if shown != by_state.keys() and rest < settings.SMALLEST_PUBLIC_CELL:
        # The total of the round less these states would tell the small rest.
        shown = {state for state in shown if hidden[state] is None}
    return shown


def _hidden(fills: Collection[Fill]) -> int | None:
    """Count the places filled at postings that withhold theirs; None if none does."""
    small = [fill.seats.reserved for fill in fills if _is_small(fill)]
    return sum(small) if small else None


def _told_causes(causes: Mapping[str, int]) -> set[Cause]:
    """Choose the causes that can be told: large ones, and only if the others are large together."""
    told = {cause for cause in Cause if causes.get(cause, 0) >= settings.SMALLEST_PUBLIC_CELL}
    rest = sum(causes.get(cause, 0) for cause in Cause if cause not in told)
    if rest == 0:
        return set(Cause)
    if rest < settings.SMALLEST_PUBLIC_CELL and told:
        told.remove(min(told, key=lambda cause: causes[cause]))
    return told


def _is_small(fill: Fill) -> bool:
    return fill.reserve > 0 and fill.seats.reserved < settings.SMALLEST_PUBLIC_CELL
