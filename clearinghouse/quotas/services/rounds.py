"""What rounds and offers do with quotas: open, close, count places."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from clearinghouse.access.checks import Actor, require
from clearinghouse.access.permissions import Permission
from clearinghouse.audit.enums import Verb
from clearinghouse.ledger import rules as places
from clearinghouse.ledger import services as ledger
from clearinghouse.quotas import guards, queries
from clearinghouse.quotas.enums import Status
from clearinghouse.quotas.lifecycle import LIFECYCLE
from clearinghouse.quotas.models import Quota
from clearinghouse.quotas.services.steps import (
    move,
    record,
    refusals_in_words,
    round_state_reserves,
)
from clearinghouse.shared.database import refusals

Counts = tuple[int, int, int]


@transaction.atomic
def open_quotas(
    *, by: Actor, quota_ids: Iterable[int], applications_close_at: datetime, now: datetime
) -> list[Quota]:
    """Open published postings of a round for applications; called by matching.

    The reserve is rounded a last time, for each state over the postings that open together; after
    this it never changes. All open or none. `quota_ids` are primary keys.
    """
    require(by, Permission.OPERATE_ROUNDS)
    quotas = queries.lock_quotas(quota_ids)
    for quota in quotas:
        LIFECYCLE.check(quota.status, Status.OPEN)
        guards.check_opening_possible(quota, applications_close_at=applications_close_at, now=now)
    round_state_reserves(quotas, by=by)
    for quota in quotas:
        move(quota, Status.OPEN, opened_at=now, applications_close_at=applications_close_at)
        record(Verb.QUOTA_OPENED, by, quota, reserved=quota.reserved)
    divided = [places.allotted(quota.pk, quota.places, quota.reserved) for quota in quotas]
    ledger.post(divided, by=by, now=now)
    return quotas


@transaction.atomic
def close_quotas(*, by: Actor, quota_ids: Iterable[int], now: datetime) -> list[Quota]:
    """End applications to postings whose round is sealed; called by matching with primary keys."""
    require(by, Permission.OPERATE_ROUNDS)
    quotas = queries.lock_quotas(quota_ids)
    for quota in quotas:
        move(quota, Status.CLOSED, closed_at=now)
        record(Verb.QUOTA_CLOSED, by, quota)
    return quotas


@transaction.atomic
def republish_quotas(*, by: Actor, quota_ids: Iterable[int], now: datetime) -> list[Quota]:
    """Give postings of a voided round back, so that another round may open them; by primary key."""
    require(by, Permission.OPERATE_ROUNDS)
    quotas = queries.lock_quotas(quota_ids)
    for quota in quotas:
        move(
            quota,
            Status.PUBLISHED,
            published_at=now,
            opened_at=None,
            applications_close_at=None,
            closed_at=None,
        )
        record(Verb.QUOTA_PUBLISHED, by, quota, voided_round=True)
    undone = [places.voided(quota.pk, quota.places, quota.reserved) for quota in quotas]
    ledger.post(undone, by=by, now=now)
    return quotas


@transaction.atomic
def set_places_taken(
    *,
    by: Actor,
    counts: Mapping[int, Counts],
    now: datetime,  # noqa: ARG001 - every service takes the moment
) -> list[Quota]:
    """Write how many open, reserved and reverted places are taken, by primary key of the quota.

    Called by offers inside its own transaction, whoever acts there. Rows are locked in ascending
    order; the database refuses more places than there are: `Conflict` "no_place_left".
    """
    quotas = queries.lock_quotas(counts)
    for quota in quotas:
        guards.check_counting_possible(quota)
        quota.open_taken, quota.reserved_taken, quota.reverted_taken = counts[quota.pk]
        with refusals(refusals_in_words()), transaction.atomic():
            quota.save(update_fields=["open_taken", "reserved_taken", "reverted_taken"])
        record(
            Verb.PLACES_COUNTED,
            by,
            quota,
            open=quota.open_taken,
            reserved=quota.reserved_taken,
            reverted=quota.reverted_taken,
        )
    return quotas
