"""Ranking postings. Every verb ends in one place that writes the whole list."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import User
from clearinghouse.applications import guards, queries
from clearinghouse.applications.enums import EDITABLE_STATUSES, Status
from clearinghouse.applications.models import Application, Wish
from clearinghouse.applications.services.steps import follow_checks
from clearinghouse.applications.services.tickets import start, withdraw
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.people import queries as people
from clearinghouse.quotas import queries as quotas
from clearinghouse.quotas.enums import PUBLIC_STATUSES
from clearinghouse.shared.ids import as_uuid

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker
    from clearinghouse.quotas.models import Quota

UP, DOWN = "up", "down"


@transaction.atomic
def wish(
    *,
    by: User,
    quota_id: uuid.UUID | str,
    now: datetime,
    worker_id: uuid.UUID | str | None = None,
) -> Application:
    """Put a posting at the end of the live list, starting an application if there is none."""
    application = _live_or_new(by, worker_id, now)
    return add_wish(by=by, application_id=application.public_id, quota_id=quota_id, now=now)


@transaction.atomic
def add_wish(
    *, by: User, application_id: uuid.UUID | str, quota_id: uuid.UUID | str, now: datetime
) -> Application:
    """Put a posting at the end of the list."""
    application = queries.lock_application(by, application_id, now)
    return _store(application, [*_order(application), as_uuid(quota_id)], by=by, now=now)


@transaction.atomic
def remove_wish(
    *, by: User, application_id: uuid.UUID | str, quota_id: uuid.UUID | str, now: datetime
) -> Application:
    """Take a posting off the list; one that is not on it is no error."""
    application = queries.lock_application(by, application_id, now)
    kept = [listed for listed in _order(application) if listed != as_uuid(quota_id)]
    return _store(application, kept, by=by, now=now)


@transaction.atomic
def move_wish(
    *,
    by: User,
    application_id: uuid.UUID | str,
    quota_id: uuid.UUID | str,
    now: datetime,
    to_rank: int | None = None,
    direction: str = "",
) -> Application:
    """Move a posting to a rank (1 is the dearest), or one place `up` or `down`."""
    application = queries.lock_application(by, application_id, now)
    order, moved = _order(application), as_uuid(quota_id)
    guards.check_all_known([moved], order)
    at = order.index(moved)
    target = to_rank - 1 if to_rank is not None else at + {UP: -1, DOWN: 1}.get(direction, 0)
    order.remove(moved)
    order.insert(max(0, target), moved)
    return _store(application, order, by=by, now=now)


@transaction.atomic
def set_wishes(
    *,
    by: User,
    application_id: uuid.UUID | str,
    quota_ids: Sequence[uuid.UUID | str],
    version: int,
    now: datetime,
) -> Application:
    """Replace the whole list: postings that stay keep their checks, new ones wait for theirs.

    `version` is the one of the list that the person looked at; an older one raises `Conflict`.
    """
    application = queries.lock_application(by, application_id, now)
    guards.check_editable(application)
    guards.check_version(application, version)
    return _store(application, [as_uuid(quota_id) for quota_id in quota_ids], by=by, now=now)


@transaction.atomic
def leave_hidden(*, by: User, worker: "Worker", now: datetime) -> int:
    """Take postings of states that a person is hidden from off the live list; return how many.

    A list in a sealed round stays as it is: no offer follows from such a wish. An application
    that wishes for nothing any more is withdrawn, without penalty.
    """
    live = queries.find_live(worker)
    if live is None:
        return 0
    application = queries.lock_application(by, live.public_id, now)
    hidden = {wish.quota_id for wish in queries.hidden_wishes(application)}
    if not hidden or application.status not in EDITABLE_STATUSES:
        return 0
    kept = [wish.quota for wish in application.wishes.all() if wish.quota_id not in hidden]
    if not kept and application.status != Status.DRAFT:
        withdraw(by=by, application_id=application.public_id, now=now)
        return len(hidden)
    _write(application, kept)
    facts = {"wishes": len(kept), "added": 0, "version": application.version}
    trail.record(Verb.WISHES_CHANGED, by=by, on=application, facts=facts)
    follow_checks(application, by=by, now=now)
    return len(hidden)


def _live_or_new(by: User, worker_id: uuid.UUID | str | None, now: datetime) -> Application:
    worker = (
        people.find_worker(by) if worker_id is None else people.get_worker_for(by, worker_id, now)
    )
    live = queries.find_live(worker) if worker else None
    return live or start(by=by, worker_id=worker_id, now=now)


def _store(
    application: Application, wanted: list[uuid.UUID], *, by: User, now: datetime
) -> Application:
    """Write a list of postings, dearest first, after every check."""
    guards.check_editable(application)
    guards.check_wished_once(wanted)
    before = _order(application)
    if wanted == before:
        return application
    known = _postings({*wanted, *before}, kept=set(before))
    guards.check_all_known(wanted, known)
    added = [known[posting] for posting in wanted if posting not in before]
    if application.status != Status.DRAFT:
        guards.check_has_wishes(count=len(wanted))
        guards.check_not_sealing(known.values(), now=now)
    guards.check_not_hidden(added, queries.hidden_postings(application.worker, added))
    guards.check_postings_open(added, now=now)
    _check_eligible(application, added, now)
    _write(application, [known[posting] for posting in wanted])
    trail.record(
        Verb.WISHES_CHANGED,
        by=by,
        on=application,
        facts={"wishes": len(wanted), "added": len(added), "version": application.version},
    )
    follow_checks(application, by=by, now=now)
    return queries.get_own(by, application.public_id, now)


def _write(application: Application, wanted: list["Quota"]) -> None:
    stored = {wish.quota_id: wish for wish in application.wishes.all()}
    ranks = {quota.pk: rank for rank, quota in enumerate(wanted, start=1)}
    gone = [wish.pk for quota_id, wish in stored.items() if quota_id not in ranks]
    Wish.objects.filter(pk__in=gone).delete()
    for quota_id, wish in stored.items():
        wish.rank = ranks.get(quota_id, wish.rank)
    Wish.objects.bulk_update([stored[pk] for pk in ranks if pk in stored], ["rank"])
    Wish.objects.bulk_create(
        Wish(application=application, quota_id=pk, rank=rank)
        for pk, rank in ranks.items()
        if pk not in stored
    )
    application.version += 1
    application.save(update_fields=["version"])


def _check_eligible(application: Application, added: list["Quota"], now: datetime) -> None:
    guards.check_adult(application.worker.birth_date, on=now.date())
    found = queries.eligibility(application.worker, added, now.date())
    guards.check_eligible({quota: found[quota.pk] for quota in added})


def _postings(wanted: set[uuid.UUID], *, kept: set[uuid.UUID]) -> dict[uuid.UUID, "Quota"]:
    rows = quotas.list_by_public_ids(wanted)
    return {
        quota.public_id: quota
        for quota in rows
        if quota.status in PUBLIC_STATUSES or quota.public_id in kept
    }


def _order(application: Application) -> list[uuid.UUID]:
    return [wish.quota.public_id for wish in application.wishes.all()]
