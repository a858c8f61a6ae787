"""Status on a day, and lists of the protection body."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from clearinghouse.protection import queries, services
from clearinghouse.protection.lifecycle import LIFECYCLE, REFERRAL_LIFECYCLE
from clearinghouse.shared.errors import NotFound
from tests.factories.accounts import make_user
from tests.factories.people import make_worker
from tests.factories.protection import make_determination

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 21)


def test_status_is_the_latest_effective_by_the_day(now: datetime) -> None:
    worker = make_worker(now=now)
    make_determination(worker, "recognised", date(2026, 6, 1), now=now)
    make_determination(worker, "ended", date(2026, 12, 1), now=now)
    make_determination(worker, "forced_migrant", date(2027, 1, 1), now=now)
    expected = {
        date(2026, 5, 31): None,
        date(2026, 6, 1): "recognised",
        date(2026, 11, 30): "recognised",
        date(2026, 12, 1): "ended",
        date(2027, 1, 1): "forced_migrant",
    }
    for day, outcome in expected.items():
        found = queries.status_of(worker.pk, day)
        assert (found.outcome if found else None) == outcome
        assert (worker.pk in queries.protected_worker_ids(day)) == (
            outcome in {"recognised", "forced_migrant"}
        )


def test_future_determination_does_not_count_yet(now: datetime) -> None:
    worker = make_worker(now=now)
    make_determination(worker, "recognised", DAY + timedelta(days=1), now=now)
    assert queries.protected_worker_ids(DAY) == set()
    assert queries.protected_worker_ids(DAY + timedelta(days=1)) == {worker.pk}


def test_same_day_the_later_decision_counts(now: datetime) -> None:
    worker = make_worker(now=now)
    make_determination(worker, "recognised", DAY, now=now)
    make_determination(worker, "ended", DAY, now=now + timedelta(hours=1))
    assert queries.protected_worker_ids(DAY) == set()


@pytest.mark.parametrize("count", [1, 30])
def test_protected_worker_ids_takes_two_queries(
    count: int, now: datetime, django_assert_num_queries: Any
) -> None:
    workers = [make_worker(now=now) for _ in range(count)]
    for worker in workers:
        make_determination(worker, now=now)
    with django_assert_num_queries(2):
        assert queries.protected_worker_ids(DAY) == {worker.pk for worker in workers}


def test_own_status_speaks_plain_words(now: datetime) -> None:
    worker = make_worker(now=now)
    nothing = queries.own_status(worker, DAY)
    assert (nothing.outcome, nothing.sentence, nothing.is_protected) == ("", "", False)
    services.request_check(by=worker.user, statement="", now=now)
    make_determination(worker, "recognised", date(2026, 11, 1), now=now)
    make_determination(worker, "ended", date(2026, 12, 1), now=now)
    status = queries.own_status(worker, DAY)
    assert status.sentence == "You are recognised as a refugee."
    assert (status.is_protected, status.since) == (True, date(2026, 11, 1))
    assert [row.outcome for row in status.history] == ["ended", "recognised"]
    assert status.waiting is not None
    assert not queries.own_status(worker, date(2026, 12, 1)).is_protected


def test_own_status_follows_the_language(now: datetime) -> None:
    worker = make_worker(now=now)
    make_determination(worker, "refused", now=now)
    with translation.override("en"):
        assert "general pool" in queries.own_status(worker, DAY).sentence


def test_lists_put_waiting_first(now: datetime) -> None:
    officer = make_user("protection_officer")
    first, second, third = (make_worker(given_names=name, now=now) for name in "ABC")
    for number, worker in enumerate((first, second, third)):
        services.request_check(by=worker.user, statement="", now=now + timedelta(minutes=number))
    services.withdraw_request(by=first.user, now=now + timedelta(hours=1))
    rows = list(queries.list_requests(officer))
    assert [row.worker.given_names for row in rows] == ["B", "C", "A"]
    assert queries.count_open_requests(officer) == 2
    assert [row.worker for row in queries.list_requests(officer, "c odh")] == [third]
    assert [row.worker for row in queries.list_requests(officer, status="withdrawn")] == [first]
    assert queries.get_request(officer, rows[0].public_id).worker == second


def test_absent_cases_are_not_found(now: datetime) -> None:
    officer, worker = make_user("protection_officer"), make_worker(now=now)
    for read in (queries.get_request, queries.get_referral, queries.history_of):
        with pytest.raises(NotFound):
            read(officer, "nonsense")
    assert list(queries.history_of(officer, worker.public_id)) == []


@pytest.mark.parametrize("count", [1, 30])
def test_lists_take_two_queries(count: int, now: datetime, django_assert_num_queries: Any) -> None:
    officer = make_user("protection_officer")
    for _ in range(count):
        worker = make_worker(birth_date=date(2010, 1, 1), experience_years=0, now=now)
        services.request_check(by=worker.user, statement="", now=now)
    services.open_referrals(now=now)
    assert queries.count_open_requests(officer) == queries.count_open_referrals(officer) == count
    with django_assert_num_queries(2):
        assert {row.worker.nationality.iso2 for row in queries.list_requests(officer)} == {"KE"}
    with django_assert_num_queries(2):
        assert {row.worker.occupation.code for row in queries.list_referrals(officer)} == {"7212"}


def test_tables_reach_every_status() -> None:
    assert LIFECYCLE.statuses == {"waiting", "decided", "withdrawn"}
    assert LIFECYCLE.ends == {"decided", "withdrawn"}
    assert REFERRAL_LIFECYCLE.ends == {"closed"}
