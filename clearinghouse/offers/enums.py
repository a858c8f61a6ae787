"""Closed vocabularies of offers."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    """Where an offer stands."""

    OFFERED = "offered", _("Waiting for the worker's answer")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    LAPSED = "lapsed", _("Lapsed")
    IMPROVED = "improved", _("Replaced by a better offer")


LIVE_STATUSES = frozenset({Status.OFFERED, Status.ACCEPTED})


class Task(StrEnum):
    """Names of the tasks of this app."""

    REFILL = "offers.refill"
    LAPSE = "offers.lapse"
