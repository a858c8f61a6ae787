"""Tables of what runs have decided; `models` hands them out with all others."""

from django.db import models
from django.db.models import Q

from clearinghouse.access.managers import PersonalManager
from clearinghouse.matching.enums import ReserveCause, Seat
from clearinghouse.shared.database import append_only, written_whole


class Decision(models.Model):
    """What one run decided for one ballot.

    The table is partitioned by run. A run fills a table of its own and attaches it in the one
    transaction that writes its result (`services/partitions.py`); checks over the whole partition
    stand there for foreign keys, and triggers refuse every other way in.
    """

    pk = models.CompositePrimaryKey("run_id", "entry_id")
    run = models.ForeignKey(
        "matching.Run",
        on_delete=models.PROTECT,
        related_name="decisions",
        db_constraint=False,
        db_index=False,
    )
    entry = models.ForeignKey(
        "matching.SealedEntry",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    quota = models.ForeignKey(
        "quotas.Quota",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_constraint=False,
        db_index=False,
    )
    seat = models.CharField(max_length=8, choices=Seat, blank=True)
    # Rank of the ballot's lottery number in this run; 0 is the best.
    lottery = models.PositiveIntegerField()

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quota__isnull=True, seat="")
                | Q(quota__isnull=False, seat__in=Seat.values),
                name="matching_decision_seat",
            ),
        ]
        triggers = [*append_only("matching_decision"), written_whole("matching_decision")]


class PostingResult(models.Model):
    """How one posting was filled by one run, with its two cut-offs (empty points mean none)."""

    run = models.ForeignKey("matching.Run", on_delete=models.PROTECT, related_name="results")
    quota = models.ForeignKey("quotas.Quota", on_delete=models.PROTECT, related_name="+")
    open_filled = models.PositiveIntegerField()
    reserved_filled = models.PositiveIntegerField()
    # Reserved places that went to anyone; with reserve-first they count as open places of the plan.
    reverted = models.PositiveIntegerField()
    free = models.PositiveIntegerField()
    reserve_cause = models.CharField(max_length=16, choices=ReserveCause, blank=True)
    others_points = models.PositiveIntegerField(null=True)
    others_candidate = models.CharField(max_length=32, blank=True)
    protected_points = models.PositiveIntegerField(null=True)
    protected_candidate = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "quota"], name="matching_result_once"),
        ]
        triggers = append_only("matching_postingresult")
