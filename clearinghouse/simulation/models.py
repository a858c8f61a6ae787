"""Tables of simulation. A result, once written, can never be changed."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from clearinghouse.shared.models import Row
from clearinghouse.simulation.enums import LIVE_STATUSES, Kind, Likeness, Stage, Status
from clearinghouse.simulation.lifecycle import LIFECYCLE

_RELEASED_POOL = """
    IF (SELECT status FROM matching_round WHERE id = NEW.round_id) <> 'released' THEN
        RAISE EXCEPTION 'Only a released round is simulated'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'simulation_simulation_released_pool';
    END IF;
    RETURN NEW;
"""
_STAYS = """
    IF (OLD.status IN ('finished', 'failed', 'cancelled') AND NEW IS DISTINCT FROM OLD)
       OR (NEW.kind, NEW.round_id, NEW.state, NEW.requested_by_id, NEW.requested_at)
          IS DISTINCT FROM
          (OLD.kind, OLD.round_id, OLD.state, OLD.requested_by_id, OLD.requested_at)
       OR (NEW.quota_public_id, NEW.quota_reference, NEW.mapped_to, NEW.likeness, NEW.parameters)
          IS DISTINCT FROM
          (OLD.quota_public_id, OLD.quota_reference, OLD.mapped_to, OLD.likeness, OLD.parameters)
    THEN
        RAISE EXCEPTION 'What a simulation was asked and what it found stay as they are'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'simulation_simulation_stays';
    END IF;
    RETURN NEW;
"""


class Simulation(Row):
    """Other rules on the sealed pool of a released round, and what would have come of them.

    `state` is the state whose official asked (empty: the secretariat); it sees its own places only.
    `mapped_to` is the sealed posting that stands for a quota which is not approved yet.
    `attempt` is the fencing token: a write that carries an older one is refused. `result` holds
    whole numbers; queries withhold what a reader may not see.
    """

    kind = models.CharField(max_length=16, choices=Kind, default=Kind.WHAT_IF)
    round = models.ForeignKey("matching.Round", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=2, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    requested_at = models.DateTimeField()
    # Public id and reference, no foreign key: a draft may be deleted, what was simulated stays.
    quota_public_id = models.UUIDField(null=True, blank=True)
    quota_reference = models.CharField(max_length=40, blank=True)
    mapped_to = models.CharField(max_length=40, blank=True)
    likeness = models.CharField(max_length=16, choices=Likeness, blank=True)
    parameters = models.JSONField()
    status = models.CharField(max_length=12, choices=Status, default=Status.WAITING)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.WAITING)
    percent = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    engine_version = models.CharField(max_length=20, blank=True, default="")
    market_digest = models.CharField(max_length=64, blank=True, default="")
    plan_digest = models.CharField(max_length=64, blank=True, default="")
    result = models.JSONField(null=True, blank=True)
    failure = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=Status.values, kind__in=Kind.values),
                name="simulation_simulation_words",
            ),
            models.CheckConstraint(
                condition=Q(percent__lte=100), name="simulation_simulation_percent"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.FINISHED)
                | (
                    Q(finished_at__isnull=False, result__isnull=False)
                    & ~Q(market_digest="")
                    & ~Q(plan_digest="")
                ),
                name="simulation_simulation_finished_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.FAILED) | ~Q(failure=""),
                name="simulation_simulation_failed_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(quota_public_id__isnull=True, quota_reference="", mapped_to="")
                | (Q(quota_public_id__isnull=False) & ~Q(quota_reference="") & ~Q(mapped_to="")),
                name="simulation_simulation_mapping",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.COUNTERFACTUALS) | Q(requested_by__isnull=False),
                name="simulation_simulation_somebody_asked",
            ),
            models.UniqueConstraint(
                fields=["round"],
                condition=Q(kind=Kind.COUNTERFACTUALS),
                name="simulation_simulation_one_counterfactual",
            ),
        ]
        indexes = [
            models.Index(
                fields=["status"],
                condition=Q(status__in=LIVE_STATUSES),
                name="simulation_live",
            ),
            models.Index(fields=["state", "-requested_at"], name="simulation_by_state"),
            models.Index(fields=["quota_public_id"], name="simulation_by_quota"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="released_pool",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=_RELEASED_POOL,
            ),
            pgtrigger.Trigger(
                name="stays", when=pgtrigger.Before, operation=pgtrigger.Update, func=_STAYS
            ),
            pgtrigger.FSM(
                name="simulation_simulation_moves", field="status", transitions=LIFECYCLE.pairs()
            ),
            pgtrigger.Protect(name="simulation_simulation_no_delete", operation=pgtrigger.Delete),
        ]
