"""Determinations of protected status, made through the services as in life."""

from datetime import UTC, date, datetime

from clearinghouse.people.models import Worker
from clearinghouse.protection import services
from clearinghouse.protection.models import Determination
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
