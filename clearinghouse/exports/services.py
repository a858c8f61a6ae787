"""Asking for files, deciding, making, fetching and deleting them."""

import csv
import io
import uuid
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.access.checks import SYSTEM, Actor
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.exports import guards, permissions, queries, rules, sources
from clearinghouse.exports.enums import Status, Task
from clearinghouse.exports.lifecycle import LIFECYCLE
from clearinghouse.exports.models import Budget, Export, File, Line, Taken
from clearinghouse.exports.sources import Selection
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Forbidden, NotFound
from clearinghouse.shared.queue import enqueue_after_commit
from clearinghouse.shared.sheets import MARK, csv_text

if TYPE_CHECKING:
    from clearinghouse.registry.models import State

LIFETIME = timedelta(hours=24)


@transaction.atomic
def ask(
    *, by: User, kind: str, selection: Selection, shown: int, reason: str, now: datetime
) -> Export:
    """Ask for a file of the rows that the person looks at; `shown` is the number on the page.

    Within the day's people of the office the file is made at once; above it a second person of
    the office decides first.
    """
    state = permissions.check_can_export(by, kind)
    reason = guards.check_reason(reason)
    guards.check_not_too_many(queries.count_live_of(by))
    rows = sources.rows_of(kind, by, selection)
    guards.check_lines(len(rows))
    guards.check_same_number(shown=shown, found=len(rows))
    people = {row.public_id: sources.person_of(kind, row, state.pk) for row in rows}
    taken = _take(state, now.date(), set(people.values()))
    export = Export.objects.create(
        kind=kind,
        state=state,
        status=Status.QUEUED if taken else Status.WAITING,
        reason=reason,
        people=len(set(people.values())),
        lines=len(rows),
        asked_by=by,
        asked_at=now,
        expires_at=now + LIFETIME,
    )
    Line.objects.bulk_create(
        Line(export=export, subject=subject, person=person) for subject, person in people.items()
    )
    facts = {"kind": kind, "people": export.people, "lines": export.lines, "alone": taken}
    trail.record(Verb.EXPORT_REQUESTED, by=by, on=export, facts=facts, state=state.iso2)
    if taken:
        enqueue_after_commit(Task.MAKE, export_id=str(export.public_id))
    return export


@transaction.atomic
def approve(*, by: User, export_id: uuid.UUID | str, now: datetime) -> Export:
    """Let a colleague have a file that needs a second person."""
    export = queries.lock_export(export_id)
    permissions.check_can_decide(by, export)
    LIFECYCLE.check(export.status, Status.QUEUED)
    export.status, export.decided_by, export.decided_at = Status.QUEUED, by, now
    export.expires_at = now + LIFETIME
    export.save(update_fields=["status", "decided_by", "decided_at", "expires_at"])
    facts = {"people": export.people, "lines": export.lines}
    trail.record(Verb.EXPORT_APPROVED, by=by, on=export, facts=facts, state=export.state.iso2)
    enqueue_after_commit(Task.MAKE, export_id=str(export.public_id))
    return export


@transaction.atomic
def refuse(*, by: User, export_id: uuid.UUID | str, now: datetime) -> Export:
    """Refuse a colleague a file that needs a second person."""
    export = queries.lock_export(export_id)
    permissions.check_can_decide(by, export)
    export.decided_by, export.decided_at = by, now
    _end(export, Status.REFUSED, by=by)
    return export


@transaction.atomic
def cancel(*, by: User, export_id: uuid.UUID | str) -> Export:
    """Take the own wish for a file back, or delete the file early."""
    export = queries.lock_export(export_id)
    permissions.check_is_asker(by, export)
    _end(export, Status.CANCELLED, by=by)
    return export


@transaction.atomic
def make(*, export_id: uuid.UUID | str, now: datetime) -> None:
    """Write the file of the rows that were fixed when it was asked for.

    Repeating it is harmless. If the person may not have every one of these rows any more, there
    is no file: its number would not be the one that was shown.
    """
    try:
        export = queries.lock_export(export_id)
    except NotFound:
        return
    if export.status != Status.QUEUED:
        return
    subjects = export.records.values_list("subject", flat=True)
    try:
        permissions.check_can_see(export.asked_by, export)
        rows = sources.chosen(export.kind, export.asked_by, subjects)
    except (Forbidden, NotFound):
        rows = []
    if len(rows) != export.lines:
        _end(export, Status.CANCELLED, by=SYSTEM)
        return
    source = sources.SOURCES[export.kind]
    text = csv_text([source.header(), *(source.cells(row) for row in rows)])
    LIFECYCLE.check(export.status, Status.READY)
    File.objects.create(export=export, content=text)
    export.status, export.made_at = Status.READY, now
    export.made_lines = len(list(csv.reader(io.StringIO(text)))) - 1
    export.expires_at = now + LIFETIME
    export.save(update_fields=["status", "made_at", "made_lines", "expires_at"])


@transaction.atomic
def fetch(*, by: User, export_id: uuid.UUID | str, now: datetime) -> tuple[str, str]:
    """Return the name and the text of a file for the person who asked, with a line that says so.

    Each time is recorded.
    """
    export = queries.lock_export(export_id)
    permissions.check_is_asker(by, export)
    guards.check_can_be_fetched(export, now=now)
    facts = {"people": export.people, "lines": export.lines}
    trail.record(Verb.EXPORT_FETCHED, by=by, on=export, facts=facts, state=export.state.iso2)
    line = _("Given to account %(account)s of %(state)s at %(moment)s. Do not pass it on.") % {
        "account": by.public_id,
        "state": export.state.iso2,
        "moment": now.isoformat(timespec="seconds"),
    }
    text = MARK + export.file.content + csv_text([[line, str(export.public_id)]])
    return f"{export.kind}-{export.public_id}.csv", text


def sweep(*, now: datetime) -> None:
    """Make what the queue lost, and delete what is older than a day; repeating is harmless."""
    for export_id in queries.list_queued():
        make(export_id=export_id, now=now)
    for export_id in queries.list_due(now):
        _expire(export_id, now)
    Taken.objects.filter(day__lt=now.date() - timedelta(days=1)).delete()


@transaction.atomic
def _expire(export_id: uuid.UUID, now: datetime) -> None:
    export = queries.lock_export(export_id)
    if Status.EXPIRED in LIFECYCLE.targets(export.status) and export.expires_at <= now:
        _end(export, Status.EXPIRED, by=SYSTEM)


def _take(state: "State", day: date, people: set[str]) -> bool:
    """Count people against the day of an office, or leave it as it is and say that it is full."""
    Budget.objects.get_or_create(state=state, day=day)
    with refusals({}):
        taken = queries.lock_budget(state.pk, day)
    new = len(people) - queries.count_known(state.pk, day, people)
    if not rules.fits(people=len(people), taken=taken, new=new):
        return False
    Taken.objects.bulk_create(
        [Taken(state=state, day=day, person=person) for person in sorted(people)],
        ignore_conflicts=True,
    )
    return True


def _end(export: Export, status: Status, *, by: Actor) -> None:
    LIFECYCLE.check(export.status, status)
    export.status = status
    export.save(update_fields=["status", "decided_by", "decided_at"])
    File.objects.filter(export=export).delete()
    Line.objects.filter(export=export).delete()
    facts = {"to": str(status), "people": export.people}
    trail.record(Verb.EXPORT_CANCELLED, by=by, on=export, facts=facts, state=export.state.iso2)
