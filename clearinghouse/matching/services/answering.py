"""What offers say about a refill: they follow it, or answers have overtaken it."""

from datetime import datetime

from django.db import transaction

from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.matching.models import Run


@transaction.atomic
def mark_applied(*, run: Run, now: datetime) -> Run:
    """Note that offers follow a finished refill; the caller holds the lock of its round."""
    run.applied_at = now
    run.save(update_fields=["applied_at"])
    facts = {"round": run.round.number, "generation": run.generation}
    trail.record(Verb.PLACES_REFILLED, by=SYSTEM, on=run, facts=facts)
    return run


@transaction.atomic
def discard_refill(*, run: Run, now: datetime) -> Run:
    """Note that a finished refill is useless: people have answered since it was asked for."""
    run.discarded_at = now
    run.save(update_fields=["discarded_at"])
    facts = {"round": run.round.number, "generation": run.generation, "discarded": True}
    trail.record(Verb.PLACES_REFILLED, by=SYSTEM, on=run, facts=facts)
    return run
