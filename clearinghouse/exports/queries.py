"""Every read of exports: those of the own office, and what an office took today."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from clearinghouse.exports import permissions, rules, sources
from clearinghouse.exports.enums import LIVE_STATUSES, Kind, Status
from clearinghouse.exports.models import Budget, Export, Taken
from clearinghouse.exports.sources import Selection
from clearinghouse.shared.ids import as_uuid


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would hold if it were asked for now."""

    people: int
    lines: int
    needs_second: bool
    left_today: int


def preview(actor: Any, kind: str, selection: Selection, *, now: datetime) -> Preview:
    """Count exactly the people and the rows of a file that an actor looks at."""
    state = permissions.check_can_export(actor, kind)
    rows = sources.rows_of(kind, actor, selection)
    people = {sources.person_of(kind, row, state.pk) for row in rows}
    taken = count_taken(state.pk, now.date())
    new = len(people) - count_known(state.pk, now.date(), people)
    return Preview(
        people=len(people),
        lines=len(rows),
        needs_second=not rules.fits(people=len(people), taken=taken, new=new),
        left_today=max(0, rules.DAILY_PEOPLE - taken),
    )


def list_exports(actor: Any) -> QuerySet[Export]:
    """List the exports of the actor's own office, newest first."""
    state = permissions.check_can_export(actor, Kind.NOMINATIONS)
    rows = Export.objects.filter(state=state).select_related("asked_by", "decided_by", "state")
    return rows.order_by("-asked_at", "-pk")


def count_to_decide(actor: Any) -> int:
    """Count the exports of colleagues that wait for the actor as the second person."""
    return list_exports(actor).filter(status=Status.WAITING).exclude(asked_by=actor).count()


def get_export(actor: Any, public_id: uuid.UUID | str) -> Export:
    """Return an export of the actor's own office, or raise `NotFound`."""
    export = (
        Export.objects.select_related("asked_by", "decided_by", "state")
        .filter(public_id=as_uuid(public_id))
        .first()
    )
    if export is None:
        raise permissions.not_found()
    permissions.check_can_see(actor, export)
    return export


def lock_export(public_id: uuid.UUID | str) -> Export:
    """Return an export locked until the end of the transaction, or raise `NotFound`."""
    rows = Export.objects.select_for_update(of=("self",)).select_related("asked_by", "state")
    export = rows.filter(public_id=as_uuid(public_id)).first()
    if export is None:
        raise permissions.not_found()
    return export


def list_queued() -> list[uuid.UUID]:
    """List the exports that nobody has made yet, oldest first."""
    rows = Export.objects.filter(status=Status.QUEUED).order_by("asked_at", "pk")
    return list(rows.values_list("public_id", flat=True)[:100])


def list_due(now: datetime) -> list[uuid.UUID]:
    """List the exports whose day is over."""
    rows = Export.objects.filter(status__in=LIVE_STATUSES, expires_at__lte=now)
    return list(rows.order_by("expires_at").values_list("public_id", flat=True)[:1000])


def count_live_of(user: Any) -> int:
    """Count the exports of a person that wait, are being made or lie ready."""
    return Export.objects.filter(asked_by=user, status__in=LIVE_STATUSES).count()


def count_taken(state_id: int, day: date) -> int:
    """Count the people whom an office took in files on a day without a second person."""
    found = Budget.objects.filter(state_id=state_id, day=day).values_list("people", flat=True)
    return found.first() or 0


def count_known(state_id: int, day: date, people: set[str]) -> int:
    """Count how many of these an office took on that day already."""
    return Taken.objects.filter(state_id=state_id, day=day, person__in=people).count()


def lock_budget(state_id: int, day: date) -> int:
    """Lock the day of an office until the end of the transaction and return what it took."""
    row = Budget.objects.select_for_update().get(state_id=state_id, day=day)
    return row.people
