"""Closed vocabularies of matching."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

OPERATOR_PARTY = "operator"
AUDITOR_PARTY = "auditor"
OMBUDSPERSON_PARTY = "ombudsperson"


class Status(TextChoices):
    """Where a round stands."""

    PLANNED = "planned", _("Planned")
    OPEN = "open", _("Open")
    SEALED = "sealed", _("Sealed")
    DRAWN = "drawn", _("Seed drawn")
    RUN = "run", _("Matched")
    VERIFIED = "verified", _("Verified")
    CERTIFIED = "certified", _("Certified")
    RELEASED = "released", _("Results released")
    VOIDED = "voided", _("Voided")


# A round that is past its seal but not decided for good can still be voided.
VOIDABLE_STATUSES = frozenset({Status.SEALED, Status.DRAWN, Status.RUN, Status.VERIFIED})


class RunStatus(TextChoices):
    """Where one run of the matcher stands."""

    WAITING = "waiting", _("Waiting for the background worker")
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


# How a run ends without a result; such a generation can be asked for again.
ENDED_EMPTY = (RunStatus.FAILED, RunStatus.CANCELLED)


class Stage(TextChoices):
    """What a run is doing now."""

    WAITING = "waiting", _("Waiting")
    READING = "reading", _("Reading the sealed input")
    MATCHING = "matching", _("Matching")
    VERIFYING = "verifying", _("Verifying")
    WRITING = "writing", _("Writing the result")
    DONE = "done", _("Done")


class Seat(TextChoices):
    """Kind of place that a person got; the words are those of the engine."""

    OPEN = "open", _("Open place")
    RESERVED = "reserved", _("Reserved place")
    REVERTED = "reverted", _("Reserved place that reverted to everyone")


class ReserveCause(TextChoices):
    """Why a reserved place was not filled by a protected person."""

    NONE = "", _("All reserved places were filled")
    NO_ELIGIBLE = "no_eligible", _("No protected person who is eligible asked for it")
    PLACED_HIGHER = (
        "placed_higher",
        _("Protected people who asked for it got a place that they like better, or an open one"),
    )


class StatisticalTest(TextChoices):
    """What the self-test of a plan looks at."""

    LOTTERY_TIME = "lottery_time", _("Lottery numbers and the moment of applying")
    LOTTERY_ID = "lottery_id", _("Lottery numbers and the order of applications")
    LOTTERY_ORIGIN = "lottery_origin", _("Lottery numbers and the state people come from")
    LOTTERY_AIM = "lottery_aim", _("Lottery numbers and the state people want to go to")
    LOTTERY_UNIFORM = "lottery_uniform", _("Lottery numbers spread evenly")
    PLACE_TIME = "place_time", _("Places at equal points and the moment of applying")
    PLACE_ID = "place_id", _("Places at equal points and the order of applications")


class WishResult(TextChoices):
    """How one wish ended; all but the last two are words of the engine."""

    PLACED = "placed", _("You got this place.")
    PLACED_HIGHER = "placed_higher", _("You got a place that you ranked higher.")
    CUTOFF_NOT_MET = "cutoff_not_met", _("Your points were below the cut-off.")
    LOTTERY_NOT_MET = (
        "lottery_not_met",
        _("Your points were equal to the cut-off, and the lottery number decided."),
    )
    NO_PLACE_FOR_GROUP = (
        "no_place_for_group",
        _("No place of this posting was open to your group in this round."),
    )
    NOT_ELIGIBLE = "not_eligible", _("You do not meet the requirements of this posting.")
    NOT_CHECKED = "not_checked", _("The state had not checked this wish when the round closed.")


class Task(StrEnum):
    """Names of the tasks of this app."""

    RUN = "matching.run"
    SWEEP = "matching.sweep"
    CLOCK = "matching.clock"
    # Belongs to offers, which sits above: matching only knows its name.
    REFILL = "offers.refill"
