"""Every read of messages."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.notices.models import Message
from clearinghouse.shared.errors import NotFound

# How long to wait after each failed try; after the last one an operator has to look.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (0, 1, 5, 15, 60, 240, 720, 1440))


def list_messages(user: User) -> QuerySet[Message]:
    """List the messages of one person, newest first."""
    return Message.objects.filter(user=user).order_by("-made_at", "-pk")


def count_unread(user: User) -> int:
    """Count the messages that a person has not opened."""
    return Message.objects.filter(user=user, read_at__isnull=True).count()


def get_own(user: User, public_id: uuid.UUID | str) -> Message:
    """Return a person's own message or raise `NotFound`."""
    found = Message.objects.filter(user=user, public_id=public_id).first()
    if found is None:
        raise NotFound(_("There is no such message."))
    return found


def lock_next_due(*, now: datetime, tried: Collection[int]) -> Message | None:
    """Lock the oldest message that may be sent now and that no other process holds.

    `tried` are keys of messages that this run has tried already. Closed accounts get no mail.
    """
    due = Q(tried_at__isnull=True)
    for attempts, pause in enumerate(PAUSES):
        due |= Q(attempts=attempts, tried_at__lte=now - pause)
    return (
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("user")
        .filter(due, sent_at__isnull=True, made_at__lte=now)
        .filter(Q(user__isnull=True) | Q(user__is_active=True))
        .exclude(pk__in=tried)
        .order_by("made_at", "pk")
        .first()
    )


def count_waiting() -> int:
    """Count messages that will still be tried."""
    return Message.objects.filter(sent_at__isnull=True, attempts__lt=len(PAUSES)).count()


def count_given_up() -> int:
    """Count messages that could not be sent in all tries; they stay readable in the portal."""
    return Message.objects.filter(sent_at__isnull=True, attempts__gte=len(PAUSES)).count()
