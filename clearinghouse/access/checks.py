"""The question every service asks first."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import roles_of
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import GRANTS
from clearinghouse.shared.errors import Forbidden


class System:
    """The house acting by itself: the clock, the matcher. It is named in the audit trail."""

    public_id = None

    def __repr__(self) -> str:
        return "SYSTEM"


SYSTEM = System()
Actor = User | System


def allows(actor: Any, permission: Permission) -> bool:
    """Tell whether a role of the actor grants a permission; the system may do everything."""
    if isinstance(actor, System):
        return True
    return any(permission in GRANTS[role] for role in roles_of(actor))


def require(actor: Any, permission: Permission) -> None:
    """Refuse with `Forbidden` unless a role of the actor grants the permission."""
    if not allows(actor, permission):
        raise Forbidden(_("Your role does not allow this."))


def acting_role(actor: Any, permission: Permission) -> str:
    """Return the role through which the actor holds a permission, for the audit trail."""
    if isinstance(actor, System):
        return "system"
    return next((role for role in sorted(roles_of(actor)) if permission in GRANTS[role]), "none")
