"""Closed vocabularies of protection."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Outcome(TextChoices):
    """What a determination says."""

    RECOGNISED = "recognised", _("Recognised refugee")
    FORCED_MIGRANT = "forced_migrant", _("Forced migrant")
    REFUSED = "refused", _("Not recognised")
    ENDED = "ended", _("Protection ended")


PROTECTED_OUTCOMES = frozenset({Outcome.RECOGNISED, Outcome.FORCED_MIGRANT})


# Plain words for the person's own page, one sentence an outcome.
OWN_SENTENCES = {
    Outcome.RECOGNISED: _("You are recognised as a refugee."),
    Outcome.FORCED_MIGRANT: _("You are recognised as a forced migrant."),
    Outcome.REFUSED: _(
        "Your request was not accepted. You stay in the general pool, with the same chances as "
        "everybody there, and no state is told."
    ),
    Outcome.ENDED: _(
        "Your protection has ended. You stay in the general pool, and no state is told."
    ),
}


class RequestStatus(TextChoices):
    """Where a request for a protection check stands."""

    WAITING = "waiting", _("Waiting for the protection body")
    DECIDED = "decided", _("Decided")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ReferralStatus(TextChoices):
    """Where a referral of a minor stands."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class Ground(TextChoices):
    """Why a state must not know of a person."""

    NATIONALITY = "nationality", _("Nationality")
    FORMER_RESIDENCE = "former_residence", _("Former residence")
    ADDED = "added", _("Added by the person")


class ShieldStatus(TextChoices):
    """Where the hiding of a person from a state stands. Until it is lifted it holds in full."""

    RAISED = "raised", _("Hidden")
    LIFT_ASKED = "lift_asked", _("Hidden; you asked to end it")
    LIFT_AGREED = "lift_agreed", _("Hidden; it will end soon")
    LIFTED = "lifted", _("Ended")


class Task(StrEnum):
    """Names of the tasks of this app."""

    OPEN_REFERRALS = "protection.open_referrals"
    SHIELDS = "protection.shields"
