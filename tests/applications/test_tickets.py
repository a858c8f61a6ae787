"""Starting, submitting, withdrawing."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clearinghouse.access.checks import SYSTEM
from clearinghouse.applications import queries, services
from clearinghouse.applications.models import Application
from clearinghouse.audit.models import Event
from clearinghouse.notices.models import Message
from clearinghouse.people import queries as people
from clearinghouse.people import services as people_services
from clearinghouse.quotas import services as quotas
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import Conflict, Forbidden, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.applications import make_application
from tests.factories.people import make_paper_person, make_worker
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db


def test_start_makes_one_draft(now: datetime) -> None:
    worker = make_worker(now=now)
    first = services.start(by=worker.user, now=now)
    second = services.start(by=worker.user, now=now)
    assert first.pk == second.pk
    assert (first.status, first.channel, first.lodged_on) == ("draft", "self", now.date())
    assert Event.objects.filter(verb="application_started").count() == 1


def test_start_refuses_a_second_live_application(now: datetime) -> None:
    application = make_application(status="submitted", now=now)
    with pytest.raises(Conflict) as refusal:
        services.start(by=application.worker.user, now=now)
    assert refusal.value.code == "application_live"


def test_start_again_after_withdrawal_or_result(now: datetime) -> None:
    for status in ("withdrawn", "unplaced", "placed"):
        old = make_application(status=status, now=now)
        new = services.start(by=old.worker.user, now=now)
        assert new.pk != old.pk
        assert queries.latest_of(old.worker) == queries.find_live(old.worker) == new


def test_start_needs_a_profile(now: datetime) -> None:
    with pytest.raises(NotNow) as refusal:
        services.start(by=make_user("worker"), now=now)
    assert refusal.value.code == "no_profile"


@pytest.mark.parametrize(
    ("role", "state"),
    [
        ("caseworker", "DE"),
        ("quota_officer", "DE"),
        ("approver", "DE"),
        ("origin_officer", "KE"),
        ("protection_officer", None),
        ("operator", None),
        ("certifier", None),
        ("auditor", None),
        ("administrator", None),
    ],
)
def test_start_refuses_officials(role: str, state: str | None, now: datetime) -> None:
    with pytest.raises(Forbidden):
        services.start(by=make_user(role, state=state), now=now)


def test_start_refuses_minors_kindly(now: datetime) -> None:
    worker = make_worker(birth_date=date(2008, 11, 22), experience_years=0, now=now)
    with pytest.raises(NotNow) as refusal:
        services.start(by=worker.user, now=now)
    assert refusal.value.code == "minor"
    assert "protect you" in str(refusal.value)
    assert services.start(by=worker.user, now=now + timedelta(days=1)).status == "draft"


def test_paper_keeps_its_own_date_and_equal_rank(now: datetime) -> None:
    helper = make_user("helper")
    worker, quota = make_paper_person(helper, now=now), make_quota(now=now)
    application = services.start(
        by=helper, worker_id=worker.public_id, lodged_on=date(2026, 11, 2), now=now
    )
    services.add_wish(
        by=helper, application_id=application.public_id, quota_id=quota.public_id, now=now
    )
    sent = services.submit(by=helper, application_id=application.public_id, now=now)
    assert (sent.channel, sent.lodged_on, sent.status) == ("helper", date(2026, 11, 2), "submitted")
    assert Message.objects.get(kind="application_received").user == helper


def test_start_refuses_paper_from_the_future(now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        services.start(by=make_worker(now=now).user, lodged_on=date(2026, 11, 22), now=now)
    assert list(refusal.value.fields) == ["lodged_on"]


def test_helper_without_mandate_finds_nothing(now: datetime) -> None:
    application = make_application(now=now)
    helper = make_user("helper")
    for act in (services.submit, services.withdraw):
        with pytest.raises(NotFound):
            act(by=helper, application_id=application.public_id, now=now)
    with pytest.raises(NotFound):
        services.start(by=helper, worker_id=application.worker.public_id, now=now)


def test_submit_freezes_facts_and_sends_a_receipt(now: datetime) -> None:
    application = make_application(status="submitted", now=now)
    worker = people.get_worker(application.worker.public_id)
    assert worker.facts_frozen
    assert application.submitted_at == now
    message = Message.objects.get(user=worker.user, kind="application_received")
    assert message.facts == {"reference": application.reference}


def test_submit_twice_is_the_same_as_once(now: datetime) -> None:
    application = make_application(status="submitted", now=now)
    again = services.submit(
        by=application.worker.user,
        application_id=application.public_id,
        now=now + timedelta(minutes=1),
    )
    assert (again.pk, again.submitted_at) == (application.pk, now)
    assert Event.objects.filter(verb="application_submitted").count() == 1
    assert Message.objects.filter(kind="application_received").count() == 1


def test_submit_after_the_check_answers_with_the_same_application(now: datetime) -> None:
    for status in ("in_pool", "locked", "placed"):
        application = make_application(status=status, now=now)
        again = services.submit(
            by=application.worker.user, application_id=application.public_id, now=now
        )
        assert again.status == status


def test_submit_needs_a_wish(now: datetime) -> None:
    application = make_application(quotas=[], now=now)
    with pytest.raises(Invalid) as refusal:
        services.submit(by=application.worker.user, application_id=application.public_id, now=now)
    assert refusal.value.code == "no_wishes"


def test_submit_is_late_from_the_second_of_the_deadline(now: datetime) -> None:
    quota = make_quota(title="Crane drivers", closes_in=timedelta(days=2), now=now)
    application = make_application(quotas=[quota], now=now)
    deadline = now + timedelta(days=2)
    arguments: dict[str, Any] = {
        "by": application.worker.user,
        "application_id": application.public_id,
    }
    with pytest.raises(NotNow) as refusal:
        services.submit(**arguments, now=deadline)
    assert refusal.value.code == "late"
    assert "Crane drivers" in str(refusal.value)
    assert not people.get_worker(application.worker.public_id).facts_frozen
    sent = services.submit(**arguments, now=deadline - timedelta(seconds=1))
    assert sent.status == "submitted"


def test_submit_names_only_the_posting_that_closed(now: datetime) -> None:
    early = make_quota(title="Bakers", closes_in=timedelta(days=1), now=now)
    late = make_quota(title="Nurses", closes_in=timedelta(days=9), now=now)
    application = make_application(quotas=[early, late], now=now)
    with pytest.raises(NotNow) as refusal:
        services.submit(
            by=application.worker.user,
            application_id=application.public_id,
            now=now + timedelta(days=3),
        )
    assert "Bakers" in str(refusal.value) and "Nurses" not in str(refusal.value)
    assert refusal.value.facts["postings"] == [early.reference]


def test_submit_checks_the_facts_as_they_are_now(now: datetime) -> None:
    quota = make_quota(min_experience_years=8, now=now)
    application = make_application(quotas=[quota], now=now)
    worker = people.get_worker(application.worker.public_id)
    data = people.profile_data_of(worker)
    changed = type(data)(
        **{name: getattr(data, name) for name in data.__dataclass_fields__}
        | {"experience_years": 7}
    )
    people_services.save_profile(by=worker.user, data=changed, now=now)
    with pytest.raises(Invalid) as refusal:
        services.submit(by=worker.user, application_id=application.public_id, now=now)
    assert (refusal.value.code, refusal.value.facts["reasons"]) == ("not_eligible", ["experience"])


@pytest.mark.parametrize("status", ["draft", "submitted", "in_pool", "not_eligible"])
def test_withdraw_has_no_penalty(status: str, now: datetime) -> None:
    application = make_application(status=status, now=now)
    worker = application.worker
    for _ in range(2):
        gone = services.withdraw(by=worker.user, application_id=application.public_id, now=now)
        assert (gone.status, gone.closed_at) == ("withdrawn", now)
    assert Event.objects.filter(verb="application_withdrawn").count() == 1
    assert not people.get_worker(worker.public_id).facts_frozen
    assert services.start(by=worker.user, now=now).status == "draft"


@pytest.mark.parametrize(("status", "code"), [("locked", "locked"), ("placed", "closed")])
def test_withdraw_waits_for_the_round(status: str, code: str, now: datetime) -> None:
    application = make_application(status=status, now=now)
    with pytest.raises(NotNow) as refusal:
        services.withdraw(by=application.worker.user, application_id=application.public_id, now=now)
    assert refusal.value.code == code


def test_submit_a_withdrawn_application_is_refused(now: datetime) -> None:
    application = make_application(status="withdrawn", now=now)
    with pytest.raises(NotNow):
        services.submit(by=application.worker.user, application_id=application.public_id, now=now)


def test_another_worker_gets_the_answer_for_absent(now: datetime) -> None:
    application, other = make_application(now=now), make_worker(now=now).user
    answers = []
    for name in (application.public_id, "11111111-1111-4111-8111-111111111111", "nonsense"):
        with pytest.raises(NotFound) as refusal:
            queries.get_own(other, name, now)
        answers.append((str(refusal.value), refusal.value.code, refusal.value.fields))
    assert len({str(answer) for answer in answers}) == 1


def test_get_own_finds_helped_people_only_at_a_moment(now: datetime) -> None:
    helper = make_user("helper")
    worker = make_paper_person(helper, now=now)
    application = services.start(by=helper, worker_id=worker.public_id, now=now)
    assert queries.get_own(helper, application.public_id, now) == application
    with pytest.raises(NotFound):
        queries.get_own(helper, application.public_id)
    with pytest.raises(NotFound):
        queries.get_own(helper, application.public_id, now + timedelta(days=100))


@pytest.mark.parametrize("count", [1, 30])
def test_list_own_takes_two_queries(
    count: int, now: datetime, django_assert_num_queries: Any
) -> None:
    worker, quota = make_worker(now=now), make_quota(now=now)
    for _ in range(count):
        make_application(worker, [quota], "withdrawn", now=now)
    with django_assert_num_queries(2):
        rows = [[wish.quota.title for wish in row.wishes.all()] for row in queries.list_own(worker)]
    assert len(rows) == count


def test_settled_quota_makes_new_wishes_late(now: datetime) -> None:
    quota = make_quota(now=now)
    application = make_application(quotas=[quota], now=now)
    quotas.close_quotas(by=SYSTEM, quota_ids=[quota.pk], now=now)
    with pytest.raises(NotNow) as refusal:
        services.submit(by=application.worker.user, application_id=application.public_id, now=now)
    assert refusal.value.code == "late"


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"status": "lost"}, "applications_application_status"),
        ({"status": "in_pool"}, "applications_application_submitted_at"),
    ],
)
def test_database_refuses_impossible_applications(
    columns: dict[str, Any], name: str, now: datetime
) -> None:
    application = make_application(now=now)
    if columns["status"] == "lost":
        columns = {**columns, "submitted_at": now}
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Application.objects.filter(pk=application.pk).update(**columns)
    assert violated_constraint(refusal.value) == name


def test_database_refuses_two_live_applications(now: datetime) -> None:
    application = make_application(now=now)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Application.objects.create(worker=application.worker, lodged_on=now.date())
    assert violated_constraint(refusal.value) == "applications_application_one_live"


def test_database_keeps_applications(now: datetime) -> None:
    make_application(quotas=[], now=now)
    with (
        pytest.raises(Exception, match="Cannot delete"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM applications_application")


def test_latest_of_many_names_one_application_a_worker(
    now: datetime, django_assert_num_queries: Any
) -> None:
    first, second = (make_application(status="withdrawn", now=now) for _ in range(2))
    newer = services.start(by=first.worker.user, now=now)
    wanted = [first.worker_id, second.worker_id, 0]
    with django_assert_num_queries(1):
        found = queries.latest_of_many(wanted)
    assert found == {first.worker_id: newer, second.worker_id: second}


def test_submit_without_anybody_to_tell_is_still_submitted(now: datetime) -> None:
    helper = make_user("helper")
    worker, quota = make_paper_person(helper, now=now), make_quota(now=now)
    ticket = services.start(by=helper, worker_id=worker.public_id, now=now).public_id
    services.add_wish(by=helper, application_id=ticket, quota_id=quota.public_id, now=now)
    services.submit(by=helper, application_id=ticket, now=now)
    people_services.end_mandate(by=helper, worker_id=worker.public_id, now=now)
    officer = make_user("caseworker", state="DE")
    assert services.check_all(by=officer, application_id=ticket, now=now) == 1
    assert not Message.objects.filter(kind="application_checked").exists()
