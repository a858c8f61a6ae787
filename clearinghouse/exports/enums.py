"""Closed vocabularies of exports."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What a file lists."""

    NOMINATIONS = "nominations", _("Nominations")


class Status(TextChoices):
    """Where an export stands."""

    WAITING = "waiting", _("Waiting for a second person")
    QUEUED = "queued", _("Being made")
    READY = "ready", _("Ready")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Deleted")


LIVE_STATUSES = (Status.WAITING, Status.QUEUED, Status.READY)


class Task(StrEnum):
    """Names of the tasks of this app."""

    MAKE = "exports.make"
    SWEEP = "exports.sweep"
