"""Closed vocabularies of applications."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    """Where an application stands."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Being checked")
    IN_POOL = "in_pool", _("In the pool")
    LOCKED = "locked", _("Locked for the round")
    PLACED = "placed", _("Placed")
    UNPLACED = "unplaced", _("No place in this round")
    NOT_ELIGIBLE = "not_eligible", _("Not eligible")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# Wishes may change: before submission, and after it until the round is sealed.
EDITABLE_STATUSES = frozenset({Status.DRAFT, Status.SUBMITTED, Status.IN_POOL, Status.NOT_ELIGIBLE})
LIVE_STATUSES = EDITABLE_STATUSES | {Status.LOCKED}
# A destination knows of an application from its submission on, and of a withdrawn one no more.
KNOWN_TO_STATES = frozenset(Status) - {Status.DRAFT, Status.WITHDRAWN}
# One eligible wish is enough for a round, even while another wish still waits for its check:
# a state that is slow must not cost a person the round.
POOL_STATUSES = frozenset({Status.SUBMITTED, Status.IN_POOL})


class Channel(TextChoices):
    """How an application came in; every channel has equal rank."""

    SELF = "self", _("Own account")
    HELPER = "helper", _("Paper, through a helper")


class Check(TextChoices):
    """What the destination found about one wish."""

    WAITING = "waiting", _("Waiting for the destination")
    ELIGIBLE = "eligible", _("Eligible")
    NOT_ELIGIBLE = "not_eligible", _("Not eligible")


class NominationStatus(TextChoices):
    """Where a nomination stands; until the worker confirms it says nothing else, for everyone."""

    AWAITING_WORKER = "awaiting_worker", _("Awaiting the worker")
    CONFIRMED = "confirmed", _("Confirmed by the worker")
    WITHDRAWN = "withdrawn", _("Withdrawn by the state")
