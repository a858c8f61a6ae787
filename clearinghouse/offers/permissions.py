"""Who may see and answer an offer. Whose row it is, the queries decide by scope."""

from typing import Any

from django.utils.translation import gettext as _

from clearinghouse.access.checks import allows, require
from clearinghouse.access.permissions import Permission
from clearinghouse.shared.errors import NotFound


def not_found() -> NotFound:
    """Return the one answer for offers that are absent or hidden."""
    return NotFound(_("There is no such offer."))


def can_answer(actor: Any) -> bool:
    """Tell whether an actor may answer offers: own ones, or those of people they help."""
    return allows(actor, Permission.OWN_OFFER) or allows(actor, Permission.ACT_FOR_WORKER)


def check_can_answer(actor: Any) -> None:
    """Refuse people who answer neither for themselves nor for others."""
    if not can_answer(actor):
        require(actor, Permission.OWN_OFFER)


def check_can_count(actor: Any) -> None:
    """Refuse people who see no numbers of a state's quotas."""
    require(actor, Permission.SEE_STATE_QUOTAS)
