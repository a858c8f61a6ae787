"""The pool as a round reads, locks and settles it."""

from datetime import datetime
from typing import Any

import pytest

from clearinghouse.access.checks import SYSTEM
from clearinghouse.applications import queries, services
from clearinghouse.applications.enums import EDITABLE_STATUSES, LIVE_STATUSES, Check, Status
from clearinghouse.applications.lifecycle import LIFECYCLE, NOMINATION_LIFECYCLE
from clearinghouse.applications.models import Application, Wish
from clearinghouse.applications.rules import status_after_checks
from clearinghouse.audit.models import Event
from clearinghouse.people import queries as people
from clearinghouse.shared.errors import Conflict, Forbidden, NotNow
from tests.factories.accounts import make_user
from tests.factories.applications import check, make_application
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("checks", "status"),
    [
        (["waiting"], "submitted"),
        (["waiting", "eligible"], "submitted"),
        (["waiting", "not_eligible"], "submitted"),
        (["eligible"], "in_pool"),
        (["eligible", "not_eligible"], "in_pool"),
        (["not_eligible"], "not_eligible"),
    ],
)
def test_status_is_derived_from_checks(checks: list[str], status: str) -> None:
    assert status_after_checks(checks) == status


def test_ballots_hold_eligible_wishes_in_order(now: datetime) -> None:
    first, second, third, elsewhere = (make_quota(now=now) for _ in range(4))
    application = make_application(
        quotas=[elsewhere, third, second, first], status="submitted", now=now
    )
    for quota in (elsewhere, third, first):
        check(application.public_id, quota, now=now)
    check(application.public_id, second, eligible=False, now=now)
    [ballot] = queries.list_in_pool([first.pk, second.pk, third.pk])
    assert (ballot.application_pk, ballot.public_id) == (application.pk, application.public_id)
    assert ballot.worker_pk == application.worker_id
    assert ballot.wishes == ((third.pk, 2), (first.pk, 4))
    assert queries.lock_in_pool([first.pk, second.pk, third.pk]) == [ballot]


def test_waiting_wish_does_not_cost_the_round(now: datetime) -> None:
    checked, slow = make_quota(now=now), make_quota("FR", now=now)
    application = make_application(quotas=[slow, checked], status="submitted", now=now)
    assert queries.list_in_pool([checked.pk, slow.pk]) == []
    check(application.public_id, checked, now=now)
    [ballot] = queries.list_in_pool([checked.pk, slow.pk])
    assert ballot.wishes == ((checked.pk, 2),)


@pytest.mark.parametrize("status", ["draft", "submitted", "not_eligible", "withdrawn", "locked"])
def test_ballots_leave_out_who_is_not_in_the_pool(status: str, now: datetime) -> None:
    quota = make_quota(now=now)
    make_application(quotas=[quota], status=status, now=now)
    assert queries.list_in_pool([quota.pk]) == queries.lock_in_pool([quota.pk]) == []


@pytest.mark.parametrize("count", [1, 30])
def test_ballots_take_two_queries_or_three(
    count: int, now: datetime, django_assert_num_queries: Any
) -> None:
    quota = make_quota(now=now)
    for _ in range(count):
        make_application(quotas=[quota], status="in_pool", now=now)
    with django_assert_num_queries(2):
        assert len(queries.list_in_pool([quota.pk])) == count
    with django_assert_num_queries(3):
        assert len(queries.lock_in_pool([quota.pk])) == count


def test_lock_is_one_act_of_the_round(now: datetime) -> None:
    pool = [make_application(status="in_pool", now=now).pk for _ in range(3)]
    assert services.lock(application_ids=pool, by=SYSTEM, now=now, round_number=7) == 3
    event = Event.objects.get(verb="application_locked")
    assert (event.subject_kind, event.subject, event.facts) == (
        "matching.round",
        "7",
        {"locked": 3},
    )


def test_lock_does_all_or_nothing(now: datetime) -> None:
    pool = [make_application(status="in_pool", now=now) for _ in range(2)]
    services.withdraw(by=pool[0].worker.user, application_id=pool[0].public_id, now=now)
    with pytest.raises(Conflict) as refusal:
        services.lock(application_ids=[row.pk for row in pool], by=SYSTEM, now=now)
    assert refusal.value.code == "pool_changed"
    pool[1].refresh_from_db()
    assert pool[1].status == "in_pool"


@pytest.mark.parametrize(
    ("role", "state"), [("worker", None), ("caseworker", "DE"), ("certifier", None)]
)
def test_only_operators_and_the_house_move_the_pool(
    role: str, state: str | None, now: datetime
) -> None:
    actor = make_user(role, state=state)
    with pytest.raises(Forbidden):
        services.lock(application_ids=[], by=actor, now=now)
    with pytest.raises(Forbidden):
        services.settle(placed_ids=[], unplaced_ids=[], by=actor, now=now)
    with pytest.raises(Forbidden):
        services.return_to_pool(application_ids=[], by=actor, now=now)
    assert services.lock(application_ids=[], by=make_user("operator"), now=now) == 0


def test_settle_keeps_results_and_frees_the_facts(now: datetime) -> None:
    winner, loser = (make_application(status="locked", now=now) for _ in range(2))
    arguments: dict[str, Any] = {"by": SYSTEM, "now": now}
    assert services.settle(placed_ids=[winner.pk], unplaced_ids=[loser.pk], **arguments) == (1, 1)
    assert services.settle(placed_ids=[winner.pk], unplaced_ids=[loser.pk], **arguments) == (0, 0)
    found = dict(Application.objects.values_list("pk", "status"))
    assert found == {winner.pk: "placed", loser.pk: "unplaced"}
    assert not people.get_worker(winner.worker.public_id).facts_frozen
    assert services.settle(placed_ids=[loser.pk], unplaced_ids=[winner.pk], **arguments) == (1, 1)


def test_settle_keeps_the_facts_of_a_newer_application(now: datetime) -> None:
    old = make_application(status="unplaced", now=now)
    make_application(old.worker, [make_quota(now=now)], "submitted", now=now)
    services.settle(placed_ids=[old.pk], unplaced_ids=[], by=SYSTEM, now=now)
    assert people.get_worker(old.worker.public_id).facts_frozen


def test_settle_leaves_others_alone(now: datetime) -> None:
    draft = make_application(now=now)
    assert services.settle(placed_ids=[draft.pk], unplaced_ids=[], by=SYSTEM, now=now) == (0, 0)
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_return_to_pool_follows_the_checks(now: datetime) -> None:
    checked, slow = make_quota(now=now), make_quota("FR", now=now)
    whole = make_application(quotas=[checked], status="in_pool", now=now)
    part = make_application(quotas=[checked, slow], status="submitted", now=now)
    check(part.public_id, checked, now=now)
    ids = [ballot.application_pk for ballot in queries.lock_in_pool([checked.pk])]
    services.lock(application_ids=ids, by=SYSTEM, now=now)
    assert services.return_to_pool(application_ids=ids, by=SYSTEM, now=now) == 2
    found = dict(Application.objects.values_list("pk", "status"))
    assert found == {whole.pk: "in_pool", part.pk: "submitted"}


def test_tables_are_whole() -> None:
    assert LIFECYCLE.statuses == set(Status.values)
    assert LIFECYCLE.ends == {"withdrawn"}
    assert NOMINATION_LIFECYCLE.ends == {"confirmed", "withdrawn"}
    assert EDITABLE_STATUSES < LIVE_STATUSES
    for status in EDITABLE_STATUSES:
        assert "withdrawn" in LIFECYCLE.targets(status)


def test_a_move_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(NotNow):
        LIFECYCLE.check("draft", "placed")


def test_no_path_of_an_application_reaches_the_pool_unchecked(now: datetime) -> None:
    application = make_application(status="in_pool", now=now)
    assert set(
        Wish.objects.filter(application=application).values_list("check_status", flat=True)
    ) == {Check.ELIGIBLE}
