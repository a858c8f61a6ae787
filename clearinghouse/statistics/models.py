"""Tables of published numbers. A release is never changed; a correction is another release."""

from django.db import models
from django.db.models import Q

from clearinghouse.shared.database import append_only
from clearinghouse.shared.models import Row
from clearinghouse.statistics.enums import Kind


class Release(Row):
    """The numbers of one subject as they were published, for ever.

    `subject` is the number of a round. `content` holds published numbers only, and `digest` is the
    SHA-256 of its canonical JSON. From the second release on `reason` says why there is another.
    """

    kind = models.CharField(max_length=12, choices=Kind)
    subject = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    content = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "number"], name="statistics_release_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values), name="statistics_release_kind"
            ),
            models.CheckConstraint(
                condition=Q(number=1) | (Q(number__gt=1) & ~Q(reason="")),
                name="statistics_release_again_has_reason",
            ),
        ]
        triggers = append_only("statistics_release")


class Deduction(models.Model):
    """What could be worked out from one release: ranges of counts, for the audit of the next one.

    No counts stand here: `ranges` follows from published numbers alone.
    """

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="deduction")
    ranges = models.JSONField()

    class Meta:
        triggers = append_only("statistics_deduction")
