"""Tables of identity."""

import uuid
from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from accounts.enums import Language, LetterKind, Role

_REFUSE_INCOMPATIBLE = """
    PERFORM 1 FROM accounts_user WHERE id = NEW.user_id FOR UPDATE;
    IF NEW.ended_at IS NULL AND EXISTS (
        SELECT 1
        FROM accounts_rolegrant held
        JOIN accounts_incompatiblepair pair
          ON pair.first = LEAST(held.role, NEW.role) AND pair.second = GREATEST(held.role, NEW.role)
        WHERE held.user_id = NEW.user_id AND held.ended_at IS NULL AND held.id <> NEW.id
    ) THEN
        RAISE EXCEPTION 'One person may not hold these two roles'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'accounts_rolegrant_incompatible';
    END IF;
    RETURN NEW;
"""


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail without regard to case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the account of an e-mail address or raise `DoesNotExist`."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in. Names of workers live in `people`, not here."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField()
    display_name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="accounts_user_email"),
            # Says to Django what the one above says already, in words that its checks read.
            models.UniqueConstraint(fields=["email"], name="accounts_user_email_exact"),
            models.CheckConstraint(
                condition=Q(language__in=Language.values), name="accounts_user_language"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    def get_full_name(self) -> str:
        """Return the name that pages greet the person with."""
        return self.display_name


class Session(AbstractBaseSession):
    """One browser in which somebody has signed in; `expires` moves on while it is used.

    Holds no network address: the family of the browser and the times tell a person enough.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    browser = models.CharField(max_length=40, blank=True)

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Return the store that reads and writes these rows."""
        from accounts.sessions import SessionStore  # noqa: PLC0415 - it imports this model

        return SessionStore


class Attempt(models.Model):
    """How often something was tried until a moment; the key is a keyed digest of what."""

    key = models.BinaryField(primary_key=True, max_length=32)
    tries = models.PositiveSmallIntegerField()
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tries__gte=1), name="accounts_attempt_tries"),
        ]


class Letter(models.Model):
    """A mail about an account that was asked for; gone when it is sent (`letters.py`).

    `about` is the key of an address to be confirmed. It is no foreign key: the database would
    look it up for some letters and not for others.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=16, choices=LetterKind)
    email = models.EmailField()
    about = models.BigIntegerField(null=True)
    language = models.CharField(max_length=2, choices=Language)
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=LetterKind.values), name="accounts_letter_kind"
            ),
        ]


class IncompatiblePair(models.Model):
    """Two roles that one person may never hold together, smaller word first."""

    first = models.CharField(max_length=24, choices=Role)
    second = models.CharField(max_length=24, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="accounts_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="accounts_pair_sorted"),
        ]


class RoleGrant(models.Model):
    """One role of one person, from `granted_at` until `ended_at`."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=24, choices=Role)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    granted_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(ended_at__isnull=True),
                name="accounts_rolegrant_once",
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="accounts_rolegrant_role"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="refuse_incompatible",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_REFUSE_INCOMPATIBLE,
            )
        ]


class Invitation(models.Model):
    """An offer of a role to an e-mail address; the link carries a signature, no secret is kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField()
    role = models.CharField(max_length=24, choices=Role)
    # The house's own reference for the place of work; accounts does not know what it names.
    place = models.CharField(max_length=64, blank=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="accounts_invitation_accepted_pair",
            ),
        ]
