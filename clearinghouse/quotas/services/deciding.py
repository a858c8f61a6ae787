"""Deciding about a quota: submit, return, approve, publish, withdraw."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.access.checks import Actor
from clearinghouse.audit.enums import Verb
from clearinghouse.ledger import rules as places
from clearinghouse.ledger import services as ledger
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.quotas import guards, permissions, queries
from clearinghouse.quotas.enums import Status
from clearinghouse.quotas.lifecycle import LIFECYCLE
from clearinghouse.quotas.models import Quota
from clearinghouse.quotas.services.steps import move, record, round_state_reserves
from clearinghouse.shared.errors import Conflict


@transaction.atomic
def submit_quota(
    *, by: User, quota_id: uuid.UUID, now: datetime, version: int | None = None
) -> Quota:
    """Send a complete quota to the state's approvers.

    `version`, where given, is the one that the person has seen. Raises `Invalid` "incomplete" with
    sentences by field while a right or a rule is missing (mission, D2).
    """
    quota = queries.lock_quota(quota_id, actor=by)
    permissions.check_can_edit(by, quota)
    _check_version(quota, version)
    LIFECYCLE.check(quota.status, Status.SUBMITTED)
    guards.check_submission_possible(
        quota,
        has_priority=bool(quota.priority_occupations.all()),
        minimum_reserve=settings.MINIMUM_RESERVE_PERCENT,
        now=now,
    )
    move(quota, Status.SUBMITTED, submitted_at=now, return_reason="")
    record(Verb.QUOTA_SUBMITTED, by, quota, version=quota.version)
    for approver in queries.list_approvers(quota.state):
        if approver.pk != by.pk:
            _tell(approver, Kind.QUOTA_TO_APPROVE, quota, now)
    return quota


@transaction.atomic
def return_quota(
    *, by: User, quota_id: uuid.UUID, reason: str, now: datetime, version: int | None = None
) -> Quota:
    """Give a submitted quota back to its author with a reason."""
    quota = queries.lock_quota(quota_id, actor=by)
    permissions.check_can_decide(by, quota)
    _check_version(quota, version)
    text = guards.check_reason_given(reason)
    move(quota, Status.RETURNED, return_reason=text)
    record(Verb.QUOTA_RETURNED, by, quota, version=quota.version)
    _tell(quota.author, Kind.QUOTA_DECIDED, quota, now)
    return quota


@transaction.atomic
def approve_quota(
    *, by: User, quota_id: uuid.UUID, now: datetime, version: int | None = None
) -> Quota:
    """Approve a submitted quota that other people wrote; the database refuses its author too."""
    quota = queries.lock_quota(quota_id, actor=by)
    permissions.check_can_decide(by, quota)
    _check_version(quota, version)
    move(quota, Status.APPROVED, approver=by, approved_at=now)
    record(Verb.QUOTA_APPROVED, by, quota, version=quota.version)
    _tell(quota.author, Kind.QUOTA_DECIDED, quota, now)
    return quota


@transaction.atomic
def publish_quota(*, by: Actor, quota_id: uuid.UUID, now: datetime) -> Quota:
    """Show an approved quota to everybody and round the state's reserve anew.

    The reserve of all published postings of the state is rounded together, so the number of
    another published posting may change by one place.
    """
    quota = _lock_with_state(quota_id, by)
    permissions.check_can_oversee(by, quota)
    LIFECYCLE.check(quota.status, Status.PUBLISHED)
    guards.check_publication_possible(quota, now=now)
    move(quota, Status.PUBLISHED, published_at=now)
    ledger.post([places.published(quota.pk, quota.places)], by=by, now=now)
    record(Verb.QUOTA_PUBLISHED, by, quota, version=quota.version)
    round_state_reserves(queries.lock_published_of(quota.state_id), by=by)
    quota.refresh_from_db(fields=["reserved"])
    return quota


@transaction.atomic
def withdraw_quota(*, by: User, quota_id: uuid.UUID, reason: str, now: datetime) -> Quota:
    """Take a quota back for good, before a round uses it; others are rounded anew."""
    quota = _lock_with_state(quota_id, by)
    permissions.check_can_withdraw(by, quota)
    guards.check_withdrawal_possible(quota)
    text = guards.check_reason_given(reason)
    move(quota, Status.WITHDRAWN, withdrawn_at=now, withdraw_reason=text)
    if quota.published_at is not None:
        ledger.post([places.withdrawn(quota.pk, quota.places)], by=by, now=now)
    record(Verb.QUOTA_WITHDRAWN, by, quota, places=quota.places)
    round_state_reserves(queries.lock_published_of(quota.state_id), by=by)
    return quota


def _lock_with_state(quota_id: uuid.UUID, by: Actor) -> Quota:
    """Lock the state before the row, so that two publications never round past each other."""
    state_id = queries.find_state_id(quota_id, actor=by)
    if state_id is None:
        raise permissions.not_found()
    queries.lock_state(state_id)
    return queries.lock_quota(quota_id, actor=by)


def _check_version(quota: Quota, version: int | None) -> None:
    if version is not None and version != quota.version:
        raise Conflict(
            _("Somebody else has changed this quota since you opened it. Please read it again."),
            code="edited_by_other",
            version=quota.version,
        )


def _tell(person: User, kind: Kind, quota: Quota, now: datetime) -> None:
    facts = {
        "quota": str(quota.public_id),
        "reference": quota.reference,
        "status": str(quota.status),
    }
    notices.send(user=person, kind=kind, facts=facts, now=now)
