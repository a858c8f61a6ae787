"""Who may know of and write protected status: the person, and the protection body. Nobody else."""

from typing import Any

from django.utils.translation import gettext as _

from clearinghouse.access.checks import allows, require
from clearinghouse.access.permissions import Permission
from clearinghouse.shared.errors import NotFound


def not_found() -> NotFound:
    """Return the one answer for cases that are absent or hidden."""
    return NotFound(_("There is no such case."))


def can_ask(actor: Any) -> bool:
    """Tell whether an actor may ask for a check for themselves or for a person they help."""
    return allows(actor, Permission.REQUEST_PROTECTION) or allows(actor, Permission.ACT_FOR_WORKER)


def check_can_ask(actor: Any) -> None:
    """Refuse people who have no case of their own and help nobody."""
    if not can_ask(actor):
        require(actor, Permission.REQUEST_PROTECTION)


def can_determine(actor: Any) -> bool:
    """Tell whether an actor acts for the protection body."""
    return allows(actor, Permission.DETERMINE_PROTECTION)


def check_can_determine(actor: Any) -> None:
    """Refuse everybody who does not act for the protection body."""
    require(actor, Permission.DETERMINE_PROTECTION)
