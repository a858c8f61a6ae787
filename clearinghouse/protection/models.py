"""Tables of protected status: separate, dated, append-only where they are evidence."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from clearinghouse.protection.enums import Outcome, ReferralStatus, RequestStatus
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
