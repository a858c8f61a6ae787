"""Who may ask for a file, let a colleague have one, and fetch it."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from clearinghouse.applications.permissions import can_nominate, check_can_nominate
from clearinghouse.exports.enums import Kind
from clearinghouse.shared.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from clearinghouse.exports.models import Export
    from clearinghouse.registry.models import State

_CHECKS = {Kind.NOMINATIONS: check_can_nominate}


def not_found() -> NotFound:
    """Return the one answer for exports that are absent or hidden."""
    return NotFound(_("There is no such export."))


def can_export(actor: Any) -> bool:
    """Tell whether an actor may ask for any file."""
    return can_nominate(actor)


def check_can_export(actor: Any, kind: str) -> "State":
    """Return the state for which an actor may have files of a kind; refuse everybody else."""
    check = _CHECKS.get(kind)  # type: ignore[call-overload]
    if check is None:
        raise not_found()
    state: State = check(actor)
    return state


def check_can_see(actor: Any, export: "Export") -> None:
    """Refuse with `NotFound` people of other offices, and those without the right any more."""
    try:
        state = check_can_export(actor, export.kind)
    except Forbidden:
        raise not_found() from None
    if state.pk != export.state_id:
        raise not_found()


def can_decide(actor: Any, export: "Export") -> bool:
    """Tell whether an actor may be the second person: of the same office, never oneself."""
    try:
        check_can_see(actor, export)
    except NotFound:
        return False
    return bool(actor.pk != export.asked_by_id)


def check_can_decide(actor: Any, export: "Export") -> None:
    """Refuse everybody but a second person of the same office."""
    check_can_see(actor, export)
    if not can_decide(actor, export):
        raise Forbidden(_("A second person of your office decides this, never you yourself."))


def is_asker(actor: Any, export: "Export") -> bool:
    """Tell whether an actor asked for this file."""
    return bool(actor.pk == export.asked_by_id)


def check_is_asker(actor: Any, export: "Export") -> None:
    """Refuse everybody but the person who asked; other offices find nothing."""
    check_can_see(actor, export)
    if not is_asker(actor, export):
        raise Forbidden(_("Only the person who asked for this file can have it."))
