"""Who may do what with a quota."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.access.checks import System, allows, require
from clearinghouse.access.permissions import Permission
from clearinghouse.audit.enums import Verb
from clearinghouse.audit.queries import list_events_of
from clearinghouse.quotas.enums import PUBLIC_STATUSES, Status
from clearinghouse.registry.queries import state_of
from clearinghouse.shared.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota

WRITING = frozenset({Verb.QUOTA_DRAFTED, Verb.QUOTA_EDITED, Verb.QUOTA_SUBMITTED})


def not_found() -> NotFound:
    """Return the one answer for quotas that are absent or hidden."""
    return NotFound(_("There is no such quota."))


def is_own(actor: Any, quota: "Quota") -> bool:
    """Tell whether an official acts for the state that posted the quota."""
    if isinstance(actor, System):
        return True
    state = state_of(actor)
    return state is not None and state.pk == quota.state_id


def can_see(actor: Any, quota: "Quota") -> bool:
    """Tell whether an actor may know of a quota: public ones all, others their own state only."""
    if quota.status in PUBLIC_STATUSES:
        return True
    return allows(actor, Permission.SEE_STATE_QUOTAS) and is_own(actor, quota)


def check_can_see(actor: Any, quota: "Quota") -> None:
    """Refuse with `NotFound` what an actor may not know of."""
    if not can_see(actor, quota):
        raise not_found()


def can_draft(actor: Any) -> bool:
    """Tell whether an actor may post quotas for a state."""
    return allows(actor, Permission.DRAFT_QUOTA) and state_of(actor) is not None


def check_can_draft(actor: Any) -> None:
    """Refuse people who post for no state."""
    require(actor, Permission.DRAFT_QUOTA)
    if state_of(actor) is None:
        raise Forbidden(_("You do not act for a state, so you cannot post a quota."))


def can_edit(actor: Any, quota: "Quota") -> bool:
    """Tell whether an actor may edit, submit or delete a quota of the own state."""
    return allows(actor, Permission.DRAFT_QUOTA) and is_own(actor, quota)


def check_can_edit(actor: Any, quota: "Quota") -> None:
    """Refuse others than quota officers of the state; hidden quotas are not found."""
    check_can_see(actor, quota)
    require(actor, Permission.DRAFT_QUOTA)
    _check_own(actor, quota)


def wrote(actor: Any, quota: "Quota") -> bool:
    """Tell whether a person is the author of a quota or edited or submitted it."""
    if not isinstance(actor, User):
        return False
    if quota.author_id == actor.pk:
        return True
    events = list_events_of("quotas.quota", str(quota.public_id))
    return events.filter(actor=actor.public_id, verb__in=WRITING).exists()


def can_decide(actor: Any, quota: "Quota") -> bool:
    """Tell whether an actor may return or approve a quota: an approver who wrote none of it."""
    return isinstance(actor, User) and can_oversee(actor, quota) and not wrote(actor, quota)


def check_can_decide(actor: Any, quota: "Quota") -> None:
    """Refuse others than approvers of the state, and everyone who wrote the quota."""
    check_can_oversee(actor, quota)
    if isinstance(actor, System):
        raise Forbidden(_("A person must decide about a quota."))
    if wrote(actor, quota):
        raise Forbidden(
            _("You have written this quota yourself. Another person must decide about it."),
            code="author_decides",
        )


def can_oversee(actor: Any, quota: "Quota") -> bool:
    """Tell whether an actor may publish or withdraw quotas of the state."""
    return allows(actor, Permission.APPROVE_QUOTA) and is_own(actor, quota)


def check_can_oversee(actor: Any, quota: "Quota") -> None:
    """Refuse others than approvers of the state; hidden quotas are not found."""
    check_can_see(actor, quota)
    require(actor, Permission.APPROVE_QUOTA)
    _check_own(actor, quota)


def can_withdraw(actor: Any, quota: "Quota") -> bool:
    """Tell whether an actor may withdraw: approvers, and officers while it is returned to them."""
    if quota.status == Status.RETURNED:
        return can_edit(actor, quota)
    return can_oversee(actor, quota)


def check_can_withdraw(actor: Any, quota: "Quota") -> None:
    """Refuse others than those who hold the quota in its present status."""
    if quota.status == Status.RETURNED:
        check_can_edit(actor, quota)
    else:
        check_can_oversee(actor, quota)


def _check_own(actor: Any, quota: "Quota") -> None:
    if not is_own(actor, quota):
        raise Forbidden(_("This quota belongs to another state."))
