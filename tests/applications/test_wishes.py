"""Ranking postings."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clearinghouse.access.checks import SYSTEM
from clearinghouse.applications import queries, services
from clearinghouse.applications.models import Application, Wish
from clearinghouse.audit.models import Event
from clearinghouse.quotas import services as quotas
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import Conflict, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.applications import check, make_application
from tests.factories.people import make_worker
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db


def _order(application: Application) -> list[tuple[int, Any]]:
    rows = Wish.objects.filter(application__pk=application.pk).order_by("rank")
    return list(rows.values_list("rank", "quota__public_id"))


def _ids(*rows: Any) -> list[Any]:
    return [row.public_id for row in rows]


def _set(application: Application, wanted: list[Any], version: int, now: datetime) -> Application:
    return services.set_wishes(
        by=application.worker.user,
        application_id=application.public_id,
        quota_ids=wanted,
        version=version,
        now=now,
    )


def test_add_wish_ranks_without_gaps(now: datetime) -> None:
    first, second, third = (make_quota(now=now) for _ in range(3))
    application = make_application(quotas=[first, second, third], now=now)
    assert _order(application) == list(enumerate(_ids(first, second, third), start=1))
    assert Event.objects.filter(verb="wishes_changed").count() == 3


def test_add_wish_twice_is_told(now: datetime) -> None:
    quota = make_quota(now=now)
    application = make_application(quotas=[quota], now=now)
    with pytest.raises(Conflict) as refusal:
        services.add_wish(
            by=application.worker.user,
            application_id=application.public_id,
            quota_id=quota.public_id,
            now=now,
        )
    assert refusal.value.code == "wish_twice"
    assert str(refusal.value) == "This posting is on your list already."


def test_wish_starts_an_application(now: datetime) -> None:
    worker, quotas_ = make_worker(now=now), [make_quota(now=now) for _ in range(2)]
    for quota in quotas_:
        application = services.wish(by=worker.user, quota_id=quota.public_id, now=now)
    assert [row.quota for row in application.wishes.all()] == quotas_
    with pytest.raises(NotNow):
        services.wish(by=make_user("worker"), quota_id=quotas_[0].public_id, now=now)


@pytest.mark.parametrize(
    ("over", "reason", "words"),
    [
        ({"min_experience_years": 9}, "experience", "shorter"),
        ({"min_qualification": "6"}, "qualification", "qualification"),
        ({"language": "de", "min_language_level": "B2"}, "language", "language level"),
        ({"language": "fr", "min_language_level": "A1"}, "language", "language level"),
        ({"occupation": "2221", "occupation_digits": 2}, "occupation", "occupation"),
        ({"open_to": frozenset({"PH"})}, "origin", "certain states"),
    ],
)
def test_wish_without_meeting_the_requirements_is_refused(
    over: dict[str, Any], reason: str, words: str, now: datetime
) -> None:
    quota = make_quota(now=now, **over)
    application = make_application(quotas=[], now=now)
    with pytest.raises(Invalid) as refusal:
        _set(application, [quota.public_id], 1, now)
    assert (refusal.value.code, refusal.value.facts["reasons"]) == ("not_eligible", [reason])
    assert words in refusal.value.fields["wishes"][0] and quota.title in str(refusal.value)
    assert _order(application) == []


def test_wish_for_hidden_and_absent_postings_sound_alike(now: datetime) -> None:
    application = make_application(quotas=[], now=now)
    draft = make_quota(status="draft", now=now)
    answers = []
    for name in (draft.public_id, "11111111-1111-4111-8111-111111111111", "nonsense"):
        with pytest.raises(NotFound) as refusal:
            _set(application, [name], 1, now)
        answers.append(str(refusal.value))
    assert len(set(answers)) == 1


@pytest.mark.parametrize("status", ["published", "closed"])
def test_wish_for_a_posting_that_takes_none_is_late(status: str, now: datetime) -> None:
    quota = make_quota(status=status, now=now)
    application = make_application(quotas=[], now=now)
    with pytest.raises(NotNow) as refusal:
        _set(application, [quota.public_id], 1, now)
    assert refusal.value.code == "late"


def test_wish_at_the_second_of_the_deadline_is_late(now: datetime) -> None:
    quota = make_quota(closes_in=timedelta(hours=1), now=now)
    application = make_application(quotas=[], now=now)
    with pytest.raises(NotNow):
        _set(application, [quota.public_id], 1, now + timedelta(hours=1))
    _set(application, [quota.public_id], 1, now + timedelta(minutes=59, seconds=59))
    assert len(_order(application)) == 1


def test_set_wishes_replaces_the_whole_order(now: datetime) -> None:
    first, second, third, fourth = (make_quota(now=now) for _ in range(4))
    application = make_application(quotas=[first, second, third], now=now)
    changed = _set(application, _ids(third, fourth, first), 4, now)
    assert _order(application) == list(enumerate(_ids(third, fourth, first), start=1))
    assert changed.version == 5
    event = Event.objects.filter(verb="wishes_changed").latest("id")
    assert event.facts == {"wishes": 3, "added": 1, "version": 5}


def test_set_wishes_tells_the_second_window(now: datetime) -> None:
    first, second = (make_quota(now=now) for _ in range(2))
    application = make_application(quotas=[first, second], now=now)
    _set(application, _ids(second, first), 3, now)
    with pytest.raises(Conflict) as refusal:
        _set(application, _ids(first), 3, now)
    assert refusal.value.code == "edited_by_other"
    assert [name for _rank, name in _order(application)] == _ids(second, first)


def test_set_wishes_refuses_a_posting_twice(now: datetime) -> None:
    quota = make_quota(now=now)
    application = make_application(quotas=[quota], now=now)
    with pytest.raises(Conflict) as refusal:
        _set(application, _ids(quota, quota), 2, now)
    assert refusal.value.code == "wish_twice"


def test_set_wishes_without_a_change_keeps_the_version(now: datetime) -> None:
    quota = make_quota(now=now)
    application = make_application(quotas=[quota], now=now)
    assert _set(application, _ids(quota), 2, now).version == 2


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"direction": "up"}, [1, 0, 2]),
        ({"direction": "down"}, [0, 2, 1]),
        ({"to_rank": 1}, [1, 0, 2]),
        ({"to_rank": 3}, [0, 2, 1]),
        ({"to_rank": 99}, [0, 2, 1]),
        ({"to_rank": -5}, [1, 0, 2]),
        ({}, [0, 1, 2]),
    ],
)
def test_move_wish_in_the_middle(how: dict[str, Any], expected: list[int], now: datetime) -> None:
    listed = [make_quota(now=now) for _ in range(3)]
    application = make_application(quotas=listed, now=now)
    services.move_wish(
        by=application.worker.user,
        application_id=application.public_id,
        quota_id=listed[1].public_id,
        now=now,
        **how,
    )
    assert _order(application) == list(
        enumerate([listed[place].public_id for place in expected], start=1)
    )


def test_move_wish_up_at_the_top_changes_nothing(now: datetime) -> None:
    listed = [make_quota(now=now) for _ in range(2)]
    application = make_application(quotas=listed, now=now)
    services.move_wish(
        by=application.worker.user,
        application_id=application.public_id,
        quota_id=listed[0].public_id,
        direction="up",
        now=now,
    )
    assert [name for _rank, name in _order(application)] == _ids(*listed)


def test_move_and_remove_what_is_not_listed(now: datetime) -> None:
    application, other = make_application(now=now), make_quota(now=now)
    arguments: dict[str, Any] = {
        "by": application.worker.user,
        "application_id": application.public_id,
        "quota_id": other.public_id,
        "now": now,
    }
    with pytest.raises(NotFound):
        services.move_wish(**arguments, direction="up")
    services.remove_wish(**arguments)
    assert len(_order(application)) == 1


def test_new_wish_after_submission_waits_for_its_check(now: datetime) -> None:
    first, second = (make_quota(now=now) for _ in range(2))
    application = make_application(quotas=[first], status="in_pool", now=now)
    changed = _set(application, _ids(second, first), 2, now)
    assert changed.status == "submitted"
    assert changed.submitted_at == now
    checks = {row.quota: row.check_status for row in changed.wishes.all()}
    assert checks == {first: "eligible", second: "waiting"}
    check(application.public_id, second, now=now)
    application.refresh_from_db()
    assert application.status == "in_pool"


def test_reorder_in_the_pool_keeps_checks_and_status(now: datetime) -> None:
    listed = [make_quota(now=now) for _ in range(2)]
    application = make_application(quotas=listed, status="in_pool", now=now)
    changed = _set(application, _ids(*reversed(listed)), 3, now)
    assert changed.status == "in_pool"
    assert {row.check_status for row in changed.wishes.all()} == {"eligible"}


def test_status_follows_the_wishes_that_remain(now: datetime) -> None:
    good, bad, waiting = (make_quota(now=now) for _ in range(3))
    application = make_application(quotas=[good, bad, waiting], status="submitted", now=now)
    check(application.public_id, good, now=now)
    check(application.public_id, bad, eligible=False, now=now)
    assert _set(application, _ids(good, bad), 4, now).status == "in_pool"
    assert _set(application, _ids(bad), 5, now).status == "not_eligible"
    assert _set(application, _ids(bad, good), 6, now).status == "submitted"
    assert _set(application, _ids(good), 7, now).status == "submitted"


def test_last_wish_stays_once_submitted(now: datetime) -> None:
    application = make_application(status="submitted", now=now)
    with pytest.raises(Invalid) as refusal:
        _set(application, [], 2, now)
    assert refusal.value.code == "no_wishes"
    draft = make_application(now=now)
    assert list(_set(draft, [], 2, now).wishes.all()) == []


@pytest.mark.parametrize(("status", "code"), [("locked", "locked"), ("placed", "closed")])
def test_wishes_are_fixed_once_locked(status: str, code: str, now: datetime) -> None:
    application, other = make_application(status=status, now=now), make_quota(now=now)
    with pytest.raises(NotNow) as refusal:
        _set(application, [other.public_id], 2, now)
    assert refusal.value.code == code


def test_sent_list_is_fixed_from_the_deadline_on(now: datetime) -> None:
    early = make_quota(closes_in=timedelta(days=1), now=now)
    late = make_quota(closes_in=timedelta(days=9), now=now)
    application = make_application(quotas=[early, late], status="in_pool", now=now)
    deadline = now + timedelta(days=1)
    with pytest.raises(NotNow) as refusal:
        _set(application, _ids(late, early), 3, deadline)
    assert refusal.value.code == "late"
    assert _set(application, _ids(late, early), 3, deadline - timedelta(seconds=1)).version == 4


def test_draft_may_drop_a_posting_that_closed(now: datetime) -> None:
    early = make_quota(closes_in=timedelta(days=1), now=now)
    late = make_quota(closes_in=timedelta(days=9), now=now)
    application = make_application(quotas=[early, late], now=now)
    quotas.close_quotas(by=SYSTEM, quota_ids=[early.pk], now=now)
    changed = _set(application, _ids(late), 3, now + timedelta(days=2))
    assert [row.quota for row in changed.wishes.all()] == [late]


def test_wishes_of_somebody_else_are_not_found(now: datetime) -> None:
    application, other = make_application(now=now), make_worker(now=now)
    with pytest.raises(NotFound):
        services.set_wishes(
            by=other.user,
            application_id=application.public_id,
            quota_ids=[],
            version=2,
            now=now,
        )


def test_eligibility_lists_reasons_by_posting(now: datetime) -> None:
    worker = make_worker(now=now)
    fits, not_fits = make_quota(now=now), make_quota(min_experience_years=20, now=now)
    found = queries.eligibility(worker, [fits, not_fits], now.date())
    assert found == {fits.pk: [], not_fits.pk: ["experience"]}


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"rank": 0}, "applications_wish_rank_from_1"),
        ({"check_status": "lost"}, "applications_wish_check_status"),
        ({"check_status": "eligible"}, "applications_wish_decided_pair"),
    ],
)
def test_database_refuses_impossible_wishes(
    columns: dict[str, Any], name: str, now: datetime
) -> None:
    application = make_application(now=now)
    if columns.get("check_status") == "lost":
        columns = {**columns, "decided_by": application.worker.user, "decided_at": now}
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        application.wishes.update(**columns)
    assert violated_constraint(refusal.value) == name


def test_database_refuses_a_refusal_without_reason(now: datetime) -> None:
    application = make_application(now=now)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        application.wishes.update(
            check_status="not_eligible", decided_by=application.worker.user, decided_at=now
        )
    assert violated_constraint(refusal.value) == "applications_wish_refusal_has_reason"


def test_database_refuses_a_wish_or_a_rank_twice(now: datetime) -> None:
    application = make_application(now=now)
    wish = application.wishes.get()
    with pytest.raises(IntegrityError) as twice, transaction.atomic():
        Wish.objects.create(application=application, quota=wish.quota, rank=2)
    assert violated_constraint(twice.value) == "applications_wish_once"
    with pytest.raises(IntegrityError) as rank, transaction.atomic():
        Wish.objects.create(application=application, quota=make_quota(now=now), rank=1)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert violated_constraint(rank.value) == "applications_wish_rank"
