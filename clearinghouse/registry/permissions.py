"""Who may change people, offices and participation."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.access.checks import allows, require
from clearinghouse.access.permissions import Permission
from clearinghouse.shared.errors import Forbidden


def can_manage_people(actor: Any) -> bool:
    """Tell whether the actor may invite officials, appoint them and keep offices."""
    return allows(actor, Permission.MANAGE_PEOPLE)


def check_can_manage_people(actor: Any) -> None:
    """Refuse with `Forbidden` unless the actor may manage people."""
    require(actor, Permission.MANAGE_PEOPLE)


def can_change_roles_of(actor: Any, user: User) -> bool:
    """Tell whether the actor may change this person's roles or account; never one's own."""
    return can_manage_people(actor) and actor != user


def check_can_change_roles_of(actor: Any, user: User) -> None:
    """Refuse with `Forbidden` unless the actor may change this person's roles or account."""
    check_can_manage_people(actor)
    if not can_change_roles_of(actor, user):
        raise Forbidden(
            _("You cannot change your own roles or account. Ask another administrator."),
            code="not_yourself",
        )


def check_can_use_api(actor: Any) -> None:
    """Refuse with `Forbidden` unless the actor's role may use programs."""
    require(actor, Permission.USE_API)
