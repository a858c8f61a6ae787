"""Planning, opening, releasing and voiding rounds."""

import secrets
import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.access.checks import SYSTEM, Actor
from clearinghouse.applications import services as applications
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.matching import guards, permissions, queries
from clearinghouse.matching.enums import OPERATOR_PARTY, RunStatus, Status
from clearinghouse.matching.models import Round, RoundQuota, SeedSecret
from clearinghouse.matching.services.seeds import commitment_of, operator_secret
from clearinghouse.matching.services.steps import move, move_run
from clearinghouse.quotas import services as quotas
from clearinghouse.quotas.enums import Status as QuotaStatus
from clearinghouse.quotas.queries import list_by_ids, list_public_by_ids
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Conflict, DomainError


@transaction.atomic
def plan_round(
    *,
    by: User,
    quota_ids: Collection[uuid.UUID],
    opens_at: datetime,
    closes_at: datetime,
    now: datetime,
) -> Round:
    """Plan a round over published quotas, and commit to the operator's secret for its draw."""
    permissions.check_can_operate(by)
    guards.check_planning_possible(
        opens_at=opens_at, closes_at=closes_at, postings=len(quota_ids), now=now
    )
    postings = list(list_public_by_ids(quota_ids))
    guards.check_postings_published(
        [quota.reference for quota in postings if quota.status != QuotaStatus.PUBLISHED],
        len(set(quota_ids)) - len(postings),
    )
    round_ = Round.objects.create(
        number=queries.next_number(),
        operator=by,
        opens_at=opens_at,
        closes_at=closes_at,
        salt=secrets.token_hex(32),
    )
    with refusals({"matching_roundquota_once": _in_another_round()}), transaction.atomic():
        RoundQuota.objects.bulk_create(RoundQuota(round=round_, quota=quota) for quota in postings)
    SeedSecret.objects.create(
        round=round_,
        party=OPERATOR_PARTY,
        user=by,
        commitment=commitment_of(operator_secret(round_)),
        committed_at=now,
    )
    trail.record(Verb.ROUND_PLANNED, by=by, on=round_, facts={"postings": len(postings)})
    return round_


@transaction.atomic
def open_round(*, by: Actor, number: int, now: datetime) -> Round:
    """Open a planned round, and its quotas for applications until it closes.

    Quotas that were withdrawn since the planning leave the round.
    """
    round_ = queries.lock_round(number)
    permissions.check_can_operate(by, round_)
    published = list_by_ids(queries.quota_ids_of(round_)).filter(status=QuotaStatus.PUBLISHED)
    quota_ids = [quota.pk for quota in published]
    guards.check_opening_possible(round_, postings=len(quota_ids), now=now)
    move(round_, Status.OPEN, opened_at=now)
    RoundQuota.objects.filter(round=round_).exclude(quota_id__in=quota_ids).delete()
    quotas.open_quotas(by=by, quota_ids=quota_ids, applications_close_at=round_.closes_at, now=now)
    trail.record(Verb.ROUND_OPENED, by=by, on=round_, facts={"postings": len(quota_ids)})
    return round_


def open_due(*, now: datetime) -> list[int]:
    """Open every planned round whose time has come, each by itself; return their numbers.

    A round that cannot be opened (nothing of it is published any more) stays planned for the
    operator to see, and stops no other.
    """
    opened = []
    for round_ in queries.list_due_to_open(now):
        try:
            open_round(by=SYSTEM, number=round_.number, now=now)
        except DomainError:
            continue
        opened.append(round_.number)
    return opened


@transaction.atomic
def release(*, by: Actor, number: int, now: datetime) -> Round:
    """Release a certified round: its results become readable, its applications are settled.

    Offers call this inside their own release, so that results and offers come at one instant.
    """
    round_ = queries.lock_round(number)
    permissions.check_can_operate(by, round_)
    move(round_, Status.RELEASED, released_at=now)
    run = queries.latest_finished_run(round_)
    if run is None:
        raise RuntimeError("a certified round has a finished run")
    run.applied_at = now
    run.save(update_fields=["applied_at"])
    placed: list[int] = []
    unplaced: list[int] = []
    for placement in queries.placements_of(run):
        (unplaced if placement.quota_id is None else placed).append(placement.application_id)
    applications.settle(
        placed_ids=placed, unplaced_ids=unplaced, by=by, now=now, round_number=number
    )
    facts = {"placed": len(placed), "unplaced": len(unplaced), "plan_digest": run.plan_digest}
    trail.record(Verb.ROUND_RELEASED, by=by, on=round_, facts=facts)
    return round_


@transaction.atomic
def void_round(*, by: Actor, number: int, reason: str, now: datetime) -> Round:
    """Void a round between its seal and its certification, with a reason that everybody can read.

    Sealed rows and seed stay as evidence; applications go back to the pool, quotas to where they
    may join another round.
    """
    round_ = queries.lock_round(number)
    permissions.check_can_operate(by, round_)
    text = guards.check_reason_given(reason)
    move(round_, Status.VOIDED, voided_at=now, void_reason=text)
    live = queries.find_live_run(round_)
    if live is not None:
        move_run(live, RunStatus.FAILED, finished_at=now, failure=_("The round was voided."))
    application_ids = queries.list_application_ids(round_)
    applications.return_to_pool(
        application_ids=application_ids, by=by, now=now, round_number=number
    )
    quota_ids = queries.quota_ids_of(round_)
    RoundQuota.objects.filter(round=round_).delete()
    quotas.republish_quotas(by=by, quota_ids=quota_ids, now=now)
    facts = {"applications": len(application_ids), "postings": len(quota_ids)}
    trail.record(Verb.ROUND_VOIDED, by=by, on=round_, facts=facts)
    return round_


def _in_another_round() -> Conflict:
    return Conflict(
        _("One of these quotas has just been put into another round."), code="in_another_round"
    )
