"""Applications and nominations in any status, made through the services as in life."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from accounts.models import User
from clearinghouse.access.checks import SYSTEM
from clearinghouse.applications import services
from clearinghouse.applications.models import Application
from clearinghouse.applications.queries import NominationRow
from clearinghouse.applications.services import NominationData
from clearinghouse.people.models import Worker
from clearinghouse.quotas.models import Quota
from tests.factories.accounts import make_user
from tests.factories.people import make_worker
from tests.factories.quotas import make_quota

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_numbers = count(1)


def make_application(
    worker: Worker | None = None,
    quotas: Sequence[Quota] | None = None,
    status: str = "draft",
    *,
    now: datetime = NOW,
) -> Application:
    """Make an application with ranked wishes and lead it to a status.

    Without postings it gets one of Germany. `in_pool` accepts every wish, `not_eligible` refuses
    every wish; `locked`, `placed`, `unplaced` and `withdrawn` follow from there.
    """
    worker = worker or make_worker(now=now)
    quotas = [make_quota(now=now)] if quotas is None else quotas
    by = worker.user
    assert by is not None
    ticket = services.start(by=by, now=now).public_id
    for quota in quotas:
        services.add_wish(by=by, application_id=ticket, quota_id=quota.public_id, now=now)
    if status not in {"draft", "withdrawn"}:
        services.submit(by=by, application_id=ticket, now=now)
    if status in {"in_pool", "not_eligible", "locked", "placed", "unplaced"}:
        for quota in quotas:
            check(ticket, quota, eligible=status != "not_eligible", now=now)
    if status == "withdrawn":
        services.withdraw(by=by, application_id=ticket, now=now)
    application = Application.objects.get(public_id=ticket)
    if status in {"locked", "placed", "unplaced"}:
        services.lock(application_ids=[application.pk], by=SYSTEM, now=now)
    if status in {"placed", "unplaced"}:
        placed = [application.pk] if status == "placed" else []
        unplaced = [application.pk] if status == "unplaced" else []
        services.settle(placed_ids=placed, unplaced_ids=unplaced, by=SYSTEM, now=now)
    application.refresh_from_db()
    return application


def check(
    ticket: Any, quota: Quota, *, eligible: bool = True, by: User | None = None, now: datetime = NOW
) -> None:
    """Let a caseworker of the posting's state decide about one wish."""
    services.check_wish(
        by=by or make_user("caseworker", state=quota.state.iso2),
        application_id=ticket,
        quota_id=quota.public_id,
        eligible=eligible,
        reasons=[] if eligible else ["evidence"],
        now=now,
    )


def make_nomination_data(**over: Any) -> NominationData:
    """Give what a state writes about one worker; `over` replaces some."""
    fields: dict[str, Any] = {
        "reference": f"KE-{next(_numbers):05d}",
        "given_names": "Amina",
        "family_name": "Odhiambo",
        "birth_date": "1994-05-17",
        "email": "amina@example.org",
        "occupation": "7212",
        "posting": "",
    }
    return NominationData(**{**fields, **over})


def make_nomination(
    officer: User | None = None, *, now: datetime = NOW, **over: Any
) -> NominationRow:
    """Let an origin officer (of Kenya) nominate a worker."""
    officer = officer or make_user("origin_officer", state="KE")
    return services.nominate(by=officer, data=make_nomination_data(**over), now=now)
