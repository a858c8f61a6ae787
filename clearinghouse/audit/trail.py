"""The one way to record an act, in the same transaction as the act itself."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.queries import roles_of
from clearinghouse.access.checks import Actor, System
from clearinghouse.audit.enums import Verb
from clearinghouse.audit.models import Event, Heartbeat


def record(
    verb: Verb,
    *,
    by: Actor,
    on: Any,
    facts: dict[str, Any] | None = None,
    state: str = "",
) -> Event:
    """Record who did what on which row.

    `on` is a row with a public id, or a pair (kind, id). `facts` hold numbers, codes and random
    ids, never personal data. Refuses to run outside a transaction, so that no act can be kept
    without its record or the other way round.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an act is recorded in the transaction that does it")
    kind, subject = on if isinstance(on, tuple) else (type(on)._meta.label_lower, _id_of(on))
    return Event.objects.create(
        actor=None if isinstance(by, System) else by.public_id,
        actor_role="system" if isinstance(by, System) else ",".join(sorted(roles_of(by)))[:24],
        verb=verb,
        subject_kind=kind,
        subject=str(subject),
        state=state,
        facts=facts or {},
    )


def _id_of(row: Any) -> uuid.UUID | int:
    found: uuid.UUID | int = getattr(row, "public_id", None) or row.pk
    return found


def beat(*, process: str, pid: int, now: datetime) -> None:
    """Keep the last sign of life of a background process."""
    Heartbeat.objects.update_or_create(process=process, defaults={"pid": pid, "seen_at": now})
