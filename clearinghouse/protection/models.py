"""Tables of protected status: separate, dated, append-only where they are evidence."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from clearinghouse.protection.enums import Outcome, ReferralStatus, RequestStatus, ShieldStatus
from clearinghouse.protection.lifecycle import SHIELD_LIFECYCLE
from clearinghouse.shared.database import append_only
from clearinghouse.shared.models import Row


class Request(Row):
    """A worker's wish that the protection body looks at the case."""

    worker = models.ForeignKey("people.Worker", on_delete=models.PROTECT, related_name="+")
    statement = models.TextField(blank=True)
    status = models.CharField(max_length=12, choices=RequestStatus, default=RequestStatus.WAITING)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

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
        ]


class Determination(Row):
    """What the protection body decided about a person from a day on. Never changed or deleted.

    The status of a person on a day is the outcome of the latest determination that was effective
    by then; without one the person is not known as protected.
    """

    worker = models.ForeignKey("people.Worker", on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(
        Request, on_delete=models.PROTECT, related_name="determinations", null=True, blank=True
    )
    outcome = models.CharField(max_length=16, choices=Outcome)
    effective_on = models.DateField()
    review_on = models.DateField(null=True, blank=True)
    reasons = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values), name="protection_determination_outcome"
            ),
            models.CheckConstraint(
                condition=Q(review_on__isnull=True) | Q(review_on__gt=F("effective_on")),
                name="protection_determination_review_later",
            ),
            models.UniqueConstraint(
                fields=["worker", "effective_on", "decided_at"],
                name="protection_determination_once",
            ),
        ]
        indexes = [models.Index(fields=["worker", "-effective_on", "-decided_at"])]
        triggers = append_only("protection_determination")


class Referral(Row):
    """A minor who came to the clearing house: no matching, but somebody looks after the case."""

    worker = models.OneToOneField("people.Worker", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=ReferralStatus, default=ReferralStatus.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status=ReferralStatus.OPEN, closed_at__isnull=True)
                | Q(status=ReferralStatus.CLOSED, closed_at__isnull=False),
                name="protection_referral_closed_at",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="protection_referral_no_delete", operation=pgtrigger.Delete)
        ]


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

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wrapping__regex=r"^[0-9a-f]{16}$"), name="protection_personkey_wrapping"
            ),
        ]


class Shield(Row):
    """A state that must not know of a person: which one stands in `sealed` only."""

    worker = models.ForeignKey("people.Worker", on_delete=models.PROTECT, related_name="+")
    # Encrypted: the state and the ground.
    sealed = models.BinaryField()
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


class SetAside(Row):
    """A nomination of a person who is hidden from the nominating state; which one is sealed.

    The nomination itself goes on awaiting the worker, for ever.
    """

    worker = models.ForeignKey("people.Worker", on_delete=models.PROTECT, related_name="+")
    # Encrypted: the nomination and the state.
    sealed = models.BinaryField()
    mark = models.BinaryField()
    set_aside_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "mark"], name="protection_setaside_once"),
        ]
        triggers = append_only("protection_setaside")
