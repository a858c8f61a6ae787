"""Tables of exports: who asked for whom, what an office took on a day, and the file for a day."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from clearinghouse.access.managers import PersonalManager
from clearinghouse.exports.enums import Kind, Status
from clearinghouse.exports.rules import DAILY_PEOPLE
from clearinghouse.shared.models import Row

_COUNT = """
    INSERT INTO exports_budget (state_id, day, people) VALUES (NEW.state_id, NEW.day, 1)
    ON CONFLICT (state_id, day) DO UPDATE SET people = exports_budget.people + 1;
    RETURN NEW;
"""


class Export(Row):
    """A file that somebody asked for, with the exact number of its people and lines."""

    kind = models.CharField(max_length=16, choices=Kind)
    state = models.ForeignKey("registry.State", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=Status)
    reason = models.CharField(max_length=200)
    people = models.PositiveIntegerField()
    lines = models.PositiveIntegerField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    made_lines = models.PositiveIntegerField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="exports_export_status"
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="exports_export_kind"),
            models.CheckConstraint(
                condition=Q(people__gte=1, lines__gte=F("people")), name="exports_export_counts"
            ),
            models.CheckConstraint(
                condition=Q(made_lines__isnull=True, made_at__isnull=True)
                | Q(made_lines=F("lines"), made_at__isnull=False),
                name="exports_export_same_count",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.READY) | Q(made_lines__isnull=False),
                name="exports_export_made",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="exports_export_other_person",
            ),
            models.CheckConstraint(
                condition=Q(people__lte=DAILY_PEOPLE)
                | Q(decided_by__isnull=False)
                | ~Q(status__in=[Status.QUEUED, Status.READY]),
                name="exports_export_second_person",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-asked_at"], name="exports_export_state"),
            models.Index(
                fields=["expires_at"],
                condition=Q(status__in=[Status.WAITING, Status.QUEUED, Status.READY]),
                name="exports_export_live",
            ),
        ]


class Line(models.Model):
    """One record of a file, fixed when it was asked for; `person` is a keyed digest."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="records")
    subject = models.UUIDField()
    person = models.CharField(max_length=64)

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export", "subject"], name="exports_line_once")
        ]


class File(models.Model):
    """The finished file; the row goes after a day."""

    export = models.OneToOneField(Export, on_delete=models.CASCADE, related_name="file")
    content = models.TextField()

    objects = PersonalManager()


class Budget(models.Model):
    """How many people an office took on a day without a second person; a trigger counts."""

    state = models.ForeignKey("registry.State", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    people = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state", "day"], name="exports_budget_once"),
            models.CheckConstraint(
                condition=Q(people__lte=DAILY_PEOPLE), name="exports_budget_cap"
            ),
        ]


class Taken(models.Model):
    """A person in a file of an office on a day without a second person, once; a keyed digest."""

    state = models.ForeignKey("registry.State", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    person = models.CharField(max_length=64)

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state", "day", "person"], name="exports_taken_once")
        ]
        triggers = [
            pgtrigger.Trigger(
                name="exports_taken_counts",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func=_COUNT,
            )
        ]
