"""Invitations: how an official comes to an account."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import queries as account_queries
from accounts import services as accounts
from accounts.models import Invitation, User
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.registry import guards, permissions, queries
from clearinghouse.registry.services import offices
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Conflict, Forbidden, Invalid, NotFound


@transaction.atomic
def invite_official(
    *,
    by: User,
    email: str,
    role: str,
    agency_id: uuid.UUID | str,
    language: str,
    now: datetime,
) -> Invitation:
    """Invite an address to a role in an agency; an older open invitation to it stops working.

    Says nothing about workers' accounts: whether a worker has this address shows only to the
    person who opens the link.
    """
    permissions.check_can_manage_people(by)
    agency = queries.get_agency(agency_id)
    guards.check_office_fits(role=role, agency_kind=agency.kind)
    _check_address(email)
    _check_known_official(email, role)
    accounts.replace_invitations(email=email, role=role, now=now)
    invitation = accounts.invite(
        email=email,
        role=role,
        place=str(agency.public_id),
        by=by,
        expires_at=now + timedelta(days=settings.INVITATION_DAYS),
    )
    notices.send_to_address(
        address=invitation.email,
        language=language,
        kind=Kind.INVITATION,
        facts={"invitation": str(invitation.public_id)},
        now=now,
    )
    facts = {"role": role, "agency": str(agency.public_id)}
    state = agency.state.iso2 if agency.state else ""
    trail.record(Verb.PERSON_INVITED, by=by, on=invitation, facts=facts, state=state)
    return invitation


@transaction.atomic
def withdraw_invitation(*, by: User, invitation_id: uuid.UUID | str, now: datetime) -> Invitation:
    """Make an open invitation worthless."""
    permissions.check_can_manage_people(by)
    invitation = account_queries.lock_open_invitation(invitation_id)
    if invitation is None:
        raise NotFound(_("There is no such open invitation."))
    accounts.withdraw_invitation(invitation, now=now)
    trail.record(Verb.INVITATION_WITHDRAWN, by=by, on=invitation)
    return invitation


@transaction.atomic
def accept_invitation(
    *,
    token: str,
    display_name: str = "",
    password: str = "",
    user: User | None = None,
    language: str = "en",
    now: datetime,
) -> User:
    """Use an invitation once: the person gets an account if needed, the role and the office.

    `user` is the person who is signed in; without one a new account is made with the name, the
    password and the language given. The address counts as confirmed, because the link came there.
    """
    invitation = queries.get_invitation(token, now=now, lock=True)
    if user is None:
        user = _register(invitation.email, display_name, password, language)
    elif user.email.lower() != invitation.email:
        raise Forbidden(
            _("This invitation is for another address. Sign out, then open the link again."),
            code="other_address",
        )
    accounts.confirm_address(user)
    accounts.use_invitation(invitation, user=user, now=now)
    trail.record(Verb.INVITATION_ACCEPTED, by=user, on=invitation)
    offices.place(
        by=invitation.invited_by,
        user=user,
        agency=queries.get_agency(invitation.place),
        role=invitation.role,
        now=now,
    )
    return user


def _register(email: str, display_name: str, password: str, language: str) -> User:
    if account_queries.find_user(email):
        raise _account_exists()
    if not display_name.strip():
        sentence = _("Please enter your name.")
        raise Invalid(sentence, code="name_missing", fields={"display_name": [sentence]})
    try:
        validate_password(password, User(email=email, display_name=display_name))
    except ValidationError as error:
        raise Invalid(
            _("Please choose another password."),
            code="weak_password",
            fields={"password": error.messages},
        ) from error
    names = ("accounts_user_email", "accounts_user_email_exact")
    with refusals(dict.fromkeys(names, _account_exists())), transaction.atomic():
        return accounts.register_user(
            email=email, password=password, display_name=display_name.strip(), language=language
        )


def _account_exists() -> Conflict:
    return Conflict(
        _("There is an account with this address already. Sign in, then open the link again."),
        code="account_exists",
    )


def _check_address(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(
            error.messages[0], code="wrong_address", fields={"email": error.messages}
        ) from error


def _check_known_official(email: str, role: str) -> None:
    known = account_queries.find_official_by_email(email)
    if known is None:
        return
    held = account_queries.held_roles(known)
    if role in held:
        raise offices.role_held()
    if offices.excludes(held, role):
        raise offices.incompatible(held, role)
