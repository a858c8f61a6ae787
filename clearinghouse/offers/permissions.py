"""Who may see and answer an offer. Whose row it is, the queries decide by scope."""

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from clearinghouse.access.checks import allows, require
from clearinghouse.access.permissions import Permission
from clearinghouse.quotas.permissions import is_own
from clearinghouse.registry import queries as registry
from clearinghouse.shared.errors import NotFound

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota


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


def known_to(actor: Any) -> Q:
    """Return the offers that may exist for an actor: no shield of their people names its state."""
    return registry.known_to(actor)


def check_can_count(actor: Any) -> None:
    """Refuse people who see no numbers of a state's quotas."""
    require(actor, Permission.SEE_STATE_QUOTAS)


def can_read_book(actor: Any, quota: "Quota") -> bool:
    """Tell whether an actor may read the ledger of a posting: its own state, the secretariat."""
    if allows(actor, Permission.SEE_ROUNDS):
        return True
    return allows(actor, Permission.SEE_STATE_QUOTAS) and is_own(actor, quota)


def check_can_read_book(actor: Any, quota: "Quota") -> None:
    """Refuse people who may not read the ledger of a posting, as if there were none."""
    if not can_read_book(actor, quota):
        raise NotFound(_("There is no such quota."))
