"""Every write of accounts. An audited act is a service of `registry` that calls these."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Least, Now

from accounts import queries
from accounts.enums import Language, Role
from accounts.models import IncompatiblePair, Invitation, RoleGrant, Session, User


def sign_up(*, email: str, password: str, language: str) -> int | None:
    """Make a worker's account; return the key of the address to be confirmed.

    A known address costs the same statements: an account for an address that nobody has is written
    and taken back, and the answer is None. Of two sign-ups at the same moment the second one finds
    the address known.
    """
    known = queries.is_known(email)
    new = f"{uuid.uuid4().hex}@invalid.example" if known else email
    try:
        with transaction.atomic():
            before = transaction.savepoint()
            user = register_user(email=new, password=password, language=language)
            RoleGrant.objects.create(user=user, role=Role.WORKER)
            address = EmailAddress.objects.create(user=user, email=new, primary=True)
            (transaction.savepoint_rollback if known else transaction.savepoint_commit)(before)
    except IntegrityError:
        return None
    return None if known else int(address.pk)


def register_user(
    *,
    email: str,
    password: str | None = None,
    display_name: str = "",
    language: str = Language.ENGLISH,
) -> User:
    """Create an account; without a password nobody can sign in until one is set by mail."""
    user = User(email=email.lower(), display_name=display_name, language=language)
    user.set_password(password)
    user.save()
    return user


def grant_role(user: User, role: str, *, by: User | None, now: datetime) -> RoleGrant:
    """Give a role; the database refuses pairs that exclude each other (`IntegrityError`)."""
    user.__dict__.pop("_held_roles", None)
    return RoleGrant.objects.create(user=user, role=role, granted_by=by, granted_at=now)


def end_role(user: User, role: str, *, now: datetime) -> int:
    """End a role now and return how many grants ended (0 or 1)."""
    user.__dict__.pop("_held_roles", None)
    return RoleGrant.objects.filter(user=user, role=role, ended_at__isnull=True).update(
        ended_at=now
    )


def set_active(user: User, *, active: bool) -> None:
    """Open or close an account; a closed one cannot sign in or use a token."""
    user.is_active = active
    user.save(update_fields=["is_active"])


def change_settings(user: User, *, display_name: str, language: str, time_zone: str) -> None:
    """Keep a person's own name, language and time zone."""
    user.display_name, user.language, user.time_zone = display_name, language, time_zone
    user.save(update_fields=["display_name", "language", "time_zone"])


def confirm_address(user: User) -> None:
    """Keep that a person has shown to read mail at the account's address."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


def note_use(session_key: str, *, idle: timedelta, longest: timedelta) -> None:
    """Let a session go on for `idle` from now, never beyond `longest` from its start."""
    Session.objects.filter(session_key=session_key).update(
        seen_at=Now(), expire_date=Least(F("started_at") + longest, Now() + idle)
    )


def end_sessions(user: User, *, keep: str = "") -> int:
    """End every session of a person but the one with the key `keep`; return how many."""
    ended, _rows = Session.objects.filter(user=user).exclude(session_key=keep).delete()
    return ended


def end_session(user: User, public_id: uuid.UUID | str) -> bool:
    """End one session of a person; False if there is none."""
    ended, _rows = Session.objects.filter(user=user, public_id=public_id).delete()
    return bool(ended)


def invite(*, email: str, role: str, place: str, by: User, expires_at: datetime) -> Invitation:
    """Keep an invitation; `place` is the house's reference of the office, opaque here."""
    return Invitation.objects.create(
        email=email.lower(), role=role, place=place, invited_by=by, expires_at=expires_at
    )


def replace_invitations(*, email: str, role: str, now: datetime) -> int:
    """Make older open invitations of an address to a role worthless and return how many."""
    return Invitation.objects.filter(
        email=email.lower(), role=role, accepted_at__isnull=True, withdrawn_at__isnull=True
    ).update(withdrawn_at=now)


def withdraw_invitation(invitation: Invitation, *, now: datetime) -> None:
    """Make the link of an invitation worthless."""
    invitation.withdrawn_at = now
    invitation.save(update_fields=["withdrawn_at"])


def withdraw_invitations_around(user: User, *, now: datetime) -> int:
    """Make open invitations by and for a person worthless and return how many."""
    around = Invitation.objects.filter(Q(invited_by=user) | Q(email=user.email.lower()))
    return around.filter(accepted_at__isnull=True, withdrawn_at__isnull=True).update(
        withdrawn_at=now
    )


def use_invitation(invitation: Invitation, *, user: User, now: datetime) -> None:
    """Keep who accepted an invitation that the caller has locked."""
    invitation.accepted_at, invitation.accepted_by = now, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])


def store_incompatible_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Bring the database's copy of the pairs up to date."""
    wanted = set(pairs)
    for pair in IncompatiblePair.objects.all():
        if (pair.first, pair.second) not in wanted:
            pair.delete()
    IncompatiblePair.objects.bulk_create(
        [IncompatiblePair(first=first, second=second) for first, second in sorted(wanted)],
        ignore_conflicts=True,
    )
