"""Tables of what happened."""

from django.db import models
from django.db.models.functions import Now

from clearinghouse.audit.enums import Verb
from clearinghouse.shared.database import append_only


class Event(models.Model):
    """One act: who, what, on which row, when. No foreign keys upward, no personal data in facts."""

    at = models.DateTimeField(db_default=Now())
    actor = models.UUIDField(null=True, blank=True)
    actor_role = models.CharField(max_length=24)
    verb = models.CharField(max_length=40, choices=Verb)
    subject_kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    state = models.CharField(max_length=2, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject"]),
            models.Index(fields=["-at", "-id"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verb__in=Verb.values), name="audit_event_verb"
            ),
        ]
        triggers = append_only("audit_event")


class Heartbeat(models.Model):
    """The last sign of life of one background process."""

    process = models.CharField(max_length=120, unique=True)
    pid = models.PositiveIntegerField()
    seen_at = models.DateTimeField()
