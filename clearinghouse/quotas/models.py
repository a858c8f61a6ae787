"""Tables of quotas. A quota is a posting: one line of places with one rule."""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q

from clearinghouse.quotas.enums import (
    WEIGHT_MAX,
    Category,
    FigureKind,
    ReserveOrder,
    Status,
    WageUnit,
)
from clearinghouse.registry.enums import CefrLevel, Qualification
from clearinghouse.shared.models import Row

_WEIGHTS = (
    "weight_language",
    "weight_experience",
    "weight_qualification",
    "weight_occupation",
    "weight_priority",
)


def _weight() -> "models.PositiveSmallIntegerField[int, int]":
    return models.PositiveSmallIntegerField(default=0)


class Quota(Row):
    """A number of visas of one kind, posted by a destination state."""

    reference = models.CharField(max_length=40, unique=True)
    state = models.ForeignKey("registry.State", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    category = models.CharField(max_length=12, choices=Category)
    occupation = models.ForeignKey(
        "registry.Occupation", on_delete=models.PROTECT, related_name="+"
    )
    period = DateRangeField()
    places = models.PositiveIntegerField()
    # Percent; there is no default on purpose: a state must state it.
    reserve_share = models.DecimalField(max_digits=5, decimal_places=2)
    reserve_order = models.CharField(max_length=16, choices=ReserveOrder)
    # Rounded per state over all its postings, when they are published (largest remainder).
    reserved = models.PositiveIntegerField(default=0)

    wage_amount = models.DecimalField(max_digits=12, decimal_places=2)
    wage_currency = models.CharField(max_length=3)
    wage_unit = models.CharField(max_length=8, choices=WageUnit)
    comparator_wage = models.DecimalField(max_digits=12, decimal_places=2)
    health_cover = models.BooleanField(default=False)
    housing = models.BooleanField(default=False)
    ethical_recruitment = models.BooleanField(default=False)
    no_worker_fees = models.BooleanField(default=False)
    complaint_route = models.TextField(blank=True)

    language = models.CharField(max_length=8, blank=True)
    min_language_level = models.CharField(max_length=2, choices=CefrLevel, blank=True)
    min_experience_years = models.PositiveSmallIntegerField(default=0)
    min_qualification = models.CharField(max_length=1, choices=Qualification, default="0")
    # How many leading digits of the ISCO-08 code a worker's occupation must share; 0 is any.
    occupation_digits = models.PositiveSmallIntegerField(default=0)
    open_to = models.ManyToManyField("registry.State", related_name="+", blank=True)

    weight_language = _weight()
    weight_experience = _weight()
    weight_qualification = _weight()
    weight_occupation = _weight()
    weight_priority = _weight()
    # The state says so on purpose when points shall not count and chance decides alone.
    by_lot = models.BooleanField(default=False)
    priority_occupations = models.ManyToManyField(
        "registry.Occupation", related_name="+", blank=True
    )

    source_title = models.CharField(max_length=300, blank=True)
    source_url = models.URLField(max_length=500, blank=True)
    source_places = models.PositiveIntegerField(null=True, blank=True)
    figure_kind = models.CharField(max_length=16, choices=FigureKind, blank=True)

    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    return_reason = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    applications_close_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdraw_reason = models.TextField(blank=True)

    open_taken = models.PositiveIntegerField(default=0)
    reserved_taken = models.PositiveIntegerField(default=0)
    reverted_taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(places__gte=1), name="quotas_quota_places"),
            models.CheckConstraint(
                condition=Q(reserved__lte=F("places")), name="quotas_quota_reserve_within_places"
            ),
            models.CheckConstraint(
                condition=Q(reserve_share__gte=0, reserve_share__lte=100),
                name="quotas_quota_reserve_share",
            ),
            models.CheckConstraint(
                condition=Q(reserved_taken__lte=F("reserved") - F("reverted_taken")),
                name="quotas_quota_reserved_taken",
            ),
            models.CheckConstraint(
                condition=Q(
                    open_taken__lte=F("places") - F("reserved_taken") - F("reverted_taken")
                ),
                name="quotas_quota_not_overfilled",
            ),
            models.CheckConstraint(
                condition=Q(reserve_order=ReserveOrder.RESERVE_FIRST)
                | Q(open_taken__lte=F("places") - F("reserved")),
                name="quotas_quota_open_taken",
            ),
            models.CheckConstraint(
                condition=Q(approver__isnull=True) | ~Q(approver=F("author")),
                name="quotas_quota_approver_not_author",
            ),
            models.CheckConstraint(
                condition=Q(approver__isnull=True, approved_at__isnull=True)
                | Q(approver__isnull=False, approved_at__isnull=False),
                name="quotas_quota_approved_pair",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[Status.APPROVED, *("published", "open", "closed")])
                | Q(approved_at__isnull=False),
                name="quotas_quota_approved_before_public",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.OPEN) | Q(applications_close_at__isnull=False),
                name="quotas_quota_open_has_deadline",
            ),
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="quotas_quota_status"
            ),
            models.CheckConstraint(
                condition=Q(min_language_level="") | ~Q(language=""),
                name="quotas_quota_language_named",
            ),
            models.CheckConstraint(
                condition=Q(weight_language=0) | ~Q(language=""),
                name="quotas_quota_scored_language_named",
            ),
            models.CheckConstraint(
                condition=Q(**{f"{name}__lte": WEIGHT_MAX for name in _WEIGHTS}),
                name="quotas_quota_weights",
            ),
            models.CheckConstraint(
                condition=Q(occupation_digits__lte=4), name="quotas_quota_occupation_digits"
            ),
            models.CheckConstraint(
                condition=Q(wage_amount__gt=Decimal(0), comparator_wage__gt=Decimal(0)),
                name="quotas_quota_wages",
            ),
            models.CheckConstraint(
                condition=Q(by_lot=False) | Q(**dict.fromkeys(_WEIGHTS, 0)),
                name="quotas_quota_by_lot_without_weights",
            ),
            models.CheckConstraint(
                condition=Q(
                    period__isempty=False, period__lower_inf=False, period__upper_inf=False
                ),
                name="quotas_quota_period",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.RETURNED) | ~Q(return_reason=""),
                name="quotas_quota_return_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.WITHDRAWN)
                | (Q(withdrawn_at__isnull=False) & ~Q(withdraw_reason="")),
                name="quotas_quota_withdrawal_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(category__in=Category.values, reserve_order__in=ReserveOrder.values),
                name="quotas_quota_words",
            ),
        ]
        indexes = [models.Index(fields=["status", "state"])]
        triggers = [
            pgtrigger.Protect(
                name="quotas_quota_no_delete_once_submitted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__submitted_at__isnull=False),
            ),
        ]
