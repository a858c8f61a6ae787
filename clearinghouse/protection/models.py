"""Tables of protected status: separate, dated, append-only where they are evidence."""

from datetime import date
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext as _

from clearinghouse.access.managers import PersonalManager
from clearinghouse.protection.enums import (
    Ground,
    Outcome,
    ReferralStatus,
    RequestStatus,
    ShieldStatus,
)
from clearinghouse.protection.lifecycle import SHIELD_LIFECYCLE
from clearinghouse.shared.database import append_only
from clearinghouse.shared.models import Row

EVIDENCE_MAX = 20
"""Documents that one person can add; the places are numbered, so that the database counts."""

_KEPT = """
    IF EXISTS (
        SELECT FROM protection_determination
        WHERE worker_id = OLD.worker_id AND decided_at >= OLD.added_at
    ) THEN
        RAISE EXCEPTION 'What a decision was made on stays'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'protection_evidence_kept';
    END IF;
    RETURN OLD;
"""

# Serial of the key, nonce and tag: what is shorter cannot be sealed.
_SEALED_MIN = 8 + 12 + 16


def _is_sealed(table: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=GreaterThanOrEqual(Length("sealed"), Value(_SEALED_MIN)),
        name=f"protection_{table}_sealed",
    )


class Sealed(Row):
    """A row whose content is encrypted under the key of its person; see `keys`."""

    sealed = models.BinaryField()
    # What it says, in memory only, once `keys` has opened it; empty for an erased person.
    said: dict[str, Any] | None = None
    worker_id: int

    class Meta:
        abstract = True

    @property
    def sealed_as(self) -> str:
        """Return the name under which the content of this row, and of no other, is encrypted."""
        return f"{self._meta.model_name}:{self.public_id}"

    @property
    def erased(self) -> bool:
        """Tell whether the key of the person was destroyed."""
        return not self._opened

    @property
    def _opened(self) -> dict[str, Any]:
        if self.said is None:
            raise RuntimeError("a sealed row is read through protection.keys")
        return self.said

    def _text(self, name: str) -> str:
        return str(self._opened.get(name, ""))

    def _date(self, name: str) -> date | None:
        text = self._text(name)
        return date.fromisoformat(text) if text else None


class Request(Sealed):
    """A worker's wish that the protection body looks at the case."""

    worker = models.ForeignKey("people.Worker", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=RequestStatus, default=RequestStatus.WAITING)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker"],
                condition=Q(status=RequestStatus.WAITING),
                name="protection_request_one_waiting",
            ),
            models.CheckConstraint(
                condition=Q(status__in=RequestStatus.values), name="protection_request_status"
            ),
            models.CheckConstraint(
                condition=Q(status=RequestStatus.WAITING, closed_at__isnull=True)
                | (~Q(status=RequestStatus.WAITING) & Q(closed_at__isnull=False)),
                name="protection_request_closed_at",
            ),
            _is_sealed("request"),
        ]

    @property
    def statement(self) -> str:
        """Return what the person wrote."""
        return self._text("statement")


class Determination(Sealed):
    """What the protection body decided about a person from a day on. Never changed or deleted.

    The status of a person on a day is the outcome of the latest determination that was effective
    by then; without one the person is not known as protected.
    """

    worker = models.ForeignKey("people.Worker", on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(
        Request, on_delete=models.PROTECT, related_name="determinations", null=True, blank=True
    )
    # Equal for the same person and first day, and for nothing else that anybody could compare.
    mark = models.BinaryField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField()

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker", "mark", "decided_at"],
                name="protection_determination_once",
            ),
            _is_sealed("determination"),
        ]
        indexes = [models.Index(fields=["worker", "-decided_at"])]
        triggers = append_only("protection_determination")

    @property
    def outcome(self) -> str:
        """Return what was decided, a value of `Outcome`; empty for an erased person."""
        return self._text("outcome")

    def get_outcome_display(self) -> str:
        """Return what was decided in words."""
        return str(Outcome(self.outcome).label) if self.outcome else str(_("Erased"))

    @property
    def effective_on(self) -> date | None:
        """Return the first day; none for an erased person."""
        return self._date("effective_on")

    @property
    def review_on(self) -> date | None:
        """Return the day of the review, if there is one."""
        return self._date("review_on")

    @property
    def reasons(self) -> str:
        """Return the reasons, for the person to read."""
        return self._text("reasons")


class Referral(Sealed):
    """A minor who came to the clearing house: no matching, but somebody looks after the case."""

    worker = models.OneToOneField("people.Worker", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=ReferralStatus, default=ReferralStatus.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status=ReferralStatus.OPEN, closed_at__isnull=True)
                | Q(status=ReferralStatus.CLOSED, closed_at__isnull=False),
                name="protection_referral_closed_at",
            ),
            _is_sealed("referral"),
        ]
        triggers = [
            pgtrigger.Protect(name="protection_referral_no_delete", operation=pgtrigger.Delete)
        ]

    @property
    def closing_note(self) -> str:
        """Return what was arranged."""
        return self._text("note")


class PersonKey(models.Model):
    """The data key of one person, wrapped by a key that is not in the database.

    Deleting the row erases what the zone knows of the person; the copies of this table are kept
    apart and shortly, so that it reaches backups too.
    """

    worker = models.OneToOneField(
        "people.Worker", on_delete=models.PROTECT, related_name="+", primary_key=True
    )
    # The id of the wrapping key.
    wrapping = models.CharField(max_length=16)
    wrapped = models.BinaryField()

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wrapping__regex=r"^[0-9a-f]{16}$"), name="protection_personkey_wrapping"
            ),
        ]


class Shield(Sealed):
    """A state that must not know of a person: which one stands in `sealed` only."""

    worker = models.ForeignKey("people.Worker", on_delete=models.PROTECT, related_name="+")
    # Equal for the same person and state, and for nothing else that anybody could compare.
    mark = models.BinaryField()
    status = models.CharField(max_length=12, choices=ShieldStatus, default=ShieldStatus.RAISED)
    raised_at = models.DateTimeField()
    lift_asked_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # When the hiding ends unless the person keeps it.
    ends_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker", "mark"],
                condition=~Q(status=ShieldStatus.LIFTED),
                name="protection_shield_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ShieldStatus.values), name="protection_shield_status"
            ),
            models.CheckConstraint(
                condition=Q(
                    status=ShieldStatus.RAISED,
                    lift_asked_at__isnull=True,
                    agreed_by__isnull=True,
                    ends_at__isnull=True,
                )
                | Q(
                    status=ShieldStatus.LIFT_ASKED,
                    lift_asked_at__isnull=False,
                    agreed_by__isnull=True,
                    ends_at__isnull=True,
                )
                | Q(
                    status__in=[ShieldStatus.LIFT_AGREED, ShieldStatus.LIFTED],
                    lift_asked_at__isnull=False,
                    agreed_by__isnull=False,
                    ends_at__isnull=False,
                ),
                name="protection_shield_steps",
            ),
            # Nobody, not even the protection body, ends it before its time.
            models.CheckConstraint(
                condition=Q(status=ShieldStatus.LIFTED, lifted_at__gte=F("ends_at"))
                | (~Q(status=ShieldStatus.LIFTED) & Q(lifted_at__isnull=True)),
                name="protection_shield_lifted_in_time",
            ),
            _is_sealed("shield"),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"],
                condition=Q(status=ShieldStatus.LIFT_AGREED),
                name="protection_shield_ending",
            )
        ]
        triggers = [
            pgtrigger.FSM(
                name="protection_shield_moves", field="status", transitions=SHIELD_LIFECYCLE.pairs()
            ),
            pgtrigger.Protect(name="protection_shield_no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="protection_shield_no_swap",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("worker", "sealed", "mark", "raised_at"),
            ),
        ]

    @property
    def state(self) -> str:
        """Return the ISO code of the state that must not know."""
        return self._text("state")

    @property
    def ground(self) -> Ground:
        """Return why."""
        return Ground(self._text("ground"))


class SetAside(Sealed):
    """A nomination of a person who is hidden from the nominating state; which one is sealed.

    The nomination itself goes on awaiting the worker, for ever.
    """

    worker = models.ForeignKey("people.Worker", on_delete=models.PROTECT, related_name="+")
    mark = models.BinaryField()
    set_aside_at = models.DateTimeField()

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "mark"], name="protection_setaside_once"),
            _is_sealed("setaside"),
        ]
        triggers = append_only("protection_setaside")

    @property
    def state(self) -> str:
        """Return the ISO code of the nominating state."""
        return self._text("state")


class Evidence(Sealed):
    """A document for a claim, written anew by the house; what it is and shows is sealed.

    There is no name of a file: a document has a place from 1 to 20.
    """

    worker = models.ForeignKey("people.Worker", on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    added_at = models.DateTimeField()
    content = models.BinaryField()

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "place"], name="protection_evidence_once"),
            models.CheckConstraint(
                condition=Q(place__gte=1, place__lte=EVIDENCE_MAX), name="protection_evidence_place"
            ),
            models.CheckConstraint(
                condition=GreaterThanOrEqual(Length("content"), Value(_SEALED_MIN)),
                name="protection_evidence_encrypted",
            ),
            _is_sealed("evidence"),
        ]
        triggers = [
            pgtrigger.Protect(name="protection_evidence_no_edit", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="protection_evidence_kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=_KEPT,
            ),
        ]

    @property
    def kind(self) -> str:
        """Return pdf, jpeg or png; empty for an erased person."""
        return self._text("kind")

    @property
    def pages(self) -> int:
        """Return the number of pages; 0 for an erased person."""
        return int(self._text("pages") or 0)

    @property
    def label(self) -> str:
        """Return what the person wrote about it."""
        return self._text("label")
