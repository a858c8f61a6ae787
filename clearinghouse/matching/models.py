"""Tables of rounds. What is sealed, decided or certified can never be changed."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from clearinghouse.access.managers import PersonalManager
from clearinghouse.matching import triggers
from clearinghouse.matching.decided import Decision, PostingResult
from clearinghouse.matching.enums import ENDED_EMPTY, RunStatus, Stage, Status
from clearinghouse.matching.evidence import Discharge, MerkleTree, RulesDocument, SelfTest
from clearinghouse.matching.lifecycle import LIFECYCLE, RUN_LIFECYCLE
from clearinghouse.quotas.enums import ReserveOrder
from clearinghouse.shared.database import append_only
from clearinghouse.shared.models import Row

__all__ = [
    "Certification",
    "Decision",
    "Discharge",
    "MerkleTree",
    "PostingResult",
    "Round",
    "RoundQuota",
    "RulesDocument",
    "Run",
    "SealedEntry",
    "SealedPosting",
    "SeedSecret",
    "SelfTest",
]


def _digest() -> "models.CharField[str, str]":
    return models.CharField(max_length=64, blank=True, default="")


class Round(Row):
    """One round: which postings, when, and the digests that let anyone check it."""

    number = models.PositiveIntegerField(unique=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.PLANNED)
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    # Candidate ids of the round are derived from it, so that they link to nobody outside.
    salt = models.CharField(max_length=64)
    rules_digest = _digest()
    input_digest = _digest()
    merkle_root = _digest()
    seed = _digest()
    market_digest = _digest()
    plan_digest = _digest()
    engine_version = models.CharField(max_length=20, blank=True, default="")
    opened_at = models.DateTimeField(null=True, blank=True)
    sealed_at = models.DateTimeField(null=True, blank=True)
    drawn_at = models.DateTimeField(null=True, blank=True)
    run_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    certified_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.TextField(blank=True)
    # A round voided after its draw is repeated with the same entries, salt and seed.
    repeat_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="repeat", null=True, blank=True
    )
    # When two certifiers let the entries of a drawn round go, because the input was unlawful.
    discharged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=models.F("opens_at")), name="matching_round_closes_later"
            ),
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="matching_round_status"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[Status.PLANNED, Status.OPEN, Status.VOIDED])
                | (Q(sealed_at__isnull=False) & ~Q(input_digest="")),
                name="matching_round_sealed_has_digest",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.VOIDED) | ~Q(void_reason=""),
                name="matching_round_void_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.RELEASED) | Q(released_at__isnull=False),
                name="matching_round_released_at",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="two_certifiers",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=triggers.TWO_CERTIFIERS,
            ),
            pgtrigger.Trigger(
                name="sealed_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=triggers.SEALED_STAYS,
            ),
            *(
                pgtrigger.Trigger(
                    name=name, when=pgtrigger.Before, operation=pgtrigger.Update, func=func
                )
                for name, func in (
                    ("rules_before_lists", triggers.RULES_BEFORE_LISTS),
                    ("no_void_after_reveal", triggers.NO_VOID_AFTER_REVEAL),
                    ("bound_to_their_draw", triggers.BOUND_TO_THEIR_DRAW),
                    ("discharged_by_two", triggers.DISCHARGED_BY_TWO),
                )
            ),
            pgtrigger.Trigger(
                name="repeat_is_same",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=triggers.REPEAT_IS_SAME,
            ),
            pgtrigger.FSM(
                name="matching_round_moves", field="status", transitions=LIFECYCLE.pairs()
            ),
            pgtrigger.Protect(name="matching_round_no_delete", operation=pgtrigger.Delete),
        ]


class RoundQuota(models.Model):
    """A posting that takes part in a round; a voided round lets its postings go again."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="postings")
    quota = models.ForeignKey("quotas.Quota", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quota"], name="matching_roundquota_once"),
        ]


class SeedSecret(models.Model):
    """One party's commitment to a secret, and the secret once it is revealed."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="secrets")
    party = models.CharField(max_length=80)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    commitment = models.CharField(max_length=64)
    committed_at = models.DateTimeField()
    secret = models.CharField(max_length=128, blank=True, default="")
    revealed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "party"], name="matching_secret_once"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="commit_before_seal",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=triggers.ONLY_WHILE_OPEN,
            ),
            pgtrigger.Trigger(
                name="reveal_after_seal",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=triggers.ONLY_WHEN_SEALED,
            ),
            pgtrigger.Protect(name="matching_secret_no_delete", operation=pgtrigger.Delete),
        ]


class SealedPosting(models.Model):
    """A posting as it was when the round was sealed."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="sealed_postings")
    quota = models.ForeignKey("quotas.Quota", on_delete=models.PROTECT, related_name="+")
    posting = models.CharField(max_length=40)
    # 0, 1, 2, ... within the round, in order of the names as bytes: ballots name postings by it.
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=2)
    places = models.PositiveIntegerField()
    reserve = models.PositiveIntegerField()
    order = models.CharField(max_length=16, choices=ReserveOrder)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "posting"], name="matching_posting_once"),
            models.UniqueConstraint(
                fields=["round", "number"], name="matching_posting_number_once"
            ),
        ]
        triggers = append_only("matching_sealedposting")


class SealedEntry(models.Model):
    """A ballot as it was when the round was sealed: wishes in order, with the points at each.

    `postings` are numbers of the round's sealed postings. For explanations only: `ranks` are the
    ranks on the person's own list, which also holds wishes that are not eligible; `parts` splits
    the points of each wish by criterion, in the order of `quotas.enums.Criterion`.
    """

    round = models.ForeignKey(
        Round, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    candidate = models.CharField(max_length=32)
    application = models.ForeignKey(
        "applications.Application", on_delete=models.PROTECT, related_name="+"
    )
    worker = models.ForeignKey("people.Worker", on_delete=models.PROTECT, related_name="+")
    protected = models.BooleanField()
    postings = ArrayField(models.PositiveIntegerField())
    points = ArrayField(models.PositiveIntegerField())
    ranks = ArrayField(models.PositiveSmallIntegerField(), default=list)
    parts = ArrayField(ArrayField(models.PositiveIntegerField()), default=list)

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "candidate"], name="matching_entry_once"),
            models.UniqueConstraint(
                fields=["round", "worker"], name="matching_entry_one_per_person"
            ),
            models.CheckConstraint(
                condition=Q(postings__len=models.F("points__len")), name="matching_entry_lengths"
            ),
            models.CheckConstraint(
                condition=Q(candidate__regex="^[0-9a-f]{32}$"), name="matching_entry_candidate"
            ),
        ]
        # A run reads by ranges of keys.
        indexes = [models.Index(fields=["round", "id"], name="matching_entry_by_id")]
        triggers = append_only("matching_sealedentry")


class Run(Row):
    """One run of the matcher over a sealed input; generation 0 is the first, later ones refill.

    `withdrawn` and `accepted` are the published difference to the sealed input in a refill.
    `attempt` is the fencing token: a write that carries an older one is refused.
    `applied_at` says when the offers followed the plan; `discarded_at`, that answers which came in
    meanwhile have made it useless.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="runs")
    generation = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=12, choices=RunStatus, default=RunStatus.WAITING)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    requested_at = models.DateTimeField()
    withdrawn = models.JSONField(default=list)
    accepted = models.JSONField(default=dict)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    pid = models.PositiveIntegerField(null=True, blank=True)
    host = models.CharField(max_length=120, blank=True)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.WAITING)
    percent = models.PositiveSmallIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    people_placed = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    # What is left by the speed so far; empty where nobody can say.
    seconds_left = models.PositiveIntegerField(null=True, blank=True)
    # Seconds that each stage and its parts took: what the next run's estimate begins with.
    stage_seconds = models.JSONField(default=dict)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    engine_version = models.CharField(max_length=20, blank=True, default="")
    market_digest = _digest()
    plan_digest = _digest()
    # Which programs agreed on the plan: the matcher, the second implementation, the verifier.
    checked_by = models.CharField(max_length=80, blank=True)
    failure = models.TextField(blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    discarded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "generation"],
                condition=~Q(status__in=ENDED_EMPTY),
                name="matching_run_one_per_generation",
            ),
            models.CheckConstraint(
                condition=~Q(status=RunStatus.FINISHED)
                | (Q(finished_at__isnull=False) & ~Q(plan_digest="")),
                name="matching_run_finished_has_digest",
            ),
            models.CheckConstraint(condition=Q(percent__lte=100), name="matching_run_percent"),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True, discarded_at__isnull=True)
                | Q(status=RunStatus.FINISHED, applied_at__isnull=True)
                | Q(status=RunStatus.FINISHED, discarded_at__isnull=True),
                name="matching_run_applied_or_discarded",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=ENDED_EMPTY) | ~Q(failure=""),
                name="matching_run_failed_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["status"],
                condition=Q(status__in=[RunStatus.WAITING, RunStatus.RUNNING]),
                name="matching_run_live",
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="finished_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=triggers.FINISHED_STAYS,
            ),
            pgtrigger.FSM(
                name="matching_run_moves", field="status", transitions=RUN_LIFECYCLE.pairs()
            ),
            pgtrigger.Protect(name="matching_run_no_delete", operation=pgtrigger.Delete),
        ]


class Certification(models.Model):
    """One certifier's word that a verified round may be released."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="certifications")
    certifier = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    plan_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "certifier"], name="matching_certification_once"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="by_others",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=triggers.CERTIFIER_IS_ANOTHER,
            ),
            pgtrigger.Trigger(
                name="self_test_passed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=triggers.SELF_TEST_PASSED,
            ),
            *append_only("matching_certification"),
        ]
