"""The database is the last judge: each named constraint refuses what it is there to refuse."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from clearinghouse.quotas.models import Quota
from clearinghouse.quotas.services.steps import refusals_in_words
from clearinghouse.shared.database import violated_constraint
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db

VIOLATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "quotas_quota_places": ("draft", {"places": 0}),
    "quotas_quota_reserve_within_places": (
        "draft",
        {"reserve_order": "reserve_first", "reserved": 11},
    ),
    "quotas_quota_reserve_share": ("draft", {"reserve_share": Decimal("100.01")}),
    "quotas_quota_reserved_taken": ("closed", {"reserved_taken": 3}),
    "quotas_quota_not_overfilled": (
        "closed",
        {"reserve_order": "reserve_first", "open_taken": 9, "reserved_taken": 2},
    ),
    "quotas_quota_open_taken": ("closed", {"open_taken": 9}),
    "quotas_quota_approved_pair": ("approved", {"approver": None}),
    "quotas_quota_approved_before_public": (
        "approved",
        {"approver": None, "approved_at": None},
    ),
    "quotas_quota_open_has_deadline": ("open", {"applications_close_at": None}),
    "quotas_quota_status": ("draft", {"status": "lost"}),
    "quotas_quota_language_named": ("draft", {"min_language_level": "B1"}),
    "quotas_quota_scored_language_named": ("draft", {"weight_language": 1}),
    "quotas_quota_weights": ("draft", {"weight_experience": 1001}),
    "quotas_quota_occupation_digits": ("draft", {"occupation_digits": 5}),
    "quotas_quota_wages": ("draft", {"comparator_wage": 0}),
    "quotas_quota_by_lot_without_weights": ("draft", {"by_lot": True}),
    "quotas_quota_period": (
        "draft",
        {"period": DateRange(date(2027, 1, 1), date(2027, 1, 1))},
    ),
    "quotas_quota_return_has_reason": ("returned", {"return_reason": ""}),
    "quotas_quota_withdrawal_has_reason": ("withdrawn", {"withdraw_reason": ""}),
    "quotas_quota_words": ("draft", {"category": "forever"}),
}


def _refused_by(write: Callable[[], Any]) -> str | None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        write()
    return violated_constraint(refusal.value)


@pytest.mark.parametrize("name", VIOLATIONS)
def test_constraint_refuses_its_violation(name: str, now: datetime) -> None:
    status, values = VIOLATIONS[name]
    rows = Quota.objects.filter(pk=make_quota("DE", status, now=now).pk)
    assert _refused_by(lambda: rows.update(**values)) == name


def test_constraint_refuses_approval_by_the_author_in_plain_sql(now: datetime) -> None:
    quota = make_quota("DE", "submitted", now=now)

    def approve() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE quotas_quota SET status = 'approved', approver_id = author_id,"
                " approved_at = now() WHERE id = %s",
                [quota.pk],
            )

    assert _refused_by(approve) == "quotas_quota_approver_not_author"


def test_constraints_are_all_violated_above() -> None:
    named = {constraint.name for constraint in Quota._meta.constraints}
    assert named == {*VIOLATIONS, "quotas_quota_approver_not_author"}


def test_constraints_that_a_person_can_reach_have_words() -> None:
    known = {constraint.name for constraint in Quota._meta.constraints}
    assert set(refusals_in_words()) <= known


def test_reference_is_unique(now: datetime) -> None:
    first, second = (make_quota("DE", "draft", now=now) for _ in range(2))
    rows = Quota.objects.filter(pk=second.pk)
    assert _refused_by(lambda: rows.update(reference=first.reference)) is not None


def test_row_once_submitted_cannot_be_deleted(now: datetime) -> None:
    quota = make_quota("DE", "returned", now=now)
    with pytest.raises(DatabaseError), transaction.atomic():
        Quota.objects.filter(pk=quota.pk).delete()
    assert Quota.objects.filter(pk=quota.pk).exists()
