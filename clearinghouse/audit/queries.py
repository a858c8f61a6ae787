"""Every read of the audit trail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clearinghouse.access.checks import require
from clearinghouse.access.permissions import Permission
from clearinghouse.audit import chaining, receipts
from clearinghouse.audit.checkpoints import KIND as CHECKPOINT_KIND
from clearinghouse.audit.enums import Purpose, Source, Verb
from clearinghouse.audit.models import (
    Checkpoint,
    Event,
    Heartbeat,
    Link,
    Reading,
    Verification,
)
from clearinghouse.shared.errors import NotFound

__all__ = [
    "ALIVE",
    "CHECKPOINT_KIND",
    "PROTECTION_VERBS",
]

ALIVE = timedelta(seconds=60)
# Who asked for protection, hid from a state or showed documents, and about whom was decided, is
# Z4: auditors get counts elsewhere.
PROTECTION_VERBS = frozenset(
    {
        Verb.PROTECTION_REQUESTED,
        Verb.PROTECTION_WITHDRAWN,
        Verb.DETERMINATION_MADE,
        Verb.REFERRAL_OPENED,
        Verb.REFERRAL_CLOSED,
        Verb.SHIELD_RAISED,
        Verb.SHIELD_LIFT_ASKED,
        Verb.SHIELD_LIFT_AGREED,
        Verb.SHIELD_LIFT_CANCELLED,
        Verb.SHIELD_LIFTED,
        Verb.NOMINATION_SET_ASIDE,
        Verb.EVIDENCE_ADDED,
        Verb.EVIDENCE_READ,
        Verb.EVIDENCE_REMOVED,
        Verb.PERSON_ERASED,
    }
)


def list_events(
    actor: Any, *, verb: str = "", subject: str = "", state: str = ""
) -> QuerySet[Event]:
    """List acts, newest first, for those who may read the trail; none of the protection zone."""
    require(actor, Permission.SEE_AUDIT)
    events = Event.objects.exclude(verb__in=PROTECTION_VERBS).order_by("-at", "-id")
    if verb:
        events = events.filter(verb=verb)
    if subject:
        events = events.filter(subject=subject)
    if state:
        events = events.filter(state=state)
    return events


def list_events_of(kind: str, subject: str) -> QuerySet[Event]:
    """List the acts on one row, oldest first, for the page of that row."""
    return Event.objects.filter(subject_kind=kind, subject=subject).order_by("at", "id")


def list_heartbeats() -> QuerySet[Heartbeat]:
    """List background processes by name with their last sign of life."""
    return Heartbeat.objects.order_by("process")


def worker_is_alive(*, now: datetime) -> bool:
    """Tell whether some background worker has shown life in the last minute."""
    return Heartbeat.objects.filter(process__startswith="worker", seen_at__gt=now - ALIVE).exists()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an act stands in its chain, and the first checkpoint that covers it."""

    stream: str
    position: int
    checkpoint: int | None


def places_of(event_ids: Iterable[int]) -> dict[int, Place]:
    """Return the places of these acts in the chain, by key; two queries."""
    links = list(Link.objects.filter(source=Source.EVENT, entry__in=list(event_ids)))
    if not links:
        return {}
    low = min(link.position for link in links)
    rows = Checkpoint.objects.filter(sizes__acts__gte=low).order_by("number")
    sizes = list(rows.values_list("number", "sizes__acts"))
    return {
        link.entry: Place(
            link.stream,
            link.position,
            next((number for number, size in sizes if size >= link.position), None),
        )
        for link in links
    }


def list_checkpoints() -> QuerySet[Checkpoint]:
    """List signed checkpoints, newest first, for everybody."""
    return Checkpoint.objects.defer("chunks").order_by("-number")


def find_latest_checkpoint() -> Checkpoint | None:
    """Find the newest signed checkpoint."""
    return list_checkpoints().first()


def get_checkpoint(number: int) -> Checkpoint:
    """Return one checkpoint, or raise `NotFound`."""
    found = list_checkpoints().filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no such checkpoint."))
    return found


def receipt_of(kind: str, subject: object) -> dict[str, Any]:
    """Return the receipt of a person's own act on a row, or `NotFound` while there is none.

    The caller has checked whose row it is.
    """
    found = receipts.receipt_of(kind, subject)
    if found is None:
        raise NotFound(_("The receipt is made within five minutes. Please come back then."))
    return found


def list_readings(worker_id: int, *, purpose: str = "") -> QuerySet[Reading]:
    """List who else saw a person's record, newest first; the caller has found the person by scope.

    The reader's id is left out: the person reads offices and purposes.
    """
    rows = Reading.objects.filter(worker=worker_id).defer("reader").order_by("-at", "-id")
    return rows.filter(purpose=purpose) if purpose in Purpose.values else rows


def list_heads(actor: Any) -> list[tuple[str, int, str]]:
    """List the streams of the chain with their lengths and last hashes, for auditors."""
    require(actor, Permission.SEE_AUDIT)
    return [(name, size, head.hex()) for name, (size, head) in sorted(chaining.heads().items())]


def find_latest_verification(actor: Any) -> Verification | None:
    """Find what the last verification of the whole trail found, for auditors."""
    require(actor, Permission.SEE_AUDIT)
    return Verification.objects.order_by("-at", "-id").first()
