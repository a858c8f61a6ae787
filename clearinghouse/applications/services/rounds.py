"""What a round does to many applications at once; called by matching, with its transaction."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from clearinghouse.access.checks import Actor
from clearinghouse.applications import guards, permissions
from clearinghouse.applications.enums import LIVE_STATUSES, POOL_STATUSES, Check, Status
from clearinghouse.applications.models import Application, Wish
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.people import services as people

_CHUNK = 10_000


@transaction.atomic
def lock(
    *,
    application_ids: Collection[int],
    by: Actor,
    now: datetime,  # noqa: ARG001 - every verb takes the moment, this one keeps none
    round_number: int | None = None,
) -> int:
    """Lock applications (keys) of the pool for a round; all of them or, with `Conflict`, none.

    Take the keys from `queries.lock_in_pool` in the same transaction, so that no wish changes
    between reading and locking.
    """
    permissions.check_can_settle(by)
    moved = _update(application_ids, POOL_STATUSES, status=Status.LOCKED)
    guards.check_whole_pool(wanted=len(set(application_ids)), moved=moved)
    _record(Verb.APPLICATION_LOCKED, by=by, round_number=round_number, facts={"locked": moved})
    return moved


@transaction.atomic
def settle(
    *,
    placed_ids: Collection[int],
    unplaced_ids: Collection[int],
    by: Actor,
    now: datetime,
    round_number: int | None = None,
) -> tuple[int, int]:
    """Keep the result of applications (keys): placed and unplaced; return how many moved to each.

    Locked applications get their first result; a place that becomes free later, or is given up,
    moves people between the two. Doing it twice changes nothing.
    """
    permissions.check_can_settle(by)
    placed = _update(
        placed_ids, {Status.LOCKED, Status.UNPLACED}, status=Status.PLACED, closed_at=now
    )
    unplaced = _update(
        unplaced_ids, {Status.LOCKED, Status.PLACED}, status=Status.UNPLACED, closed_at=now
    )
    _thaw([*placed_ids, *unplaced_ids])
    facts = {"placed": placed, "unplaced": unplaced}
    _record(Verb.APPLICATION_SETTLED, by=by, round_number=round_number, facts=facts)
    return placed, unplaced


@transaction.atomic
def return_to_pool(
    *, application_ids: Collection[int], by: Actor, now: datetime, round_number: int | None = None
) -> int:
    """Give locked applications back, as their checks say, after a round was voided."""
    permissions.check_can_settle(by)
    waits = Exists(Wish.objects.filter(application=OuterRef("pk"), check_status=Check.WAITING))
    waiting = 0
    for chunk in _chunks(application_ids):
        locked = Application.objects.filter(pk__in=chunk, status=Status.LOCKED)
        waiting += locked.filter(waits).update(status=Status.SUBMITTED)
    pooled = _update(application_ids, {Status.LOCKED}, status=Status.IN_POOL, pooled_at=now)
    facts = {"returned": pooled + waiting}
    _record(Verb.APPLICATION_POOLED, by=by, round_number=round_number, facts=facts)
    return pooled + waiting


def _update(ids: Collection[int], sources: Collection[str], **columns: object) -> int:
    return sum(
        Application.objects.filter(pk__in=chunk, status__in=sources).update(**columns)
        for chunk in _chunks(ids)
    )


def _thaw(ids: Collection[int]) -> None:
    # Somebody placed late may have sent another application in the meantime: it keeps its facts.
    sent = Application.objects.filter(status__in=LIVE_STATUSES - {Status.DRAFT})
    for chunk in _chunks(ids):
        rows = Application.objects.filter(pk__in=chunk).values_list("worker_id", flat=True)
        workers = set(rows)
        held = sent.filter(worker_id__in=workers).values_list("worker_id", flat=True)
        people.thaw_facts(worker_ids=workers.difference(held))


def _chunks(ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]


def _record(verb: Verb, *, by: Actor, round_number: int | None, facts: dict[str, int]) -> None:
    subject = "all" if round_number is None else round_number
    trail.record(verb, by=by, on=("matching.round", subject), facts=facts)
