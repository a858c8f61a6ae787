"""Reads for the person who applies, and for the helper who acts for that person."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Prefetch, QuerySet

from clearinghouse.applications.enums import LIVE_STATUSES
from clearinghouse.applications.models import Application, Wish
from clearinghouse.applications.permissions import not_found
from clearinghouse.people import queries as people
from clearinghouse.quotas import rules
from clearinghouse.quotas.enums import Reason
from clearinghouse.quotas.queries import facts_of
from clearinghouse.shared.database import refusals
from clearinghouse.shared.ids import as_uuid

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker
    from clearinghouse.quotas.models import Quota


def list_checks(application: Application) -> list[str]:
    """List what states found about every wish of an application, in no order that tells whose.

    A caseworker's login sees wishes for its own state only; the status follows from all of them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT guard.checks_of(%s)", [application.pk])
        found: list[str] = cursor.fetchone()[0]
    return found


def find_live(worker: "Worker") -> Application | None:
    """Find the one application of a worker that is not over, with its wishes in order."""
    return _rows().filter(worker=worker, status__in=LIVE_STATUSES).first()


def latest_of(worker: "Worker") -> Application | None:
    """Find the live application of a worker, or else the newest one that is over."""
    return find_live(worker) or list_own(worker).first()


def latest_of_many(worker_ids: Iterable[int]) -> dict[int, Application]:
    """Return the newest application of each of these workers (keys) that has one; one query."""
    rows = Application.objects.filter(worker_id__in=list(worker_ids))
    newest = rows.order_by("worker_id", "-created_at", "-pk").distinct("worker_id")
    return {application.worker_id: application for application in newest}


def list_own(worker: "Worker | None") -> QuerySet[Application]:
    """List all applications of a worker with their wishes, newest first; nobody has none."""
    rows = _rows().filter(worker=worker) if worker else _rows().none()
    return rows.order_by("-created_at", "-pk")


def get_own(actor: Any, public_id: uuid.UUID | str, now: datetime | None = None) -> Application:
    """Return an application of the actor or, at `now`, of a person the actor has a mandate for."""
    application = _acted_for(actor, now).filter(public_id=as_uuid(public_id)).first()
    if application is None:
        raise not_found()
    return application


def lock_application(actor: Any, public_id: uuid.UUID | str, now: datetime) -> Application:
    """Return an application as `get_own` does, locked until the end of the transaction."""
    rows = _acted_for(actor, now).select_for_update(of=("self",))
    with refusals({}):
        application = rows.filter(public_id=as_uuid(public_id)).first()
    if application is None:
        raise not_found()
    return application


def eligibility(worker: "Worker", quotas: Iterable["Quota"], on: date) -> dict[int, list[Reason]]:
    """Return why a worker does not meet each posting on a day, by its key; empty means all is met.

    The postings come with what the rules need, as `quotas.queries.list_by_ids` fetches them.
    """
    profile = people.profile_of(worker)
    return {quota.pk: rules.reasons(facts_of(quota), profile, on=on) for quota in quotas}


def _acted_for(actor: Any, now: datetime | None) -> QuerySet[Application]:
    return _rows().filter(worker__in=people.visible_to(actor, now).values("pk"))


def _rows() -> QuerySet[Application]:
    wishes = Wish.objects.select_related("quota__state", "quota__occupation").order_by("rank")
    return Application.objects.select_related(
        "worker__user", "worker__nationality", "worker__occupation"
    ).prefetch_related(Prefetch("wishes", queryset=wishes))
