"""Reads for sealing a round: light ballots of the whole pool."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from django.db.models import Count, Exists, OuterRef

from clearinghouse.access.tokens import state_token
from clearinghouse.applications.enums import KNOWN_TO_STATES, POOL_STATUSES, Check
from clearinghouse.applications.models import Application, Wish
from clearinghouse.quotas import queries as quotas
from clearinghouse.shared.database import refusals


@dataclass(frozen=True, slots=True)
class Ballot:
    """One application as a round needs it: its eligible wishes as (quota key, rank), best first."""

    application_pk: int
    public_id: uuid.UUID
    worker_pk: int
    wishes: tuple[tuple[int, int], ...]


def list_in_pool(quota_ids: Iterable[int]) -> list[Ballot]:
    """List the ballots with an eligible wish on these quotas (keys), by application.

    A wish that still waits for its check is left out, and so is one for a state that the person is
    hidden from; they do not keep the others out.
    """
    return _ballots(list(quota_ids))


def lock_in_pool(quota_ids: Iterable[int]) -> list[Ballot]:
    """List the ballots as `list_in_pool` does, its applications locked for this transaction.

    The wishes are read after the locks are held, so that a change which is being saved at this
    moment is either in the ballot whole or waits.
    """
    wanted = list(quota_ids)
    asks = Wish.objects.filter(
        application=OuterRef("pk"), quota_id__in=wanted, check_status=Check.ELIGIBLE
    )
    rows = Application.objects.select_for_update(of=("self",)).filter(
        Exists(asks), status__in=POOL_STATUSES
    )
    with refusals({}):
        locked = set(rows.order_by("pk").values_list("pk", flat=True))
    return [ballot for ballot in _ballots(wanted) if ballot.application_pk in locked]


def count_not_found_eligible(
    quota_ids: Collection[int], *, worker_ids: Collection[int]
) -> dict[int, int]:
    """Count the wishes of these workers for these quotas (keys) that no check found eligible.

    Of wishes in applications that states know of; by quota, only where there are any; one query.
    """
    wishes = Wish.objects.filter(
        quota_id__in=quota_ids,
        application__worker_id__in=worker_ids,
        application__status__in=KNOWN_TO_STATES,
    )
    failed = wishes.exclude(check_status=Check.ELIGIBLE).order_by().values_list("quota_id")
    return dict(failed.annotate(count=Count("pk")))


def _tokens(quota_ids: Collection[int]) -> dict[int, int]:
    """Return the shield token of the state of each quota (key)."""
    return {pk: state_token(state) for pk, state in quotas.states_of(quota_ids).items()}


def _ballots(quota_ids: list[int]) -> list[Ballot]:
    rows = (
        Wish.objects.filter(
            quota_id__in=quota_ids,
            check_status=Check.ELIGIBLE,
            application__status__in=POOL_STATUSES,
        )
        .order_by("application_id", "rank")
        .values_list(
            "application_id",
            "application__public_id",
            "application__worker_id",
            "quota_id",
            "rank",
            "shield",
        )
    )
    tokens = _tokens(quota_ids)
    allowed = (
        row
        for row in rows.iterator(chunk_size=10_000)
        if not row[5] or tokens[row[3]] not in row[5]
    )
    tickets = groupby(allowed, key=itemgetter(0, 1, 2))
    return [
        Ballot(pk, public_id, worker_pk, tuple((row[3], row[4]) for row in wishes))
        for (pk, public_id, worker_pk), wishes in tickets
    ]
