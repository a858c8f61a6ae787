"""Every read of protected status. Matching gets one set of keys; states get nothing."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from clearinghouse.people import queries as people
from clearinghouse.protection.enums import (
    OWN_SENTENCES,
    PROTECTED_OUTCOMES,
    Outcome,
    ReferralStatus,
    RequestStatus,
)
from clearinghouse.protection.keys import keys_of, open_rows, opening
from clearinghouse.protection.models import Determination, Referral, Request
from clearinghouse.protection.permissions import check_can_ask, check_can_determine, not_found
from clearinghouse.shared.errors import NotNow
from clearinghouse.shared.ids import as_uuid

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker

_PERSON = ("worker__nationality", "worker__former_residence", "worker__occupation", "worker__user")


@dataclass(frozen=True, slots=True)
class OwnStatus:
    """What a person reads about the own case.

    `sentence` says in plain words what counts now (empty: nothing decided yet); `history` holds
    the determinations, newest first; `waiting` is the request that waits, if one does.
    """

    outcome: str
    sentence: str
    is_protected: bool
    since: date | None
    review_on: date | None
    history: tuple[Determination, ...]
    waiting: Request | None


def protected_worker_ids(on: date) -> set[int]:
    """Return the keys of the workers who are protected on a day; two queries.

    Every determination is opened: 100,000 take about five seconds of one core. One that was
    tampered with raises, because nobody may lose protection by it.
    """
    rows = Determination.objects.order_by("decided_at", "pk")
    found = list(rows.values_list("worker_id", "public_id", "sealed"))
    keys, day = keys_of({row[0] for row in found}), on.isoformat()
    latest: dict[int, tuple[str, str]] = {}
    for worker_id, public_id, sealed in found:
        said = keys.said(worker_id, f"determination:{public_id}", bytes(sealed))
        since = said.get("effective_on", "")
        if since and since <= day and since >= latest.get(worker_id, ("", ""))[0]:
            latest[worker_id] = since, said["outcome"]
    return {pk for pk, (_since, outcome) in latest.items() if outcome in PROTECTED_OUTCOMES}


def status_of(worker_id: int, on: date) -> Determination | None:
    """Return the determination that counts for a worker on a day: the latest effective by then."""
    return next((row for row in _history(worker_id) if _counts(row, on)), None)


def own_status(worker: "Worker", on: date) -> OwnStatus:
    """Return the own case of a worker on a day; the caller has found the worker by scope."""
    history = tuple(_history(worker.pk))
    counts = next((row for row in history if _counts(row, on)), None)
    return OwnStatus(
        outcome=counts.outcome if counts else "",
        sentence=str(OWN_SENTENCES[Outcome(counts.outcome)]) if counts else "",
        is_protected=counts is not None and counts.outcome in PROTECTED_OUTCOMES,
        since=counts.effective_on if counts else None,
        review_on=counts.review_on if counts else None,
        history=history,
        waiting=find_waiting(worker),
    )


def own_worker(actor: Any, worker_id: uuid.UUID | str | None, now: datetime) -> "Worker":
    """Return the own worker, or a mandated one, locked; raises `NotNow` without a profile."""
    check_can_ask(actor)
    worker = people.lock_worker_for(actor, worker_id, now)
    if worker is None:
        raise NotNow(_("Fill in your profile first."), code="no_profile")
    return worker


def find_waiting(worker: "Worker") -> Request | None:
    """Find the request of a worker that waits for an answer."""
    rows = Request.objects.filter(worker=worker, status=RequestStatus.WAITING)
    return opening(rows).first()


def lock_waiting(worker: "Worker") -> Request | None:
    """Find the request of a worker that waits, locked until the end of the transaction."""
    rows = Request.objects.select_for_update()
    return rows.filter(worker=worker, status=RequestStatus.WAITING).first()


def list_requests(actor: Any, search: str = "", status: str = "") -> QuerySet[Request]:
    """List requests with their people, those that wait first and the oldest of them first."""
    check_can_determine(actor)
    rows = Request.objects.select_related(*(f"{name}" for name in _PERSON))
    if status:
        rows = rows.filter(status=status)
    rows = opening(_found(rows, search))
    return rows.order_by(F("closed_at").desc(nulls_first=True), "made_at", "pk")


def count_open_requests(actor: Any) -> int:
    """Count the requests that wait for the protection body."""
    return list_requests(actor, status=RequestStatus.WAITING).count()


def get_request(actor: Any, public_id: uuid.UUID | str) -> Request:
    """Return a request with its person for the protection body, or raise `NotFound`."""
    request = list_requests(actor).filter(public_id=as_uuid(public_id)).first()
    if request is None:
        raise not_found()
    return request


def lock_request(public_id: uuid.UUID | str) -> Request:
    """Return a request locked until the end of the transaction, or raise `NotFound`."""
    rows = Request.objects.select_for_update(of=("self",)).select_related("worker__user")
    request = rows.filter(public_id=as_uuid(public_id)).first()
    if request is None:
        raise not_found()
    return request


def history_of(actor: Any, worker_public_id: uuid.UUID | str) -> list[Determination]:
    """List every determination about a worker for the protection body, newest first."""
    check_can_determine(actor)
    worker = people.get_worker(worker_public_id)
    return _history(worker.pk)


def list_referrals(actor: Any, search: str = "", status: str = "") -> QuerySet[Referral]:
    """List referrals of minors with their people, open ones first, then the oldest first."""
    check_can_determine(actor)
    rows = Referral.objects.select_related(*_PERSON)
    if status:
        rows = rows.filter(status=status)
    rows = opening(_found(rows, search))
    return rows.order_by("-status", "opened_at", "pk")


def get_referral(actor: Any, public_id: uuid.UUID | str) -> Referral:
    """Return a referral with its person for the protection body, or raise `NotFound`."""
    referral = list_referrals(actor).filter(public_id=as_uuid(public_id)).first()
    if referral is None:
        raise not_found()
    return referral


def lock_referral(public_id: uuid.UUID | str) -> Referral:
    """Return a referral locked until the end of the transaction, or raise `NotFound`."""
    referral = Referral.objects.select_for_update().filter(public_id=as_uuid(public_id)).first()
    if referral is None:
        raise not_found()
    return referral


def count_open_referrals(actor: Any) -> int:
    """Count the referrals that are open."""
    return list_referrals(actor, status=ReferralStatus.OPEN).count()


def list_minors_without_referral(on: date) -> list[int]:
    """List the keys of workers under eighteen for whom no referral was ever opened."""
    known = Referral.objects.values("worker_id")
    return list(people.list_minors(on).exclude(pk__in=known).values_list("pk", flat=True))


def _history(worker_id: int) -> list[Determination]:
    rows = Determination.objects.filter(worker_id=worker_id).select_related("decided_by")
    return sorted(open_rows(rows), key=_order, reverse=True)


def _order(row: Determination) -> tuple[date, datetime, int]:
    return row.effective_on or date.min, row.decided_at, row.pk


def _counts(row: Determination, on: date) -> bool:
    return row.effective_on is not None and row.effective_on <= on


def _found(rows: QuerySet[Any], search: str) -> QuerySet[Any]:
    for word in search.split():
        rows = rows.filter(
            Q(worker__given_names__icontains=word) | Q(worker__family_name__icontains=word)
        )
    return rows
