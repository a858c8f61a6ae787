"""Appointments: a role and an office for a person, kept together."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import queries as account_queries
from accounts import services as accounts
from accounts.enums import INCOMPATIBLE_PAIRS, Role
from accounts.models import User
from clearinghouse.access.checks import Actor
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.registry import guards, permissions, queries
from clearinghouse.registry.enums import OFFICES
from clearinghouse.registry.models import Agency, Officer
from clearinghouse.registry.services import sessions
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Conflict, NotFound


@transaction.atomic
def appoint(
    *,
    by: Actor,
    user: User,
    agency_id: uuid.UUID | str,
    role: str,
    position: str = "",
    now: datetime,
) -> Officer:
    """Give a person a role in an agency.

    Two roles that exclude each other are refused by the database (`Conflict`,
    `incompatible_roles`), also when they are given at the same moment.
    """
    permissions.check_can_change_roles_of(by, user)
    agency = queries.get_agency(agency_id)
    return place(by=by, user=user, agency=agency, role=role, position=position, now=now)


@transaction.atomic
def end_role(*, by: Actor, user_id: uuid.UUID | str, role: str, now: datetime) -> User:
    """End a role of an official now; the history keeps it."""
    user = queries.get_official(user_id)
    permissions.check_can_change_roles_of(by, user)
    user = account_queries.lock_user(user.pk)
    if role not in OFFICES or not accounts.end_role(user, role, now=now):
        raise NotFound(_("This person does not hold this role."))
    trail.record(Verb.ROLE_ENDED, by=by, on=user, facts={"role": role})
    return user


@transaction.atomic
def move_official(
    *,
    by: Actor,
    user_id: uuid.UUID | str,
    agency_id: uuid.UUID | str,
    position: str = "",
) -> Officer:
    """Move an official with all roles to another agency of a kind that has these roles.

    Every session and token ends at once: what was open before acted for the old office. What
    the person did stays with the office in which it was done.
    """
    user = queries.get_official(user_id)
    permissions.check_can_change_roles_of(by, user)
    agency = queries.get_agency(agency_id)
    locked = account_queries.lock_user(user.pk)
    guards.check_account_open(is_active=locked.is_active)
    office = Officer.objects.select_for_update(of=("self",)).filter(user=locked).first()
    held = account_queries.held_roles(locked) & OFFICES.keys()
    guards.check_can_move(held=held, from_agency=office.agency_id if office else None, to=agency)
    assert office is not None
    old = Agency.objects.select_related("state").get(pk=office.agency_id)
    office.agency, office.position = agency, position
    office.save(update_fields=["agency", "position"])
    sessions.revoke_access(locked, by=by)
    state = agency.state.iso2 if agency.state else ""
    facts = {"from": str(old.public_id), "to": str(agency.public_id)}
    trail.record(Verb.OFFICER_MOVED, by=by, on=locked, facts=facts, state=state)
    return office


def place(
    *, by: Actor, user: User, agency: Agency, role: str, position: str = "", now: datetime
) -> Officer:
    """Give role and office within a transaction of the caller, who has checked permission."""
    guards.check_office_fits(role=role, agency_kind=agency.kind)
    locked = account_queries.lock_user(user.pk)
    guards.check_account_open(is_active=locked.is_active)
    held = account_queries.held_roles(locked)
    _check_one_office(locked, agency, held)
    with refusals(_refusals(held, role)), transaction.atomic():
        accounts.grant_role(locked, role, by=by if isinstance(by, User) else None, now=now)
    officer, _created = Officer.objects.update_or_create(
        user=locked, defaults={"agency": agency, "position": position}
    )
    for remembered in ("_held_roles", "_officer"):
        user.__dict__.pop(remembered, None)
    facts = {"role": role, "agency": str(agency.public_id)}
    state = agency.state.iso2 if agency.state else ""
    trail.record(Verb.ROLE_GRANTED, by=by, on=locked, facts=facts, state=state)
    return officer


def incompatible(held: frozenset[str], wanted: str) -> Conflict:
    """Say which held role excludes the wanted one."""
    other = next((role for role in sorted(held) if _pair(role, wanted) in INCOMPATIBLE_PAIRS), None)
    if other is None:
        sentence = _("This role does not go together with another role of this person.")
    else:
        sentence = _(
            "One person may not be both “%(held)s” and “%(wanted)s”: these duties check each other."
        ) % {"held": Role(other).label, "wanted": Role(wanted).label}
    return Conflict(sentence, code="incompatible_roles", fields={"role": [sentence]})


def role_held() -> Conflict:
    """Say that the person has the role already."""
    sentence = _("This person holds this role already.")
    return Conflict(sentence, code="role_held", fields={"role": [sentence]})


def excludes(held: frozenset[str], wanted: str) -> bool:
    """Tell whether a held role excludes the wanted one."""
    return any(_pair(role, wanted) in INCOMPATIBLE_PAIRS for role in held)


def _check_one_office(user: User, agency: Agency, held: frozenset[str]) -> None:
    office = Officer.objects.filter(user=user).select_related("agency").first()
    if office and office.agency_id != agency.pk and held & OFFICES.keys():
        sentence = _(
            "This person works for another agency. End the roles there first, "
            "or choose the same agency."
        )
        raise Conflict(sentence, code="other_office", fields={"agency": [sentence]})


def _refusals(held: frozenset[str], role: str) -> dict[str, Conflict]:
    return {
        "accounts_rolegrant_incompatible": incompatible(held, role),
        "accounts_rolegrant_once": role_held(),
    }


def _pair(one: str, other: str) -> tuple[str, str]:
    return (min(one, other), max(one, other))
