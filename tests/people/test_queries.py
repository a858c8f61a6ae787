"""Reading workers: who finds whom, and how much it costs."""

from datetime import date, datetime
from typing import Any

import pytest

from clearinghouse.access.checks import SYSTEM
from clearinghouse.people import queries
from clearinghouse.quotas.rules import Profile
from clearinghouse.shared.errors import NotFound
from tests.factories.accounts import make_user
from tests.factories.people import make_paper_person, make_worker

pytestmark = pytest.mark.django_db

OTHERS = [
    ("worker", None),
    ("helper", None),
    ("caseworker", "DE"),
    ("quota_officer", "DE"),
    ("approver", "DE"),
    ("origin_officer", "KE"),
    ("protection_officer", None),
    ("operator", None),
    ("certifier", None),
    ("auditor", None),
    ("administrator", None),
]


@pytest.mark.parametrize(("role", "state"), OTHERS)
def test_nobody_else_finds_a_worker(role: str, state: str | None, now: datetime) -> None:
    worker, actor = make_worker(now=now), make_user(role, state=state)
    assert not queries.visible_to(actor, now).exists()
    with pytest.raises(NotFound):
        queries.get_worker_for(actor, worker.public_id, now)


def test_finds_the_own_profile_and_mandated_people(now: datetime) -> None:
    worker, helper = make_worker(now=now), make_user("helper")
    helped = make_paper_person(helper, now=now)
    assert queries.find_worker(worker.user) == worker
    assert list(queries.visible_to(worker.user, now)) == [worker]
    assert list(queries.visible_to(helper, now)) == [helped]
    assert list(queries.visible_to(helper)) == []
    assert set(queries.visible_to(SYSTEM)) == {worker, helped}


def test_closed_account_finds_nothing(now: datetime) -> None:
    worker = make_worker(now=now)
    worker.user.is_active = False
    assert not queries.visible_to(worker.user, now).exists()


def test_find_worker_of_a_visitor_is_none() -> None:
    assert queries.find_worker(object()) is None


def test_profiles_of_equals_profile_of(now: datetime) -> None:
    first = make_worker(now=now)
    second = make_worker(nationality="", stateless=True, languages=(), now=now)
    found = queries.profiles_of([first.pk, second.pk])
    assert found == {first.pk: queries.profile_of(first), second.pk: queries.profile_of(second)}
    assert found[second.pk] == Profile(date(1994, 5, 17), "", "7212", 8, "3", {})


@pytest.mark.parametrize("count", [1, 30])
def test_profiles_of_takes_two_queries(
    count: int, now: datetime, django_assert_num_queries: Any
) -> None:
    workers = [make_worker(now=now).pk for _ in range(count)]
    with django_assert_num_queries(2):
        assert len(queries.profiles_of(workers)) == count


@pytest.mark.parametrize("count", [1, 30])
def test_list_helped_takes_one_query(
    count: int, now: datetime, django_assert_num_queries: Any
) -> None:
    helper = make_user("helper")
    for number in range(count):
        make_paper_person(helper, given_names=f"Person {number}", now=now)
    with django_assert_num_queries(1):
        rows = [row.worker.occupation.code for row in queries.list_helped(helper, now)]
    assert rows == ["7212"] * count


def test_list_helped_searches_names(now: datetime) -> None:
    helper = make_user("helper")
    wanted = make_paper_person(helper, given_names="Zawadi", now=now)
    make_paper_person(helper, now=now)
    assert [row.worker for row in queries.list_helped(helper, now, "zawa")] == [wanted]


def test_list_minors_ends_on_the_eighteenth_birthday(now: datetime) -> None:
    minor = make_worker(birth_date=date(2008, 11, 22), experience_years=0, now=now)
    make_worker(birth_date=date(2008, 11, 21), experience_years=0, now=now)
    assert list(queries.list_minors(date(2026, 11, 21))) == [minor]
    assert list(queries.list_minors(date(2026, 11, 22))) == []
    assert queries.is_minor(minor, date(2026, 11, 21))
    assert not queries.is_minor(minor, date(2026, 11, 22))


def test_contacts_of_names_account_or_helper(now: datetime) -> None:
    worker, helper = make_worker(now=now), make_user("helper")
    helped = make_paper_person(helper, now=now)
    after = datetime(2027, 1, 1, tzinfo=now.tzinfo)
    assert queries.contacts_of([worker.pk, helped.pk], now) == {
        worker.pk: worker.user,
        helped.pk: helper,
    }
    assert queries.contacts_of([helped.pk], after) == {}
    assert queries.contact_of(helped, after) is None
