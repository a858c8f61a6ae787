"""Who may simulate what, and who sees whole numbers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from clearinghouse.access.checks import allows, require
from clearinghouse.access.permissions import Permission
from clearinghouse.registry.queries import state_of
from clearinghouse.shared.errors import Forbidden, NotFound
from clearinghouse.simulation.enums import Kind
from clearinghouse.simulation.rules.parameters import Parameters

if TYPE_CHECKING:
    from clearinghouse.simulation.models import Simulation


def not_found() -> NotFound:
    """Return the one answer for simulations that are absent or hidden."""
    return NotFound(_("There is no such simulation."))


def can_simulate(actor: Any) -> bool:
    """Tell whether an actor may ask for simulations."""
    return allows(actor, Permission.SIMULATE)


def check_can_simulate(actor: Any) -> str:
    """Return the state for which an actor asks (empty: the secretariat), or refuse.

    Somebody of the secretariat who also holds an office of a state asks for that state: the
    narrower view wins.
    """
    require(actor, Permission.SIMULATE)
    state = state_of(actor)
    if state is None and not allows(actor, Permission.SEE_ROUNDS):
        raise Forbidden(_("You act for no state, so there is nothing that you could simulate."))
    return state.iso2 if state else ""


def sees_exact(actor: Any) -> bool:
    """Tell whether an actor sees whole numbers of protected people: who reads sealed input does."""
    return allows(actor, Permission.READ_SEALED) and state_of(actor) is None


def can_see(actor: Any, simulation: "Simulation") -> bool:
    """Tell whether an actor may know of a simulation.

    States see their own ones, operators and certifiers those of the secretariat, auditors all.
    """
    if simulation.kind != Kind.WHAT_IF or not can_simulate(actor):
        return False
    if allows(actor, Permission.SEE_AUDIT):
        return True
    state = state_of(actor)
    own = state.iso2 if state else ""
    return simulation.state == own and (bool(own) or allows(actor, Permission.SEE_ROUNDS))


def check_can_see(actor: Any, simulation: "Simulation") -> None:
    """Refuse with `NotFound` what an actor may not know of."""
    if not can_see(actor, simulation):
        raise not_found()


def check_can_change(state: str, parameters: Parameters, states: Mapping[str, str]) -> None:
    """Refuse a state's official who would change the places of another state.

    `states` maps the references of the pool to their states.
    """
    if not state:
        return
    for change in parameters.changes:
        if states.get(change.on) != state and change.on != f"state:{state}":
            raise Forbidden(_("You can change the postings of your own state only."))
    if any(name != state for name, _limit in parameters.caps):
        raise Forbidden(_("You can limit the places of your own state only."))


def can_cancel(actor: Any, simulation: "Simulation") -> bool:
    """Tell whether an actor may stop a simulation: who asked for it, and operators."""
    if not can_see(actor, simulation):
        return False
    own = getattr(actor, "pk", None) == simulation.requested_by_id
    return own or allows(actor, Permission.OPERATE_ROUNDS)


def check_can_cancel(actor: Any, simulation: "Simulation") -> None:
    """Refuse others than the one who asked and operators; hidden ones are not found."""
    check_can_see(actor, simulation)
    if not can_cancel(actor, simulation):
        raise Forbidden(_("Only the person who asked for a simulation can cancel it."))
