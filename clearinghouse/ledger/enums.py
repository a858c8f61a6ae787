"""Closed vocabularies of the places ledger."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Account(TextChoices):
    """Where a place is. Every place of a posting is in one account at any time.

    `POSTED` is the other side of the book: what the state has put in, counted below zero.
    """

    POSTED = "posted", _("Posted by the state")
    UNALLOTTED = "unallotted", _("Not divided yet")
    OPEN = "open", _("Free, open to everybody")
    RESERVED = "reserved", _("Free, reserved for protected people")
    REVERTED = "reverted", _("Free, reserve that reverted to everybody")
    HELD = "held", _("Given by the plan, no offer made yet")
    OFFERED = "offered", _("Offered, waiting for an answer")
    ACCEPTED = "accepted", _("Accepted")
    GRANTED = "granted", _("Visa granted")
    LAPSED = "lapsed", _("Given back, waiting for the next refill")
    WITHDRAWN = "withdrawn", _("Withdrawn by the state")


STOCKS = tuple(account for account in Account if account != Account.POSTED)
# Which of these a free place is says how many protected people got one.
FREE = frozenset({Account.OPEN, Account.RESERVED, Account.REVERTED})
TAKEN = frozenset({Account.OFFERED, Account.ACCEPTED, Account.GRANTED})
WAITING = frozenset({Account.HELD, Account.LAPSED})
# Stands for the three kinds of free places where telling them apart would say too much.
ANY_FREE = "free"


class Kind(TextChoices):
    """What moved the places of one transaction."""

    OPENING = "opening", _("Carried over when the ledger was opened")
    PUBLISHED = "published", _("The quota was published")
    ALLOTTED = "allotted", _("A round opened: open and reserved places were divided")
    VOIDED = "voided", _("The round was voided: places went back")
    WITHDRAWN = "withdrawn", _("The quota was withdrawn")
    REVERTED = "reverted", _("Reserved places reverted to everybody")
    TAKEN = "taken", _("The plan gave free places to people")
    OFFERED = "offered", _("Offers were made")
    ACCEPTED = "accepted", _("Offers were accepted")
    DECLINED = "declined", _("Offers were declined")
    LAPSED = "lapsed", _("Offers lapsed")
    IMPROVED = "improved", _("Holders moved to a place that they ranked higher")
    RETURNED = "returned", _("A refill began: places that waited became free")
    RESEATED = "reseated", _("Holders changed between open and reserved places")


# These say nothing but how many protected people hold a place.
OF_RESERVE = frozenset({Kind.REVERTED, Kind.RESEATED})


class Cause(TextChoices):
    """Why a reserved place reverted: each is put down to one person, as far as there is one."""

    DECLINED = "declined", _("A protected person who asked for it declined or let the offer lapse")
    PLACED_HIGHER = (
        "placed_higher",
        _("A protected person who asked for it got a better place, or an open one here"),
    )
    FAILED_CHECKS = "failed_checks", _("A protected person asked for it and was not found eligible")
    NO_ELIGIBLE = "no_eligible", _("No further eligible protected person asked for it")
    NONE_RANKED = "none_ranked", _("No protected person asked for it")


class Task(StrEnum):
    """Names of the tasks of this app."""

    RECONCILE = "ledger.reconcile"
