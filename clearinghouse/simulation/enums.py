"""Closed vocabularies of simulation."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    """Where a simulation stands."""

    WAITING = "waiting", _("Waiting for the background worker")
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


LIVE_STATUSES = (Status.WAITING, Status.RUNNING)


class Kind(TextChoices):
    """Why a simulation exists."""

    WHAT_IF = "what_if", _("Simulation")
    COUNTERFACTUALS = "counterfactuals", _("Both orders of a released round")


class Stage(TextChoices):
    """What a simulation is doing now."""

    WAITING = "waiting", _("Waiting")
    READING = "reading", _("Reading the sealed input")
    MATCHING = "matching", _("Matching")
    COUNTING = "counting", _("Looking for the largest possible matching")
    WRITING = "writing", _("Writing the result")
    DONE = "done", _("Done")


class Scenario(TextChoices):
    """What a column of a result shows."""

    ACTUAL = "actual", _("As it stands now")
    BASE = "base", _("As it was released")
    CHANGED = "changed", _("With the changes")
    OPEN_FIRST = "open_first", _("Open places first everywhere")
    RESERVE_FIRST = "reserve_first", _("Reserved places first everywhere")


class Likeness(TextChoices):
    """How a new quota resembles the sealed posting that stands for it."""

    NONE = "", _("Not mapped")
    SAME_LINE = "same_line", _("Same occupation and same kind")
    SAME_OCCUPATION = "same_occupation", _("Same occupation, another kind")
    SAME_FIELD = "same_field", _("Occupation of the same field")
    CHOSEN = "chosen", _("Chosen by the official; the occupation is another one")


class Task(StrEnum):
    """Names of the tasks of this app."""

    RUN = "simulation.run"
    SWEEP = "simulation.sweep"
