"""Who may write profiles and mandates. Whose row it is, the queries decide by scope."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from clearinghouse.access.checks import allows, require
from clearinghouse.access.permissions import Permission
from clearinghouse.registry import queries as registry
from clearinghouse.shared.errors import NotFound


def not_found() -> NotFound:
    """Return the one answer for people who are absent or hidden."""
    return NotFound(_("There is no such person."))


def can_have_profile(actor: Any) -> bool:
    """Tell whether an actor keeps a profile of their own."""
    return allows(actor, Permission.OWN_PROFILE)


def check_can_have_profile(actor: Any) -> None:
    """Refuse people whose role has no profile."""
    require(actor, Permission.OWN_PROFILE)


def can_help(actor: Any) -> bool:
    """Tell whether an actor may hold mandates of workers."""
    return allows(actor, Permission.ACT_FOR_WORKER)


def known_to(actor: Any, column: str = "shield") -> Q:
    """Return the people who may exist for an actor who acts for others: no shield names its state.

    `column` is the path from the row to the person's shield.
    """
    return registry.known_to(actor, column)


def check_can_help(actor: Any) -> None:
    """Refuse people who are not helpers."""
    require(actor, Permission.ACT_FOR_WORKER)
