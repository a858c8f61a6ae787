"""Two people, or one person's two clicks, at the same moment, on real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction

from clearinghouse.access.checks import SYSTEM
from clearinghouse.applications import queries, services
from clearinghouse.applications.models import Application, Nomination, Wish
from clearinghouse.audit.models import Event as Act
from clearinghouse.people import queries as people
from clearinghouse.people import services as people_services
from clearinghouse.people.models import Worker
from clearinghouse.protection.models import Request
from clearinghouse.protection.services import request_check
from clearinghouse.shared.errors import Conflict, DomainError, NotNow
from tests.factories.accounts import make_user
from tests.factories.applications import make_application, make_nomination
from tests.factories.people import make_data, make_worker
from tests.factories.quotas import make_quota

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]


def _at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run acts on a connection each, released at the same moment; return results or refusals."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=10)
            return act()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def _codes(results: list[Any]) -> list[str]:
    return sorted(row.code for row in results if isinstance(row, DomainError))


def test_double_submit_is_one_act(now: datetime) -> None:
    application = make_application(now=now)

    def click() -> str:
        return services.submit(
            by=application.worker.user, application_id=application.public_id, now=now
        ).status

    assert _at_once(click, click, click, click) == ["submitted"] * 4
    assert Act.objects.filter(verb="application_submitted").count() == 1


def test_double_start_is_one_application(now: datetime) -> None:
    worker = make_worker(now=now)
    results = _at_once(*[lambda: services.start(by=worker.user, now=now).pk] * 4)
    assert len(set(results)) == Application.objects.count() == 1


def test_first_profile_twice_is_one_worker(now: datetime) -> None:
    user = make_user("worker")
    results = _at_once(
        *(
            lambda name=name: people_services.save_profile(
                by=user, data=make_data(given_names=name), now=now
            )
            for name in ("Amina", "Grace", "Amina", "Grace")
        )
    )
    assert Worker.objects.count() == 1
    assert set(_codes(results)) == {"edited_by_other"}


def test_two_nominations_with_one_reference(now: datetime) -> None:
    officers = [make_user("origin_officer", state="KE") for _ in range(4)]
    results = _at_once(
        *(
            lambda officer=officer: make_nomination(officer, reference="KE-1", now=now)
            for officer in officers
        )
    )
    assert Nomination.objects.count() == 1
    refused = [row for row in results if isinstance(row, DomainError)]
    assert len(refused) == 3
    assert all(list(error.fields) == ["reference"] for error in refused)


def test_two_imports_of_one_file(now: datetime) -> None:
    officers = [make_user("origin_officer", state="KE") for _ in range(2)]
    content = (
        b"reference,given_names,family_name,birth_date,email,occupation\n"
        b"KE-1,Amina,Odhiambo,1994-05-17,amina@example.org,7212\n"
    )
    results = _at_once(
        *(
            lambda officer=officer: services.import_nominations(
                by=officer, file_name="a.csv", content=content, now=now
            )
            for officer in officers
        )
    )
    assert _codes(results) == ["file_twice"]
    assert Nomination.objects.count() == 1


def test_wish_added_twice_at_once(now: datetime) -> None:
    application, quota = make_application(quotas=[], now=now), make_quota(now=now)
    results = _at_once(
        *[
            lambda: services.add_wish(
                by=application.worker.user,
                application_id=application.public_id,
                quota_id=quota.public_id,
                now=now,
            )
        ]
        * 4
    )
    assert _codes(results) == ["wish_twice"] * 3
    assert list(application.wishes.values_list("rank", flat=True)) == [1]


def test_two_windows_set_wishes_at_once(now: datetime) -> None:
    first, second = (make_quota(now=now) for _ in range(2))
    application = make_application(quotas=[first, second], now=now)

    def save(*quotas: Any) -> Any:
        return services.set_wishes(
            by=application.worker.user,
            application_id=application.public_id,
            quota_ids=[quota.public_id for quota in quotas],
            version=3,
            now=now,
        )

    results = _at_once(lambda: save(second, first), lambda: save(second))
    assert _codes(results) == ["edited_by_other"]
    ranks = list(application.wishes.order_by("rank").values_list("rank", flat=True))
    assert ranks == list(range(1, len(ranks) + 1))


def test_wishes_wait_for_a_lock_and_are_then_refused(now: datetime) -> None:
    first, second = (make_quota(now=now) for _ in range(2))
    application = make_application(quotas=[first, second], status="in_pool", now=now)
    sealed, locked = Event(), Event()

    def seal() -> Any:
        try:
            with transaction.atomic():
                ballots = queries.lock_in_pool([first.pk, second.pk])
                locked.set()
                # Give the other connection time to arrive at the lock.
                sealed.wait(timeout=0.5)
                services.lock(
                    application_ids=[ballot.application_pk for ballot in ballots],
                    by=SYSTEM,
                    now=now,
                )
                return [quota for quota, _rank in ballots[0].wishes]
        finally:
            connection.close()

    def edit() -> Any:
        try:
            locked.wait(timeout=10)
            return services.set_wishes(
                by=application.worker.user,
                application_id=application.public_id,
                quota_ids=[second.public_id, first.public_id],
                version=3,
                now=now,
            )
        except NotNow as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ballot, refusal = pool.submit(seal), pool.submit(edit)
        assert (ballot.result(), refusal.result()) == ([first.pk, second.pk], "locked")
    kept = Wish.objects.filter(application=application).order_by("rank")
    assert list(kept.values_list("quota_id", flat=True)) == [first.pk, second.pk]


def test_lock_waits_for_wishes_that_are_being_saved(now: datetime) -> None:
    first, second = (make_quota(now=now) for _ in range(2))
    application = make_application(quotas=[first, second], status="in_pool", now=now)
    editing = Event()

    def edit() -> None:
        try:
            with transaction.atomic():
                services.set_wishes(
                    by=application.worker.user,
                    application_id=application.public_id,
                    quota_ids=[second.public_id, first.public_id],
                    version=3,
                    now=now,
                )
                editing.set()
                Event().wait(timeout=0.5)
        finally:
            connection.close()

    def seal() -> Any:
        try:
            editing.wait(timeout=10)
            with transaction.atomic():
                return [
                    quota for quota, _rank in queries.lock_in_pool([first.pk, second.pk])[0].wishes
                ]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        edited, ballot = pool.submit(edit), pool.submit(seal)
        edited.result()
        assert ballot.result() == [second.pk, first.pk]


def test_facts_cannot_change_while_they_are_submitted(now: datetime) -> None:
    quota = make_quota(min_experience_years=8, now=now)
    for _ in range(5):
        worker = make_worker(now=now)
        application = make_application(worker, [quota], now=now)
        results = _at_once(
            lambda worker=worker, application=application: services.submit(
                by=worker.user, application_id=application.public_id, now=now
            ),
            lambda worker=worker: people_services.save_profile(
                by=worker.user, data=make_data(experience_years=3, version=1), now=now
            ),
        )
        application.refresh_from_db()
        years = people.get_worker(worker.public_id).experience_years
        assert (application.status, years) in {("submitted", 8), ("draft", 3)}
        assert _codes(results) in (["facts_frozen"], ["not_eligible"])


def test_two_requests_for_protection_at_once(now: datetime) -> None:
    worker = make_worker(now=now)
    results = _at_once(*[lambda: request_check(by=worker.user, statement="", now=now)] * 4)
    assert _codes(results) == ["request_waiting"] * 3
    assert Request.objects.count() == 1


def test_withdrawal_and_lock_at_once(now: datetime) -> None:
    application = make_application(status="in_pool", now=now)
    results = _at_once(
        lambda: services.withdraw(
            by=application.worker.user, application_id=application.public_id, now=now
        ),
        lambda: services.lock(application_ids=[application.pk], by=SYSTEM, now=now),
    )
    application.refresh_from_db()
    [refusal] = [row for row in results if isinstance(row, DomainError)]
    if application.status == "withdrawn":
        assert isinstance(refusal, Conflict)
    else:
        assert (application.status, refusal.code) == ("locked", "locked")
