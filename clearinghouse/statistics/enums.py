"""Closed words of published numbers."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Precision(TextChoices):
    """How much a published number says."""

    EXACT = "exact", _("the number itself")
    ABOUT = "about", _("rounded to the nearest five")
    FEW = "few", _("fewer than the smallest number that is published, perhaps none")
    MANY = "many", _("at least the smallest number that is published")
    WITHHELD = "withheld", _("not published, so that no other number can be worked out")


class Kind(TextChoices):
    """What a release is about; its subject is the number of a round."""

    ROUND = "round", _("The result of a round")
    ORDERS = "orders", _("Both orders of a round's reserve")


class Task(StrEnum):
    """Names of the tasks of published numbers."""

    RELEASE = "statistics.release"
