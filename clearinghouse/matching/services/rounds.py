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
from clearinghouse.audit.enums import Task as AuditTask
from clearinghouse.audit.enums import Verb
from clearinghouse.matching import guards, permissions, queries
from clearinghouse.matching.enums import OPERATOR_PARTY, Status
from clearinghouse.matching.lifecycle import LIFECYCLE
from clearinghouse.matching.models import Round, RoundQuota, SeedSecret
from clearinghouse.matching.services.repeating import end_round, give_back, repeat_round
from clearinghouse.matching.services.rulebook import publish_rules
from clearinghouse.matching.services.seeds import commitment_of, operator_secret
from clearinghouse.matching.services.steps import move
from clearinghouse.quotas import services as quotas
from clearinghouse.quotas.enums import Status as QuotaStatus
from clearinghouse.quotas.queries import list_by_ids, list_public_by_ids
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Conflict, DomainError
from clearinghouse.shared.queue import enqueue_after_commit


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

    Quotas that were withdrawn since the planning leave the round. The rules are published with it,
    the reserves rounded: from here on they are what people make their lists by.
    """
    round_ = queries.lock_round(number)
    permissions.check_can_operate(by, round_)
    published = list_by_ids(queries.quota_ids_of(round_)).filter(status=QuotaStatus.PUBLISHED)
    quota_ids = [quota.pk for quota in published]
    guards.check_opening_possible(round_, postings=len(quota_ids), now=now)
    LIFECYCLE.check(round_.status, Status.OPEN)
    RoundQuota.objects.filter(round=round_).exclude(quota_id__in=quota_ids).delete()
    quotas.open_quotas(by=by, quota_ids=quota_ids, applications_close_at=round_.closes_at, now=now)
    rules_digest = publish_rules(round_)
    move(round_, Status.OPEN, opened_at=now, rules_digest=rules_digest)
    facts = {"postings": len(quota_ids), "rules_digest": rules_digest}
    trail.record(Verb.ROUND_OPENED, by=by, on=round_, facts=facts)
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
    enqueue_after_commit(AuditTask.CHECKPOINT)
    return round_


@transaction.atomic
def void_round(*, by: Actor, number: int, reason: str, now: datetime) -> Round:
    """Void a round between its seal and its certification, with a reason that everybody can read.

    Sealed rows and seed stay as evidence. Before the draw, applications go back to the pool and
    quotas to where they may join another round. After it they are bound to their draw: the round
    is repeated with the same entries, salt, secrets and seed.
    """
    round_ = queries.lock_round(number)
    permissions.check_can_operate(by, round_)
    text = guards.check_reason_given(reason)
    guards.check_void_in_time(round_, revealed=queries.count_revealed(round_))
    end_round(round_, reason=text, now=now)
    facts: dict[str, int]
    if round_.seed:
        facts = {"repeated_as": repeat_round(round_, by=by).number}
    else:
        facts = give_back(round_, by=by, now=now)
    trail.record(Verb.ROUND_VOIDED, by=by, on=round_, facts=facts)
    return round_


def _in_another_round() -> Conflict:
    return Conflict(
        _("One of these quotas has just been put into another round."), code="in_another_round"
    )
