"""Tables of what happened."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Cast, Now

from clearinghouse.access.managers import PersonalManager
from clearinghouse.audit.enums import Change, Purpose, Source, Verb
from clearinghouse.shared.database import append_only


def _transaction() -> Cast:
    """Return the id of the transaction that writes, which never comes again in this cluster."""
    current = models.Func(function="pg_current_xact_id", output_field=models.TextField())
    return Cast(Cast(current, models.TextField()), models.BigIntegerField())


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
    tx = models.BigIntegerField(db_default=_transaction(), editable=False)

    objects = PersonalManager()

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject"]),
            models.Index(fields=["-at", "-id"]),
            BrinIndex(fields=["tx"], autosummarize=True, name="audit_event_tx"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verb__in=Verb.values), name="audit_event_verb"
            ),
        ]
        triggers = append_only("audit_event")


class Layout(models.Model):
    """Which columns of a table a digest covers; a migration that changes them adds a version.

    The key is made of the content, so that neither can be changed without the other.
    """

    id = models.BigIntegerField(primary_key=True)
    table = models.CharField(max_length=63)
    version = models.PositiveIntegerField()
    columns = ArrayField(models.CharField(max_length=63))
    kinds = ArrayField(models.TextField())
    key = ArrayField(models.CharField(max_length=63))
    grouping = models.CharField(max_length=63, blank=True)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "version"], name="audit_layout_version_once"),
        ]
        triggers = append_only("audit_layout")


class RowChange(models.Model):
    """One changed row of an audited table, written by its trigger: digests, never content.

    `key` is the row's primary key as text, `before` and `after` are digests of it. For tables
    of `tables.SETS` one row stands for all rows that a statement wrote for one group.
    """

    layout = models.BigIntegerField()
    key = models.TextField()
    op = models.CharField(max_length=1, choices=Change)
    before = models.BinaryField(null=True)
    after = models.BinaryField(null=True)
    rows = models.PositiveIntegerField()
    tx = models.BigIntegerField()
    at = models.DateTimeField()
    actor = models.TextField(blank=True)
    roles = models.TextField(blank=True)
    purpose = models.TextField(blank=True)
    login = models.TextField()

    objects = PersonalManager()

    class Meta:
        indexes = [
            BrinIndex(fields=["tx"], autosummarize=True, name="audit_rowchange_tx"),
            models.Index(fields=["layout"], name="audit_rowchange_layout"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(op__in=Change.values), name="audit_rowchange_op"
            ),
        ]
        triggers = append_only("audit_rowchange")


class Reading(models.Model):
    """Somebody else saw the record of a person: office and purpose, for the person to read.

    `worker` is the key of people.Worker; `reader` is a public id, which the person never sees.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField()
    worker = models.BigIntegerField()
    reader = models.UUIDField()
    office = models.CharField(max_length=24)
    state = models.CharField(max_length=2, blank=True)
    purpose = models.CharField(max_length=24, choices=Purpose)
    named = models.BooleanField()
    tx = models.BigIntegerField(db_default=_transaction(), editable=False)

    objects = PersonalManager()

    class Meta:
        indexes = [
            models.Index(fields=["worker", "-at", "-id"], name="audit_reading_of_worker"),
            BrinIndex(fields=["tx"], autosummarize=True, name="audit_reading_tx"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=Purpose.values), name="audit_reading_purpose"
            ),
        ]
        triggers = append_only("audit_reading")


class Link(models.Model):
    """The place of one entry in the chain of its stream; `hash` covers the link before it."""

    pk = models.CompositePrimaryKey("stream", "position")
    stream = models.CharField(max_length=24, db_collation="C")
    position = models.BigIntegerField()
    source = models.CharField(max_length=1, choices=Source)
    entry = models.BigIntegerField()
    digest = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "entry"], name="audit_link_once"),
        ]
        triggers = append_only("audit_link")


class ChainState(models.Model):
    """Up to where entries are linked: what was visible at the last pass, in which cluster."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    snapshot = models.TextField()
    cluster = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="audit_chainstate_single"),
        ]


class Checkpoint(models.Model):
    """A signed word on all streams at one moment. `token` is the truth, the rest finds it.

    `chunks` are roots over 1024 leaves each, so that a receipt reads one chunk of them.
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    token = models.TextField()
    digest = models.CharField(max_length=64)
    entries = models.PositiveIntegerField()
    sizes = models.JSONField()
    chunks = ArrayField(models.BinaryField())

    class Meta:
        triggers = append_only("audit_checkpoint")


class Verification(models.Model):
    """What a verification of the whole trail found."""

    at = models.DateTimeField()
    entries = models.BigIntegerField()
    live_rows = models.BigIntegerField()
    checkpoint = models.BigIntegerField(null=True, blank=True)
    seconds = models.FloatField()
    faults = models.JSONField()


class Heartbeat(models.Model):
    """The last sign of life of one background process."""

    process = models.CharField(max_length=120, unique=True)
    pid = models.PositiveIntegerField()
    seen_at = models.DateTimeField()
