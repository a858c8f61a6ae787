"""Tables of asking: applications, ranked wishes, nominations."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Deferrable, Q

from clearinghouse.access.managers import PersonalManager
from clearinghouse.applications.enums import (
    LIVE_STATUSES,
    Channel,
    Check,
    NominationStatus,
    Status,
)
from clearinghouse.shared.models import Row

# A shield that is being raised waits for these locks, or these for it: no row is born between
# the person and the copies.
_SHIELD_OF_PERSON = """
    NEW.shield := (SELECT w.shield FROM people_worker w WHERE w.id = NEW.worker_id FOR SHARE);
    RETURN NEW;
"""
_SHIELD_TO_WISHES = """
    UPDATE applications_wish SET shield = NEW.shield WHERE application_id = NEW.id;
    RETURN NULL;
"""
# A destination knows of an application from its submission on, and of a withdrawn one no more:
# `enums.KNOWN_TO_STATES`, on the row itself for the rules of the database.
_KNOWN_TO_WISHES = """
    UPDATE applications_wish SET known = NEW.status NOT IN ('draft', 'withdrawn')
        WHERE application_id = NEW.id;
    RETURN NULL;
"""
_KNOWN_OF_WISH = """
    NEW.known := (SELECT a.status NOT IN ('draft', 'withdrawn')
        FROM applications_application a WHERE a.id = NEW.application_id);
    RETURN NEW;
"""
_ORIGIN_OF_WISH = """
    SELECT a.worker_id, a.shield INTO NEW.worker_id, NEW.shield
        FROM applications_application a WHERE a.id = NEW.application_id FOR SHARE;
    NEW.state_id := (SELECT q.state_id FROM quotas_quota q WHERE q.id = NEW.quota_id);
    RETURN NEW;
"""


class Application(Row):
    """One worker's ticket. A person holds at most one live ticket at a time."""

    worker = models.ForeignKey("people.Worker", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.SELF)
    # The day on the paper, or the day of the first draft; never used for rank.
    lodged_on = models.DateField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    pooled_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    # As it stands on the worker's row; a trigger fills it.
    shield = ArrayField(models.BigIntegerField(), default=list, db_default=[], editable=False)

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker"],
                condition=Q(status__in=sorted(LIVE_STATUSES)),
                name="applications_application_one_live",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.DRAFT)
                | Q(status=Status.WITHDRAWN)
                | Q(submitted_at__isnull=False),
                name="applications_application_submitted_at",
            ),
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="applications_application_status"
            ),
        ]
        indexes = [
            models.Index(fields=["status"]),
            # Destinations read those sent first first, a page at a time.
            models.Index(fields=["submitted_at", "id"], name="applications_in_order"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="applications_application_no_delete", operation=pgtrigger.Delete
            ),
            pgtrigger.Trigger(
                name="applications_application_shield",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("shield", "worker_id"),
                func=_SHIELD_OF_PERSON,
            ),
            pgtrigger.Trigger(
                name="applications_application_shield_on",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("shield"),
                func=_SHIELD_TO_WISHES,
            ),
            pgtrigger.Trigger(
                name="applications_application_known_on",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Condition(
                    "((OLD.status IN ('draft', 'withdrawn'))"
                    " IS DISTINCT FROM (NEW.status IN ('draft', 'withdrawn')))"
                ),
                func=_KNOWN_TO_WISHES,
            ),
        ]

    @property
    def reference(self) -> str:
        """Return the short name that a person can read out on the telephone."""
        return f"A-{self.public_id.hex[:8].upper()}"


class Wish(models.Model):
    """One posting on a worker's ranked list; rank 1 is the dearest."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="wishes")
    quota = models.ForeignKey("quotas.Quota", on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField()
    check_status = models.CharField(max_length=12, choices=Check, default=Check.WAITING)
    reasons = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    # Whose wish it is, for which state, and whom it is hidden from: filled by a trigger, so that
    # the rules of the database need no other table.
    worker = models.ForeignKey(
        "people.Worker", on_delete=models.PROTECT, related_name="+", editable=False
    )
    state = models.ForeignKey(
        "registry.State", on_delete=models.PROTECT, related_name="+", editable=False
    )
    shield = ArrayField(models.BigIntegerField(), default=list, db_default=[], editable=False)
    known = models.BooleanField(default=False, db_default=False, editable=False)

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "quota"], name="applications_wish_once"),
            models.UniqueConstraint(
                fields=["application", "rank"],
                name="applications_wish_rank",
                deferrable=Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(check_status__in=Check.values), name="applications_wish_check_status"
            ),
            models.CheckConstraint(condition=Q(rank__gte=1), name="applications_wish_rank_from_1"),
            models.CheckConstraint(
                condition=Q(
                    check_status=Check.WAITING, decided_by__isnull=True, decided_at__isnull=True
                )
                | (
                    ~Q(check_status=Check.WAITING)
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="applications_wish_decided_pair",
            ),
            models.CheckConstraint(
                condition=~Q(check_status=Check.NOT_ELIGIBLE) | Q(reasons__len__gt=0),
                name="applications_wish_refusal_has_reason",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="applications_wish_origin",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf(
                    "shield", "worker_id", "state_id", "application_id", "quota_id"
                ),
                func=_ORIGIN_OF_WISH,
            ),
            pgtrigger.Trigger(
                name="applications_wish_known",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("known", "application_id"),
                func=_KNOWN_OF_WISH,
            ),
        ]


class NominationBatch(Row):
    """One CSV file of nominations; it came in whole or not at all."""

    state = models.ForeignKey("registry.State", on_delete=models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    file_name = models.CharField(max_length=200)
    file_digest = models.CharField(max_length=64)
    row_count = models.PositiveIntegerField()
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state", "file_digest"], name="applications_batch_once"
            ),
        ]


class Nomination(Row):
    """What a state of origin wrote about a worker. It counts once the worker confirms it.

    `worker` is filled only then; a state's pages must never follow it.
    """

    state = models.ForeignKey("registry.State", on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(
        NominationBatch, on_delete=models.PROTECT, related_name="nominations", null=True, blank=True
    )
    nominated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reference = models.CharField(max_length=40)
    given_names = models.CharField(max_length=120)
    family_name = models.CharField(max_length=120, blank=True)
    birth_date = models.DateField()
    email = models.EmailField()
    occupation = models.ForeignKey(
        "registry.Occupation", on_delete=models.PROTECT, related_name="+"
    )
    quota = models.ForeignKey(
        "quotas.Quota", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    status = models.CharField(
        max_length=16, choices=NominationStatus, default=NominationStatus.AWAITING_WORKER
    )
    nominated_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Set when the worker says "not me" or "no"; never shown to the state.
    declined_at = models.DateTimeField(null=True, blank=True)
    worker = models.ForeignKey(
        "people.Worker", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects = PersonalManager()

    class Meta:
        constraints = [
            # The state's own reference, so that a state only ever meets its own rows.
            models.UniqueConstraint(
                fields=["state", "reference"], name="applications_nomination_reference"
            ),
            models.CheckConstraint(
                condition=Q(status__in=NominationStatus.values),
                name="applications_nomination_status",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=NominationStatus.CONFIRMED,
                    worker__isnull=False,
                    confirmed_at__isnull=False,
                )
                | (
                    ~Q(status=NominationStatus.CONFIRMED)
                    & Q(worker__isnull=True, confirmed_at__isnull=True)
                ),
                name="applications_nomination_confirmed_pair",
            ),
        ]
        indexes = [models.Index(fields=["email"])]
