"""The log of reads: who else saw the record of a person, from which office and why.

The person reads it on a page; it names offices and purposes, never another person.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.queries import roles_of
from clearinghouse.access.checks import Actor, System
from clearinghouse.audit.enums import Purpose
from clearinghouse.audit.models import Reading

# The role that somebody reads in for each purpose, where a person holds several.
_OFFICES = {
    Purpose.HELP: "helper",
    Purpose.PROTECTION: "protection_officer",
    Purpose.MINOR: "protection_officer",
    Purpose.CHECK: "caseworker",
}


def record(
    actor: Actor,
    workers: Iterable[Any],
    *,
    purpose: Purpose,
    now: datetime,
    state: str = "",
) -> int:
    """Record that an actor sees the records of workers (rows or their keys); return how many.

    One statement for all of a page, before the page is sent: what cannot be recorded is not
    shown. A person's look at the own record is nobody's business and leaves no row. `state` is
    the ISO code of the office's state, if it has one.
    """
    if isinstance(actor, System) or not settings.RECORD_READS:
        return 0
    keys = {_key(worker) for worker in workers if getattr(worker, "user_id", None) != actor.pk}
    office = _OFFICES.get(purpose) or ",".join(sorted(roles_of(actor)))
    readings = [
        Reading(
            public_id=uuid.uuid4(),
            at=now,
            worker=key,
            reader=actor.public_id,
            office=office[:24],
            state=state,
            purpose=purpose,
            named=purpose != Purpose.CHECK,
        )
        for key in sorted(keys)
    ]
    Reading.objects.bulk_create(readings)
    return len(readings)


def _key(worker: Any) -> int:
    found: int = worker if isinstance(worker, int) else worker.pk
    return found
