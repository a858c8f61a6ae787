"""Who may apply, check and nominate. Whose row it is, the queries decide by scope."""

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from clearinghouse.access.checks import allows, require
from clearinghouse.access.permissions import Permission
from clearinghouse.registry import queries as registry
from clearinghouse.registry.queries import state_of
from clearinghouse.shared.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from clearinghouse.registry.models import State


def not_found() -> NotFound:
    """Return the one answer for applications that are absent or hidden."""
    return NotFound(_("There is no such application."))


def no_nomination() -> NotFound:
    """Return the one answer for nominations that are absent or hidden."""
    return NotFound(_("There is no such nomination."))


def can_apply(actor: Any) -> bool:
    """Tell whether an actor may write applications: own ones, or those of people they help."""
    return allows(actor, Permission.OWN_APPLICATION) or allows(actor, Permission.ACT_FOR_WORKER)


def check_can_apply(actor: Any) -> None:
    """Refuse people who apply neither for themselves nor for others."""
    if not can_apply(actor):
        require(actor, Permission.OWN_APPLICATION)


def can_check(actor: Any) -> bool:
    """Tell whether an actor checks applications for a state."""
    return allows(actor, Permission.CHECK_APPLICATIONS) and state_of(actor) is not None


def check_can_check(actor: Any) -> "State":
    """Return the state that an actor checks applications for; refuse everybody else."""
    return _acting_state(actor, Permission.CHECK_APPLICATIONS)


def known_to(actor: Any) -> Q:
    """Return the applications, or wishes, that may exist for an actor: no shield names its state.

    Lists, counts and single reads are scoped by it, so that hidden and absent are the same.
    """
    return registry.known_to(actor)


def can_nominate(actor: Any) -> bool:
    """Tell whether an actor nominates workers for a state."""
    return allows(actor, Permission.NOMINATE) and state_of(actor) is not None


def check_can_nominate(actor: Any) -> "State":
    """Return the state that an actor nominates for; refuse everybody else."""
    return _acting_state(actor, Permission.NOMINATE)


def can_confirm(actor: Any) -> bool:
    """Tell whether an actor may answer nominations."""
    return allows(actor, Permission.CONFIRM_NOMINATION)


def check_can_confirm(actor: Any) -> None:
    """Refuse people who are nobody's nominee."""
    require(actor, Permission.CONFIRM_NOMINATION)


def check_can_settle(actor: Any) -> None:
    """Refuse everybody who does not run rounds."""
    require(actor, Permission.OPERATE_ROUNDS)


def _acting_state(actor: Any, permission: Permission) -> "State":
    require(actor, permission)
    state = state_of(actor)
    if state is None:
        raise Forbidden(_("You do not act for a state."))
    return state
