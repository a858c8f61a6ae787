"""What the database refuses, by name."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clearinghouse.matching.models import (
    Certification,
    Decision,
    PostingResult,
    Round,
    RoundQuota,
    Run,
    SealedEntry,
    SealedPosting,
    SeedSecret,
)
from clearinghouse.shared.database import violated_constraint
from tests.factories.accounts import make_user
from tests.factories.matching import NOW, RAN, World, make_world

pytestmark = pytest.mark.django_db

Act = Callable[[World], Any]


def refused(act: Callable[[], Any]) -> str | None:
    """Do something that the database must refuse; return the name of the constraint."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act()
    return violated_constraint(refusal.value)


def change_round(**columns: Any) -> Act:
    return lambda world: Round.objects.filter(pk=world.round.pk).update(**columns)


def copy_of(row: Any, **over: Any) -> Any:
    """Insert the same row once more."""
    row.pk, row._state.adding = None, True
    for name, value in over.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    return row


@pytest.mark.parametrize(
    ("name", "status", "act"),
    [
        ("matching_round_closes_later", "planned", change_round(closes_at=NOW)),
        (
            "matching_round_status",
            "planned",
            lambda world: copy_of(
                world.round,
                number=99,
                status="else",
                public_id=uuid.uuid4(),
                sealed_at=NOW,
                input_digest="0" * 64,
            ),
        ),
        ("matching_round_sealed_has_digest", "open", change_round(status="sealed")),
        (
            "matching_round_void_has_reason",
            "sealed",
            change_round(status="voided"),
        ),
        (
            "matching_round_released_at",
            "certified",
            change_round(status="released"),
        ),
        (
            "matching_roundquota_once",
            "planned",
            lambda world: RoundQuota.objects.create(round=world.round, quota=world.quotas[0]),
        ),
        (
            "matching_secret_once",
            "planned",
            lambda world: copy_of(SeedSecret.objects.get(round=world.round)),
        ),
        (
            "matching_posting_once",
            "sealed",
            lambda world: copy_of(SealedPosting.objects.filter(round=world.round)[0], number=7),
        ),
        (
            "matching_posting_number_once",
            "sealed",
            lambda world: copy_of(SealedPosting.objects.filter(round=world.round)[0], posting="X"),
        ),
        (
            "matching_entry_once",
            "sealed",
            lambda world: copy_of(SealedEntry.objects.filter(round=world.round)[0]),
        ),
        (
            "matching_entry_one_per_person",
            "sealed",
            lambda world: copy_of(
                SealedEntry.objects.filter(round=world.round)[0], candidate="0" * 32
            ),
        ),
        (
            "matching_entry_candidate",
            "sealed",
            lambda world: copy_of(
                SealedEntry.objects.filter(round=world.round)[0], candidate="another"
            ),
        ),
        (
            "matching_entry_lengths",
            "sealed",
            lambda world: copy_of(SealedEntry.objects.filter(round=world.round)[0], points=[]),
        ),
        (
            "matching_run_one_per_generation",
            "verified",
            lambda world: copy_of(Run.objects.get(round=world.round), public_id=uuid.uuid4()),
        ),
        (
            "matching_run_finished_has_digest",
            "verified",
            lambda world: copy_of(
                Run.objects.get(round=world.round),
                public_id=uuid.uuid4(),
                generation=1,
                plan_digest="",
            ),
        ),
        (
            "matching_run_percent",
            "verified",
            lambda world: Run.objects.filter(round=world.round).update(percent=101),
        ),
        (
            "matching_run_applied_or_discarded",
            "verified",
            lambda world: Run.objects.filter(round=world.round).update(
                applied_at=RAN, discarded_at=RAN
            ),
        ),
        (
            "matching_run_failed_has_reason",
            "drawn",
            lambda world: Run.objects.create(round=world.round, requested_at=RAN, status="failed"),
        ),
        (
            "matching_result_once",
            "verified",
            lambda world: copy_of(PostingResult.objects.filter(run__round=world.round)[0]),
        ),
        (
            "matching_certification_once",
            "certified",
            lambda world: copy_of(Certification.objects.filter(round=world.round)[0]),
        ),
        (
            "matching_certification_by_others",
            "verified",
            lambda world: Certification.objects.create(
                round=world.round, certifier=make_user("operator"), plan_digest="", at=RAN
            ),
        ),
        ("matching_round_two_certifiers", "verified", change_round(status="certified")),
        ("matching_round_sealed_stays", "sealed", change_round(salt="0" * 64)),
        (
            "matching_secret_before_seal",
            "sealed",
            lambda world: SeedSecret.objects.create(
                round=world.round,
                party="late",
                user=world.operator,
                commitment="0" * 64,
                committed_at=RAN,
            ),
        ),
        (
            "matching_secret_after_seal",
            "open",
            lambda world: SeedSecret.objects.filter(round=world.round).update(secret="ab"),
        ),
        (
            "matching_secret_commitment_stays",
            "open",
            lambda world: SeedSecret.objects.filter(round=world.round).update(party="other"),
        ),
        (
            "matching_decision_append_only",
            "verified",
            lambda world: Decision.objects.filter(run__round=world.round).update(lottery=7),
        ),
        (
            "matching_decision_append_only",
            "verified",
            lambda world: Decision.objects.create(
                run_id=Run.objects.get(round=world.round).pk, entry_id=0, lottery=0
            ),
        ),
        (
            "matching_postingresult_append_only",
            "verified",
            lambda world: PostingResult.objects.filter(run__round=world.round).update(free=7),
        ),
        (
            "matching_certification_append_only",
            "certified",
            lambda world: Certification.objects.filter(round=world.round).update(
                at=RAN - timedelta(days=1)
            ),
        ),
    ],
)
def test_database_refuses(name: str, status: str, act: Act) -> None:
    world = make_world([(0,)], status=status)
    assert refused(lambda: act(world)) == name
