"""Tables of offers."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from clearinghouse.matching.enums import Seat
from clearinghouse.offers.enums import LIVE_STATUSES, Status
from clearinghouse.offers.lifecycle import LIFECYCLE
from clearinghouse.shared.models import Row

# Once a statement, not once a row: a release makes thousands of offers. The quota's row is locked
# before the count, so that the next transaction counts what this one has committed.
_WITHIN_PLACES = """
    PERFORM 1 FROM quotas_quota q WHERE q.id IN (SELECT n.quota_id FROM new_offers n)
        ORDER BY q.id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM offers_offer o JOIN quotas_quota q ON q.id = o.quota_id
        WHERE o.status IN ('offered', 'accepted')
          AND o.quota_id IN (SELECT n.quota_id FROM new_offers n)
        GROUP BY q.id, q.places HAVING count(*) > q.places)
    THEN
        RAISE EXCEPTION 'A quota has no more live offers than places'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'offers_offer_within_places';
    END IF;
    RETURN NULL;
"""
_SHIELD_OF_APPLICATION = """
    NEW.shield := (
        SELECT a.shield FROM applications_application a WHERE a.id = NEW.application_id FOR SHARE);
    RETURN NEW;
"""


class Offer(Row):
    """A place offered to one worker. Nobody makes, edits or swaps one by hand."""

    worker = models.ForeignKey("people.Worker", on_delete=models.PROTECT, related_name="+")
    application = models.ForeignKey(
        "applications.Application", on_delete=models.PROTECT, related_name="+"
    )
    quota = models.ForeignKey("quotas.Quota", on_delete=models.PROTECT, related_name="+")
    round = models.ForeignKey("matching.Round", on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey("matching.Run", on_delete=models.PROTECT, related_name="+")
    candidate = models.CharField(max_length=32)
    # The kind of place; a refill may move a holder from a reserved to an open place.
    seat = models.CharField(max_length=8, choices=Seat)
    status = models.CharField(max_length=12, choices=Status, default=Status.OFFERED)
    offered_at = models.DateTimeField()
    deadline = models.DateTimeField()
    reminders_sent = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True, blank=True)
    # As it stands on the application's row; a trigger fills it.
    shield = ArrayField(models.BigIntegerField(), default=list, db_default=[], editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker"],
                condition=Q(status__in=sorted(LIVE_STATUSES)),
                name="offers_offer_one_live_per_person",
            ),
            models.UniqueConstraint(
                fields=["round", "candidate", "quota"], name="offers_offer_once"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.OFFERED, answered_at__isnull=True)
                | (~Q(status=Status.OFFERED) & Q(answered_at__isnull=False)),
                name="offers_offer_answered_at",
            ),
            models.CheckConstraint(
                condition=Q(deadline__gt=models.F("offered_at")), name="offers_offer_deadline"
            ),
        ]
        indexes = [models.Index(fields=["status", "deadline"])]
        triggers = [
            pgtrigger.Trigger(
                name="offers_offer_within_places",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="new_offers"),
                func=_WITHIN_PLACES,
            ),
            pgtrigger.Trigger(
                name="offers_offer_shield",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("shield"),
                func=_SHIELD_OF_APPLICATION,
            ),
            pgtrigger.FSM(name="offers_offer_moves", field="status", transitions=LIFECYCLE.pairs()),
            pgtrigger.Protect(name="offers_offer_no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="offers_offer_no_swap",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "worker", "application", "quota", "round", "candidate"
                ),
            ),
        ]
