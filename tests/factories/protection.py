"""Determinations of protected status, made through the services as in life."""

from datetime import UTC, date, datetime

from django.db import transaction

from accounts.models import User
from clearinghouse.documents.cleaning import Clean
from clearinghouse.people.models import Worker
from clearinghouse.protection import services
from clearinghouse.protection.models import Determination, Evidence
from clearinghouse.protection.services import documents
from tests.factories.accounts import make_user

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def make_determination(
    worker: Worker,
    outcome: str = "recognised",
    effective_on: date = date(2026, 11, 1),
    *,
    now: datetime = NOW,
) -> Determination:
    """Let the protection body decide about a worker."""
    return services.determine(
        by=make_user("protection_officer"),
        worker_id=worker.public_id,
        outcome=outcome,
        effective_on=effective_on,
        reasons="The documents show it.",
        now=now,
    )


def make_evidence(
    worker: Worker, label: str = "", *, by: User | None = None, now: datetime = NOW
) -> Evidence:
    """Keep a document that was written anew already; the person's own unless `by` gave it."""
    by = by or worker.user
    assert by is not None
    cleaned = Clean(kind="png", content=b"\x89PNG\r\n\x1a\n the points", pages=1)
    with transaction.atomic():
        return documents._keep(worker, cleaned, label, by=by, now=now)
