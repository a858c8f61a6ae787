"""Every read of the audit trail."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from clearinghouse.access.checks import require
from clearinghouse.access.permissions import Permission
from clearinghouse.audit.enums import Verb
from clearinghouse.audit.models import Event, Heartbeat

ALIVE = timedelta(seconds=60)
# Who asked for protection, and about whom was decided, is Z4: auditors get counts elsewhere.
PROTECTION_VERBS = frozenset(
    {
        Verb.PROTECTION_REQUESTED,
        Verb.PROTECTION_WITHDRAWN,
        Verb.DETERMINATION_MADE,
        Verb.REFERRAL_OPENED,
        Verb.REFERRAL_CLOSED,
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
