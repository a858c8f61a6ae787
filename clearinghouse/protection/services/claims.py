"""Every write of protected status. Doors and the clock call these; no other app does."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.access.checks import SYSTEM, Actor
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.people import queries as people
from clearinghouse.protection import guards, keys, permissions, queries
from clearinghouse.protection.enums import PROTECTED_OUTCOMES, ReferralStatus, RequestStatus
from clearinghouse.protection.lifecycle import LIFECYCLE, REFERRAL_LIFECYCLE
from clearinghouse.protection.models import Determination, Referral, Request
from clearinghouse.protection.services.shields import raise_shield
from clearinghouse.shared.database import refusals, try_advisory_lock
from clearinghouse.shared.errors import Conflict, NotNow

# Names the lock under which referrals are opened, so that two sweeps never do it together.
_REFERRALS = (0x50524F54, 1)


@transaction.atomic
def request_check(
    *, by: User, statement: str, now: datetime, worker_id: uuid.UUID | str | None = None
) -> Request:
    """Ask the protection body to look at the own case, or at a mandated person's (`worker_id`)."""
    worker = queries.own_worker(by, worker_id, now)
    guards.check_statement(statement)
    guards.check_none_waiting(waiting=queries.find_waiting(worker) is not None)
    request = Request(worker=worker, made_at=now)
    keys.seal_row(request, statement=statement.strip())
    with refusals({"protection_request_one_waiting": guards.request_waits()}):
        request.save()
    trail.record(Verb.PROTECTION_REQUESTED, by=by, on=request)
    raise_shield(worker, queries.grounds_of(worker), by=by, now=now)
    return request


@transaction.atomic
def withdraw_request(
    *, by: User, now: datetime, worker_id: uuid.UUID | str | None = None
) -> Request:
    """Take the request that waits back; a later one is as good as the first."""
    worker = queries.own_worker(by, worker_id, now)
    request = queries.lock_waiting(worker)
    if request is None:
        raise NotNow(_("No request of yours waits for an answer."), code="no_request")
    _close(request, to=RequestStatus.WITHDRAWN, now=now)
    trail.record(Verb.PROTECTION_WITHDRAWN, by=by, on=request)
    return request


@transaction.atomic
def determine(
    *,
    by: User,
    request_id: uuid.UUID | str | None = None,
    worker_id: uuid.UUID | str | None = None,
    outcome: str,
    effective_on: date,
    reasons: str,
    now: datetime,
    review_on: date | None = None,
) -> Determination:
    """Decide what a person's status is from a day on: about a request, or about a worker directly.

    Nothing else is touched: no application, wish or place learns of it. The person is told that
    there is news, in the words that everybody gets.
    """
    permissions.check_can_determine(by)
    request = queries.lock_request(request_id) if request_id is not None else None
    worker = request.worker if request else people.get_worker(str(worker_id))
    if request is not None:
        _close(request, to=RequestStatus.DECIDED, now=now)
    counts = queries.status_of(worker.pk, effective_on)
    guards.check_determination_possible(
        outcome=outcome,
        effective_on=effective_on,
        review_on=review_on,
        reasons=reasons,
        status_then=counts.outcome if counts else None,
    )
    determination = Determination(worker=worker, request=request, decided_by=by, decided_at=now)
    said = {
        "outcome": outcome,
        "effective_on": effective_on.isoformat(),
        "review_on": review_on.isoformat() if review_on else "",
        "reasons": reasons.strip(),
    }
    seal_determinations([(determination, said)])
    twice = Conflict(_("This has been decided already."), code="decided_twice")
    with refusals({"protection_determination_once": twice}):
        determination.save()
    trail.record(Verb.DETERMINATION_MADE, by=by, on=determination)
    if outcome in PROTECTED_OUTCOMES:
        raise_shield(worker, queries.grounds_of(worker), by=by, now=now)
    if contact := people.contact_of(worker, now):
        notices.send(user=contact, kind=Kind.DETERMINATION_READY, facts={}, now=now)
    return determination


def seal_determinations(rows: Sequence[tuple[Determination, dict[str, str]]]) -> None:
    """Put into determinations what they say: outcome, effective_on, review_on (ISO) and reasons."""
    own = keys.writing_keys(row.worker_id for row, _said in rows)
    for row, said in rows:
        own.seal_row(row, said)
        row.mark = own.mark(row.worker_id, "determination", said["effective_on"].encode())


@transaction.atomic
def open_referrals(*, by: Actor = SYSTEM, now: datetime) -> int:
    """Open a referral for each minor who has none and return how many; repeating it is harmless."""
    permissions.check_can_determine(by)
    if not try_advisory_lock(*_REFERRALS):
        return 0
    minors = queries.list_minors_without_referral(now.date())
    referrals = [Referral(worker_id=worker_id, opened_at=now) for worker_id in minors]
    own = keys.writing_keys(minors)
    for referral in referrals:
        own.seal_row(referral, {"note": ""})
    Referral.objects.bulk_create(referrals)
    for referral in referrals:
        trail.record(Verb.REFERRAL_OPENED, by=by, on=referral)
    return len(referrals)


@transaction.atomic
def close_referral(*, by: User, referral_id: uuid.UUID | str, note: str, now: datetime) -> Referral:
    """Close a referral with a word on what was arranged."""
    permissions.check_can_determine(by)
    referral = queries.lock_referral(referral_id)
    guards.check_closing_note(note)
    REFERRAL_LIFECYCLE.check(referral.status, ReferralStatus.CLOSED)
    referral.status = ReferralStatus.CLOSED
    referral.closed_at = now
    keys.seal_row(referral, note=note.strip())
    referral.save(update_fields=["status", "closed_at", "sealed"])
    trail.record(Verb.REFERRAL_CLOSED, by=by, on=referral)
    return referral


def _close(request: Request, *, to: RequestStatus, now: datetime) -> None:
    LIFECYCLE.check(request.status, to)
    request.status, request.closed_at = to, now
    request.save(update_fields=["status", "closed_at"])
