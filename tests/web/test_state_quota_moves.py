"""Steps with a quota: a page that says what happens, then one call."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from clearinghouse.quotas.enums import Status
from clearinghouse.quotas.models import Quota
from tests.factories.accounts import make_user
from tests.factories.quotas import make_quota
from tests.web.doors import signed_in, stop_clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock_stands_still(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    stop_clock(monkeypatch, now)


def _page(quota: Quota, step: str = "") -> str:
    if step == "edit":
        return reverse("state-quota-edit", args=[quota.public_id])
    if step:
        return reverse("state-quota-move", args=[quota.public_id, step])
    return reverse("state-quota", args=[quota.public_id])


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_step_asks_before_it_acts(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now)
    client = signed_in(quota.author)
    page = client.get(_page(quota, "submit"))
    assert "Submit this quota for approval?" in _text(page)
    quota.refresh_from_db()
    assert quota.status == Status.DRAFT
    response = client.post(_page(quota, "submit"), {"version": "1"}, follow=True)
    assert "The quota is submitted." in _text(response)
    quota.refresh_from_db()
    assert quota.status == Status.SUBMITTED


@pytest.mark.parametrize(
    ("status", "role", "step", "fields", "after"),
    [
        ("submitted", "approver", "approve", {"version": "1"}, "approved"),
        ("submitted", "approver", "return", {"reason": "Why so little?"}, "returned"),
        ("approved", "approver", "publish", {}, "published"),
        ("published", "approver", "withdraw", {"reason": "Budget."}, "withdrawn"),
        ("returned", "quota_officer", "withdraw", {"reason": "Budget."}, "withdrawn"),
    ],
)
def test_step_by_the_right_person(  # noqa: PLR0917 - one row of the table above
    status: str,
    role: str,
    step: str,
    fields: dict[str, str],
    after: str,
    now: datetime,
) -> None:
    quota = make_quota("DE", status, now=now)
    client = signed_in(make_user(role, state="DE"))
    assert client.get(_page(quota, step)).status_code == 200
    assert client.post(_page(quota, step), fields).status_code == 302
    quota.refresh_from_db()
    assert quota.status == after


def test_step_delete_leads_back_to_the_list(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now)
    response = signed_in(quota.author).post(_page(quota, "delete"))
    assert response["Location"] == reverse("state-quotas")
    assert not Quota.objects.exists()


def test_step_without_reason_comes_back(now: datetime) -> None:
    quota = make_quota("DE", "submitted", now=now)
    client = signed_in(make_user("approver", state="DE"))
    for reason in ("", "   "):
        response = client.post(_page(quota, "return"), {"reason": reason})
        assert response.status_code == 422
        assert 'href="#id_reason"' in _text(response)


def test_step_that_is_not_possible_is_said_in_words(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now)
    client = signed_in(make_user("approver", state="DE"))
    assert client.get(_page(quota, "approve")).status_code == 400
    response = client.post(_page(quota, "approve"), {"version": "1"}, follow=True)
    assert "This step is not possible now." in _text(response)


def test_step_of_the_author_is_forbidden(now: datetime) -> None:
    both = make_user("quota_officer", "approver", state="DE")
    quota = make_quota("DE", "submitted", author=both, now=now)
    response = signed_in(both).post(_page(quota, "approve"), {"version": "1"})
    assert response.status_code == 403
    assert "You have written this quota yourself." in _text(response)


def test_step_with_an_old_version_is_told(now: datetime) -> None:
    quota = make_quota("DE", "submitted", now=now)
    Quota.objects.filter(pk=quota.pk).update(version=2)
    client = signed_in(make_user("approver", state="DE"))
    response = client.post(_page(quota, "approve"), {"version": "1"}, follow=True)
    assert "Somebody else has changed this quota" in _text(response)


def test_step_submit_of_incomplete_quota_is_told(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now, housing=False)
    response = signed_in(quota.author).post(_page(quota, "submit"), {"version": "1"}, follow=True)
    assert "The quota is not complete yet." in _text(response)


def test_step_that_does_not_exist_is_not_found(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now)
    assert signed_in(quota.author).get(_page(quota, "explode")).status_code == 404
