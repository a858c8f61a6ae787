"""Deciding about a quota: submit, return, approve, publish, withdraw."""

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from clearinghouse.access.checks import SYSTEM
from clearinghouse.notices.queries import list_messages
from clearinghouse.quotas import queries, services
from clearinghouse.quotas.enums import Status
from clearinghouse.quotas.models import Quota
from clearinghouse.shared.errors import Conflict, Forbidden, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.quotas import make_draft, make_quota

pytestmark = pytest.mark.django_db


def test_submit_quota_tells_the_approvers_of_the_state(now: datetime) -> None:
    ours, theirs = make_user("approver", state="DE"), make_user("approver", state="FR")
    quota = make_quota("DE", "submitted", now=now)
    assert quota.submitted_at == now
    assert [message.kind for message in list_messages(ours)] == ["quota_to_approve"]
    assert list(list_messages(theirs)) == []


@pytest.mark.parametrize(
    ("field", "over"),
    [
        ("health_cover", {"health_cover": False}),
        ("housing", {"housing": False}),
        ("ethical_recruitment", {"ethical_recruitment": False}),
        ("no_worker_fees", {"no_worker_fees": False}),
        ("complaint_route", {"complaint_route": " "}),
        ("wage_amount", {"comparator_wage": Decimal("3100.01")}),
        ("starts_on", {"starts_on": date(2026, 11, 21)}),
        ("by_lot", {"weight_experience": 0, "weight_occupation": 0}),
        ("priority_occupations", {"weight_priority": 1}),
    ],
)
def test_submit_quota_that_lacks_something_names_it(
    field: str, over: dict[str, Any], now: datetime
) -> None:
    quota = make_quota("DE", "draft", now=now, **over)
    with pytest.raises(Invalid) as refusal:
        services.submit_quota(by=quota.author, quota_id=quota.public_id, now=now)
    assert set(refusal.value.fields) == {field}
    assert set(queries.find_gaps(quota, now=now)) == {field}
    quota.refresh_from_db()
    assert quota.status == Status.DRAFT


@pytest.mark.parametrize(("share", "accepted"), [(14, False), (15, True)])
def test_submit_quota_below_the_operators_minimum_is_refused(
    share: int, accepted: bool, now: datetime, settings: Settings
) -> None:
    settings.MINIMUM_RESERVE_PERCENT = 15
    quota = make_quota("DE", "draft", reserve_share=share, now=now)
    if accepted:
        services.submit_quota(by=quota.author, quota_id=quota.public_id, now=now)
        return
    with pytest.raises(Invalid) as refusal:
        services.submit_quota(by=quota.author, quota_id=quota.public_id, now=now)
    assert "15 percent" in str(refusal.value.fields["reserve_share"][0])


def test_submit_quota_by_lot_alone_is_accepted(now: datetime) -> None:
    quota = make_quota(
        "DE", "submitted", now=now, by_lot=True, weight_experience=0, weight_occupation=0
    )
    assert quota.status == Status.SUBMITTED


def test_submit_quota_twice_is_refused(now: datetime) -> None:
    quota = make_quota("DE", "submitted", now=now)
    with pytest.raises(NotNow):
        services.submit_quota(by=quota.author, quota_id=quota.public_id, now=now)


def test_submit_quota_that_was_edited_meanwhile_is_refused(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now)
    services.edit_quota(
        by=quota.author, quota_id=quota.public_id, version=1, data=make_draft(), now=now
    )
    with pytest.raises(Conflict):
        services.submit_quota(by=quota.author, quota_id=quota.public_id, version=1, now=now)


def test_return_quota_with_reason_lets_the_author_try_again(now: datetime) -> None:
    approver = make_user("approver", state="DE")
    quota = make_quota("DE", "submitted", now=now)
    returned = services.return_quota(
        by=approver, quota_id=quota.public_id, reason=" Explain the wage. ", now=now
    )
    assert (returned.status, returned.return_reason) == ("returned", "Explain the wage.")
    assert [message.kind for message in list_messages(quota.author)] == ["quota_decided"]
    again = services.submit_quota(by=quota.author, quota_id=quota.public_id, now=now)
    assert (again.status, again.return_reason) == ("submitted", "")


def test_return_quota_without_reason_is_refused(now: datetime) -> None:
    quota = make_quota("DE", "submitted", now=now)
    with pytest.raises(Invalid) as refusal:
        services.return_quota(
            by=make_user("approver", state="DE"), quota_id=quota.public_id, reason=" ", now=now
        )
    assert set(refusal.value.fields) == {"reason"}


def test_approve_quota_of_somebody_else(now: datetime) -> None:
    approver = make_user("approver", state="DE")
    quota = make_quota("DE", "submitted", now=now)
    approved = services.approve_quota(by=approver, quota_id=quota.public_id, now=now)
    assert (approved.status, approved.approver, approved.approved_at) == ("approved", approver, now)


def test_approve_quota_by_its_author_is_refused(now: datetime) -> None:
    both = make_user("quota_officer", "approver", state="DE")
    quota = make_quota("DE", "submitted", author=both, now=now)
    with pytest.raises(Forbidden) as refusal:
        services.approve_quota(by=both, quota_id=quota.public_id, now=now)
    assert refusal.value.code == "author_decides"


def test_approve_quota_by_somebody_who_edited_it_is_refused(now: datetime) -> None:
    both = make_user("quota_officer", "approver", state="DE")
    quota = make_quota("DE", "draft", now=now)
    services.edit_quota(by=both, quota_id=quota.public_id, version=1, data=make_draft(), now=now)
    services.submit_quota(by=quota.author, quota_id=quota.public_id, now=now)
    with pytest.raises(Forbidden) as refusal:
        services.approve_quota(by=both, quota_id=quota.public_id, now=now)
    assert refusal.value.code == "author_decides"


def test_approve_quota_by_approver_of_another_state_is_not_found(now: datetime) -> None:
    quota = make_quota("DE", "submitted", now=now)
    with pytest.raises(NotFound):
        services.approve_quota(
            by=make_user("approver", state="FR"), quota_id=quota.public_id, now=now
        )


def test_approve_quota_by_the_system_is_refused(now: datetime) -> None:
    quota = make_quota("DE", "submitted", now=now)
    with pytest.raises(Forbidden):
        services.approve_quota(by=SYSTEM, quota_id=quota.public_id, now=now)  # type: ignore[arg-type]


def test_approve_quota_of_text_that_was_not_read_is_refused(now: datetime) -> None:
    approver = make_user("approver", state="DE")
    quota = make_quota("DE", "returned", now=now)
    services.edit_quota(
        by=quota.author, quota_id=quota.public_id, version=1, data=make_draft(), now=now
    )
    services.submit_quota(by=quota.author, quota_id=quota.public_id, now=now)
    with pytest.raises(Conflict) as refusal:
        services.approve_quota(by=approver, quota_id=quota.public_id, version=1, now=now)
    assert refusal.value.code == "edited_by_other"


def test_publish_quota_rounds_the_reserve_of_the_state(now: datetime) -> None:
    quotas = [make_quota("DE", "published", 5, 10, now=now) for _ in range(9)]
    foreign = make_quota("FR", "published", 5, 10, now=now)
    rows = Quota.objects.filter(pk__in=[quota.pk for quota in quotas])
    assert sum(rows.values_list("reserved", flat=True)) == 5
    assert foreign.reserved == 1


def test_publish_quota_forecast_equals_the_outcome(now: datetime) -> None:
    make_quota("DE", "published", 7, 33, now=now)
    quota = make_quota("DE", "approved", 4, 20, now=now)
    forecast = queries.forecast_reserve(quota)
    published = services.publish_quota(by=SYSTEM, quota_id=quota.public_id, now=now)
    assert published.reserved == forecast


def test_publish_quota_after_its_period_is_refused(now: datetime) -> None:
    quota = make_quota("DE", "approved", now=now)
    with pytest.raises(NotNow) as refusal:
        services.publish_quota(by=SYSTEM, quota_id=quota.public_id, now=now + timedelta(days=900))
    assert refusal.value.code == "period_over"


def test_publish_quota_that_nobody_approved_is_refused(now: datetime) -> None:
    quota = make_quota("DE", "submitted", now=now)
    with pytest.raises(NotNow):
        services.publish_quota(by=SYSTEM, quota_id=quota.public_id, now=now)


def test_publish_quota_by_its_writer_is_forbidden(now: datetime) -> None:
    quota = make_quota("DE", "approved", now=now)
    with pytest.raises(Forbidden):
        services.publish_quota(by=quota.author, quota_id=quota.public_id, now=now)


def test_publish_absent_quota_is_not_found(now: datetime) -> None:
    with pytest.raises(NotFound):
        services.publish_quota(by=SYSTEM, quota_id=uuid.uuid4(), now=now)


def test_withdraw_published_quota_rounds_the_others_anew(now: datetime) -> None:
    approver = make_user("approver", state="DE")
    first, second = (make_quota("DE", "published", 5, 10, now=now) for _ in range(2))
    first.refresh_from_db()
    assert (first.reserved, second.reserved) == (1, 0)
    services.withdraw_quota(
        by=approver, quota_id=first.public_id, reason="The plant closed.", now=now
    )
    second.refresh_from_db()
    assert second.reserved == 1


@pytest.mark.parametrize("status", ["open", "closed"])
def test_withdraw_quota_of_a_round_is_refused(status: str, now: datetime) -> None:
    quota = make_quota("DE", status, now=now)
    with pytest.raises(NotNow) as refusal:
        services.withdraw_quota(
            by=make_user("approver", state="DE"), quota_id=quota.public_id, reason="x", now=now
        )
    assert refusal.value.code == "in_a_round"


def test_withdraw_returned_quota_by_its_author(now: datetime) -> None:
    quota = make_quota("DE", "withdrawn", now=now)
    assert (quota.status, quota.withdraw_reason) == ("withdrawn", "The plan was given up.")


def test_withdraw_approved_quota_by_its_author_is_forbidden(now: datetime) -> None:
    quota = make_quota("DE", "approved", now=now)
    with pytest.raises(Forbidden):
        services.withdraw_quota(by=quota.author, quota_id=quota.public_id, reason="x", now=now)
