"""The keys of persons: wrapped anew, and destroyed."""

import uuid
from datetime import datetime

from django.db import transaction

from clearinghouse.access.checks import SYSTEM, Actor
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.people import queries as people
from clearinghouse.protection import permissions
from clearinghouse.protection.models import PersonKey
from clearinghouse.shared import envelope

_CHUNK = 1000


def rotate_wrapping_key(*, by: Actor = SYSTEM, now: datetime) -> int:
    """Wrap every key of a person with the present wrapping key; return how many were wrapped anew.

    In steps of a thousand, each a transaction of its own, so that an interrupted turn goes on.
    """
    permissions.check_can_determine(by)
    count = 0
    while turned := _turn(by=by, now=now):
        count += turned
    return count


@transaction.atomic
def _turn(*, by: Actor, now: datetime) -> int:  # noqa: ARG001 - every verb takes the moment
    name = envelope.wrapping_id()
    rows = PersonKey.objects.select_for_update().exclude(wrapping=name).order_by("pk")[:_CHUNK]
    for row in rows:
        owner = str(row.worker_id)
        key = envelope.unwrap(row.wrapping, bytes(row.wrapped), owner=owner)
        row.wrapping, row.wrapped = envelope.wrap(key, owner=owner)
        row.save(update_fields=["wrapping", "wrapped"])
    if rows:
        trail.record(
            Verb.KEY_ROTATED, by=by, on=("protection.personkey", name), facts={"keys": len(rows)}
        )
    return len(rows)


@transaction.atomic
def erase_person(*, by: Actor, worker_id: uuid.UUID | str, now: datetime) -> bool:  # noqa: ARG001
    """Destroy the key of a person: what the zone knew is unreadable here and, soon, in backups.

    The person stays hidden from the same states, because nobody can tell any more which they are.
    Returns whether there was a key. Doing it twice is the same as once.
    """
    permissions.check_can_determine(by)
    worker = people.get_worker(worker_id)
    count, _rows = PersonKey.objects.filter(worker=worker).delete()
    if count:
        trail.record(Verb.PERSON_ERASED, by=by, on=worker)
    return bool(count)
