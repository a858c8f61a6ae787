"""Every read of accounts."""

import uuid
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import signing
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Now

from accounts.enums import Role
from accounts.models import Invitation, RoleGrant, Session, User

_SALT = "accounts.invitation"
# Recovery codes alone protect nothing: they only stand in for a factor that is there.
_RECOVERY = Authenticator.Type.RECOVERY_CODES


def roles_of(user: object) -> frozenset[str]:
    """Return the roles that a person holds now; read once per request object."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    held: frozenset[str] | None = user.__dict__.get("_held_roles")
    if held is None:
        grants = RoleGrant.objects.filter(user=user, ended_at__isnull=True)
        held = user.__dict__["_held_roles"] = frozenset(grants.values_list("role", flat=True))
    return held


def held_role_since(user: User, role: str, since: datetime) -> bool:
    """Tell whether a person holds a role, or held it at any time after an instant."""
    lately = Q(ended_at__isnull=True) | Q(ended_at__gt=since)
    return bool(RoleGrant.objects.filter(lately, user=user, role=role).exists())


def find_user(email: str) -> User | None:
    """Find an account by e-mail without regard to case."""
    return User.objects.filter(email__iexact=email).first()


def is_known(email: str) -> bool:
    """Tell whether an address belongs to an account, also as a further one; one statement."""
    further = EmailAddress.objects.filter(email__iexact=email).values("user_id")
    known = Q(email__iexact=email) | Q(pk__in=further)
    return bool(User.objects.filter(known).exists())


def held_roles(user: User) -> frozenset[str]:
    """Return the roles that the tables show now, whatever this object remembers."""
    user.__dict__.pop("_held_roles", None)
    return roles_of(user)


def list_users(*, search: str = "", role: str = "") -> QuerySet[User]:
    """List accounts that hold or held a role other than worker, with all their grants.

    Workers never appear: who applies for a visa is not the administration's business.
    """
    users = User.objects.filter(_has_office())
    if search := search.strip():
        users = users.filter(Q(email__icontains=search) | Q(display_name__icontains=search))
    if role:
        live = RoleGrant.objects.filter(user=OuterRef("pk"), role=role, ended_at__isnull=True)
        users = users.filter(Exists(live))
    return users.order_by("-created_at", "pk").prefetch_related(
        Prefetch("role_grants", RoleGrant.objects.order_by("granted_at", "pk"))
    )


def find_official(public_id: uuid.UUID | str) -> User | None:
    """Find an account that `list_users` would list."""
    return User.objects.filter(_has_office(), public_id=public_id).first()


def find_official_by_email(email: str) -> User | None:
    """Find an account that `list_users` would list by its address."""
    return User.objects.filter(_has_office(), email__iexact=email).first()


def list_grants(user: User) -> QuerySet[RoleGrant]:
    """List the roles of an official with who gave them, newest first, without that of a worker."""
    grants = user.role_grants.exclude(role=Role.WORKER).select_related("granted_by")
    return grants.order_by("-granted_at", "-pk")


def lock_user(pk: int) -> User:
    """Lock an account until the transaction ends."""
    return User.objects.select_for_update(of=("self",)).get(pk=pk)


def has_second_factor(user: User) -> bool:
    """Tell whether a person has set up a second factor."""
    factors = Authenticator.objects.filter(user=user).exclude(type=_RECOVERY)
    return bool(factors.exists())


def factor_kinds(user: Any) -> frozenset[str]:
    """Return the kinds of second factor that a person has set up, without recovery codes."""
    factors = Authenticator.objects.filter(user_id=user.pk).exclude(type=_RECOVERY)
    return frozenset(factors.values_list("type", flat=True))


def _has_office() -> Q:
    grants = RoleGrant.objects.filter(user=OuterRef("pk")).exclude(role=Role.WORKER)
    return Q(Exists(grants))


def list_sessions(user: User) -> QuerySet[Session]:
    """List the sessions of a person that have not ended, last used first."""
    return Session.objects.filter(user=user, expire_date__gt=Now()).order_by("-seen_at", "pk")


def invitation_token(public_id: uuid.UUID | str) -> str:
    """Return the signed word that an invitation's link carries."""
    return signing.Signer(salt=_SALT).sign(str(public_id))


def find_invitation(token: str, *, lock: bool = False) -> Invitation | None:
    """Find the invitation of a link, good or used; None for a link that nobody here has signed."""
    try:
        public_id = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None
    invitations = Invitation.objects.select_related("invited_by")
    if lock:
        invitations = invitations.select_for_update(of=("self",))
    return invitations.filter(public_id=public_id).first()


def lock_open_invitation(public_id: uuid.UUID | str) -> Invitation | None:
    """Lock an invitation that nobody has accepted or withdrawn."""
    invitations = Invitation.objects.select_for_update(of=("self",))
    return invitations.filter(public_id=public_id, accepted_at=None, withdrawn_at=None).first()


def list_invitations(*, now: datetime, search: str = "") -> QuerySet[Invitation]:
    """List invitations that wait for an answer, newest first."""
    invitations = Invitation.objects.select_related("invited_by")
    if search := search.strip():
        invitations = invitations.filter(email__icontains=search)
    return invitations.filter(
        accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now
    ).order_by("-created_at")
