"""Who may do what with a round."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.queries import held_role_since, roles_of
from clearinghouse.access.checks import System, allows, require
from clearinghouse.access.permissions import Permission
from clearinghouse.matching.enums import AUDITOR_PARTY, OMBUDSPERSON_PARTY, OPERATOR_PARTY, Status
from clearinghouse.registry.queries import state_of
from clearinghouse.shared.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round


def not_found() -> NotFound:
    """Return the one answer for rounds that are absent or hidden."""
    return NotFound(_("There is no such round."))


def sees_plans(actor: Any) -> bool:
    """Tell whether an actor knows of rounds before they open."""
    return allows(actor, Permission.SEE_ROUNDS) or allows(actor, Permission.COMMIT_SECRET)


def can_see(actor: Any, round_: "Round") -> bool:
    """Tell whether an actor may know of a round: everybody may, once it is open."""
    return round_.status != Status.PLANNED or sees_plans(actor)


def check_can_see(actor: Any, round_: "Round") -> None:
    """Refuse with `NotFound` what an actor may not know of."""
    if not can_see(actor, round_):
        raise not_found()


def can_operate(actor: Any) -> bool:
    """Tell whether an actor may plan, open, seal, draw, run, release and void rounds."""
    return allows(actor, Permission.OPERATE_ROUNDS)


def check_can_operate(actor: Any, round_: "Round | None" = None) -> None:
    """Refuse others than operators; hidden rounds are not found."""
    if round_ is not None:
        check_can_see(actor, round_)
    require(actor, Permission.OPERATE_ROUNDS)


def can_see_figures(actor: Any) -> bool:
    """Tell whether an actor may see a round's whole numbers, also before the release."""
    return allows(actor, Permission.SEE_ROUNDS)


def check_can_see_figures(actor: Any, round_: "Round") -> None:
    """Refuse others than operators, certifiers and auditors; hidden rounds are not found."""
    check_can_see(actor, round_)
    require(actor, Permission.SEE_ROUNDS)


def can_read_sealed(actor: Any) -> bool:
    """Tell whether an actor may read the sealed input and the plan under the round's pseudonyms.

    They show who is protected, so whoever operates rounds does not read them.
    """
    return allows(actor, Permission.READ_SEALED)


def check_can_read_sealed(actor: Any, round_: "Round") -> None:
    """Refuse others than certifiers and auditors; hidden rounds are not found."""
    check_can_see(actor, round_)
    require(actor, Permission.READ_SEALED)


def can_certify(actor: Any, round_: "Round", requester_ids: Collection[int | None]) -> bool:
    """Tell whether an actor may certify: a certifier who neither operated nor ran the round.

    `requester_ids` are the primary keys of those who asked for a run. Whoever was an operator at
    any time of the round may have had a hand in it, whatever their roles are now.
    """
    if isinstance(actor, System) or not allows(actor, Permission.CERTIFY_ROUNDS):
        return False
    own = actor.pk == round_.operator_id or actor.pk in requester_ids
    since = min(round_.created_at, round_.opened_at or round_.created_at)
    return not own and not held_role_since(actor, Role.OPERATOR, since)


def check_can_certify(actor: Any, round_: "Round", requester_ids: Collection[int | None]) -> None:
    """Refuse others than certifiers, and everyone who had a hand in the round."""
    check_can_see(actor, round_)
    require(actor, Permission.CERTIFY_ROUNDS)
    if not can_certify(actor, round_, requester_ids):
        raise own_round()


def own_round() -> Forbidden:
    """Return the answer to a certifier who had a hand in the round."""
    return Forbidden(
        _("You have taken part in running this round, so others must certify it."),
        code="own_round",
    )


def party_of(actor: Any) -> str:
    """Return the name under which an actor commits to a secret; empty if they may not."""
    if not allows(actor, Permission.COMMIT_SECRET):
        return ""
    if isinstance(actor, System) or allows(actor, Permission.OPERATE_ROUNDS):
        return OPERATOR_PARTY
    if Role.OMBUDSPERSON in roles_of(actor):
        return OMBUDSPERSON_PARTY
    state = state_of(actor)
    return state.iso2 if state else AUDITOR_PARTY


def check_can_commit(actor: Any, round_: "Round", party: str) -> str:
    """Return the actor's party; refuse people without one and the names of others.

    `party` may be empty, which means the own one.
    """
    check_can_see(actor, round_)
    require(actor, Permission.COMMIT_SECRET)
    own = party_of(actor)
    if party and party != own:
        raise Forbidden(_("You can commit a secret in your own party's name only."))
    return own
