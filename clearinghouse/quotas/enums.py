"""Closed vocabularies of quotas."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    """Where a quota stands."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waiting for approval")
    RETURNED = "returned", _("Returned to its author")
    APPROVED = "approved", _("Approved")
    PUBLISHED = "published", _("Published")
    OPEN = "open", _("Open for applications")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


PUBLIC_STATUSES = frozenset({Status.PUBLISHED, Status.OPEN, Status.CLOSED})
EDITABLE_STATUSES = frozenset({Status.DRAFT, Status.RETURNED})


class Category(TextChoices):
    """Kind of labour mobility."""

    PERMANENT = "permanent", _("Permanent")
    TEMPORARY = "temporary", _("Temporary")
    SEASONAL = "seasonal", _("Seasonal")


class ReserveOrder(TextChoices):
    """Which places are filled first; the words are those of the engine."""

    OPEN_FIRST = "open_first", _("Open places first, then reserved places (adds to fair chances)")
    RESERVE_FIRST = (
        "reserve_first",
        _("Reserved places first, then open places (minimum guarantee)"),
    )


class WageUnit(TextChoices):
    """What a wage is paid for."""

    HOUR = "hour", _("an hour")
    MONTH = "month", _("a month")
    YEAR = "year", _("a year")


class FigureKind(TextChoices):
    """What a sourced number of places is; words of the reference data."""

    LEGAL_CAP = "legal_cap", _("Cap set by law")
    ANNOUNCED_CAP = "announced_cap", _("Announced cap")
    PROPOSED_CAP = "proposed_cap", _("Proposed cap")
    ALLOCATION = "allocation", _("Part of a cap")
    PILOT_PLACES = "pilot_places", _("Places of a pilot")
    PLEDGE = "pledge", _("Pledge")
    OBSERVED_VOLUME = "observed_volume", _("Observed volume")


class Criterion(TextChoices):
    """The closed list of lawful criteria that may give points (matching page, section 1)."""

    LANGUAGE = "language", _("Language level")
    EXPERIENCE = "experience", _("Years of experience")
    QUALIFICATION = "qualification", _("Level of qualification")
    OCCUPATION = "occupation", _("Occupation match")
    PRIORITY = "priority", _("Priority occupation")


# The most that one criterion can count before its weight; weights are 0..1000, so that the sum
# of points stays below 65,536 (2 bytes in the engine).
CRITERION_SCALE = {
    Criterion.LANGUAGE: 6,
    Criterion.EXPERIENCE: 20,
    Criterion.QUALIFICATION: 8,
    Criterion.OCCUPATION: 4,
    Criterion.PRIORITY: 1,
}
WEIGHT_MAX = 1000


class Reason(TextChoices):
    """Why a worker does not meet the requirements of a posting."""

    MINOR = "minor", _("You must be 18 or older.")
    LANGUAGE = "language", _("The language level is below the level that this posting asks for.")
    EXPERIENCE = "experience", _("The experience is shorter than this posting asks for.")
    QUALIFICATION = "qualification", _("The qualification is below the level asked for.")
    OCCUPATION = "occupation", _("The occupation is not the one that this posting is for.")
    ORIGIN = "origin", _("This posting is open to people from certain states only.")
    EVIDENCE = "evidence", _("The documents do not show what the application says.")
