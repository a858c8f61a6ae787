"""Two people at the same moment, on two real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import F

from clearinghouse.access.checks import SYSTEM
from clearinghouse.quotas import services
from clearinghouse.quotas.models import Quota
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import DomainError
from tests.factories.accounts import make_user
from tests.factories.quotas import make_draft, make_quota

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]


def _at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run acts on a connection each, released at the same moment; return results or refusals."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=10)
            return act()
        except (DomainError, IntegrityError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_last_place_is_taken_once(now: datetime) -> None:
    quota = make_quota("DE", "closed", 10, 20, now=now)
    services.set_places_taken(by=SYSTEM, counts={quota.pk: (7, 0, 0)}, now=now)

    def take() -> int:
        return Quota.objects.filter(pk=quota.pk).update(open_taken=F("open_taken") + 1)

    results = _at_once(take, take)
    refused = [result for result in results if isinstance(result, IntegrityError)]
    assert [violated_constraint(error) for error in refused] == ["quotas_quota_open_taken"]
    quota.refresh_from_db()
    assert quota.open_taken == 8


def test_draft_quota_twice_at_once_gives_two_numbers(now: datetime) -> None:
    officers = [make_user("quota_officer", state="DE") for _ in range(4)]
    results = _at_once(
        *(
            lambda officer=officer: services.draft_quota(by=officer, data=make_draft(), now=now)
            for officer in officers
        )
    )
    assert sorted(quota.reference for quota in results) == [f"DE-2026-00{n}" for n in (1, 2, 3, 4)]


def test_publish_quota_twice_at_once_rounds_both_together(now: datetime) -> None:
    quotas = [make_quota("DE", "approved", 5, 10, now=now) for _ in range(4)]
    _at_once(
        *(
            lambda quota=quota: services.publish_quota(by=SYSTEM, quota_id=quota.public_id, now=now)
            for quota in quotas
        )
    )
    reserved = Quota.objects.values_list("status", "reserved")
    assert sorted(reserved) == [
        ("published", 0),
        ("published", 0),
        ("published", 1),
        ("published", 1),
    ]


def test_edit_quota_twice_at_once_keeps_one(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now)
    colleague = make_user("quota_officer", state="DE")

    def edit(person: Any, title: str) -> Quota:
        return services.edit_quota(
            by=person,
            quota_id=quota.public_id,
            version=1,
            data=make_draft(title=title),
            now=now,
        )

    results = _at_once(lambda: edit(quota.author, "Mine"), lambda: edit(colleague, "His"))
    codes = [result.code for result in results if isinstance(result, DomainError)]
    assert codes == ["edited_by_other"]
    kept = next(result for result in results if isinstance(result, Quota))
    quota.refresh_from_db()
    assert (quota.version, quota.title) == (2, kept.title)


def test_approve_quota_twice_at_once_is_done_once(now: datetime) -> None:
    quota = make_quota("DE", "submitted", now=now)
    approvers = [make_user("approver", state="DE") for _ in range(2)]
    results = _at_once(
        *(
            lambda person=person: services.approve_quota(
                by=person, quota_id=quota.public_id, now=now
            )
            for person in approvers
        )
    )
    codes = [result.code for result in results if isinstance(result, DomainError)]
    assert codes == ["move_not_possible"]
