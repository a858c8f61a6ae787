"""What a destination decides about wishes for its own postings, and nothing else."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.db import transaction

from accounts.models import User
from clearinghouse.applications import guards, permissions, queries
from clearinghouse.applications.enums import Check, Status
from clearinghouse.applications.models import Application, Wish
from clearinghouse.applications.queries import CaseFile
from clearinghouse.applications.services.steps import follow_checks, notify
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.notices.enums import Kind
from clearinghouse.people import queries as people
from clearinghouse.quotas import queries as quotas
from clearinghouse.quotas import rules
from clearinghouse.quotas.enums import Reason
from clearinghouse.shared.errors import NotFound, NotNow
from clearinghouse.shared.ids import as_uuid


@transaction.atomic
def check_wish(
    *,
    by: User,
    application_id: uuid.UUID | str,
    quota_id: uuid.UUID | str,
    eligible: bool,
    now: datetime,
    reasons: Sequence[str] = (),
    note: str = "",
) -> CaseFile:
    """Decide whether a person meets one posting of the own state; a refusal needs reasons.

    Nobody can be declared eligible whose facts do not meet the published requirements. Once no
    wish waits, the application enters the pool or is told that it is not eligible anywhere.
    """
    application, wishes = queries.lock_for_check(by, application_id)
    wish = next((row for row in wishes if row.quota.public_id == as_uuid(quota_id)), None)
    if wish is None:
        raise permissions.not_found()
    guards.check_checkable(application, wish.quota)
    guards.check_decision(
        eligible=eligible, reasons=reasons, note=note, found=_findings(application, wish)
    )
    _decide(wish, eligible=eligible, reasons=reasons, note=note.strip(), by=by, now=now)
    _finish(application, by=by, now=now)
    return queries.get_for_check(by, application_id)


@transaction.atomic
def check_all(*, by: User, application_id: uuid.UUID | str, now: datetime) -> int:
    """Accept every waiting wish for the own state that the rules accept; return how many."""
    application, wishes = queries.lock_for_check(by, application_id)
    accepted = 0
    for wish in wishes:
        if wish.check_status != Check.WAITING:
            continue
        guards.check_checkable(application, wish.quota)
        if not _findings(application, wish):
            _decide(wish, eligible=True, reasons=(), note="", by=by, now=now)
            accepted += 1
    if accepted:
        _finish(application, by=by, now=now)
    return accepted


@transaction.atomic
def check_many(*, by: User, application_ids: Sequence[uuid.UUID], now: datetime) -> int:
    """Accept on each of these applications what the rules accept; return how many wishes.

    An application that has left the queue meanwhile is left out and stops no other.
    """
    accepted = 0
    for application_id in application_ids:
        with suppress(NotNow, NotFound), transaction.atomic():
            accepted += check_all(by=by, application_id=application_id, now=now)
    return accepted


def _findings(application: Application, wish: Wish) -> list[Reason]:
    profile = people.profile_of(application.worker)
    on = (application.submitted_at or application.created_at).date()
    return rules.reasons(quotas.facts_of(wish.quota), profile, on=on)


def _decide(
    wish: Wish, *, eligible: bool, reasons: Sequence[str], note: str, by: User, now: datetime
) -> None:
    wish.check_status = Check.ELIGIBLE if eligible else Check.NOT_ELIGIBLE
    wish.reasons, wish.note = sorted(set(reasons)), note
    wish.decided_by, wish.decided_at = by, now
    wish.save(update_fields=["check_status", "reasons", "note", "decided_by", "decided_at"])
    trail.record(
        Verb.APPLICATION_VERIFIED,
        by=by,
        on=wish.application,
        facts={
            "quota": wish.quota.reference,
            "eligible": eligible,
            "reasons": [str(Reason(reason).value) for reason in wish.reasons],
        },
        state=wish.quota.state.iso2,
    )


def _finish(application: Application, *, by: User, now: datetime) -> None:
    moved = follow_checks(application, by=by, now=now)
    if moved and application.status in {Status.IN_POOL, Status.NOT_ELIGIBLE}:
        notify(application, Kind.APPLICATION_CHECKED, now=now)
