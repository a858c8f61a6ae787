"""Quotas for programs."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from clearinghouse.quotas.enums import Status
from clearinghouse.quotas.models import Quota
from tests.factories.accounts import make_user
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db

Caller = Callable[[User], APIClient]
LIST = "/api/v1/quotas/"


def _body(**over: Any) -> dict[str, Any]:
    return {
        "title": "Nurses in clinics",
        "category": "permanent",
        "occupation": "2221",
        "starts_on": "2030-03-01",
        "ends_on": "2031-02-28",
        "places": 12,
        "reserve_share": "20.00",
        "reserve_order": "open_first",
        "wage_amount": "3500.00",
        "wage_currency": "EUR",
        "wage_unit": "month",
        "comparator_wage": "3400.00",
        "health_cover": True,
        "housing": True,
        "ethical_recruitment": True,
        "no_worker_fees": True,
        "complaint_route": "Office, telephone",
        "language": "de",
        "min_language_level": "B1",
        "open_to": ["SY", "UA"],
        "weight_language": 10,
        "weight_priority": 100,
        "priority_occupations": ["2221"],
        **over,
    }


def _at(quota: Quota, step: str = "") -> str:
    return f"{LIST}{quota.public_id}/{step + '/' if step else ''}"


def test_list_quotas_without_token_shows_public_ones(now: datetime, stranger: APIClient) -> None:
    for status in Status.values:
        make_quota("DE", status, now=now)
    rows = stranger.get(LIST).json()["results"]
    assert sorted(row["status"] for row in rows) == ["closed", "open", "published"]


def test_list_quotas_shows_officials_their_own_state(now: datetime, caller: Caller) -> None:
    own, other = make_quota("DE", "draft", now=now), make_quota("FR", "draft", now=now)
    rows = caller(make_user("quota_officer", state="DE")).get(LIST).json()["results"]
    assert [row["id"] for row in rows] == [str(own.public_id)]
    assert str(other.public_id) not in str(rows)


@pytest.mark.parametrize(
    "query",
    [
        {"state": "de"},
        {"occupation": "22"},
        {"category": "seasonal"},
        {"status": "open"},
        {"search": "nurses germany"},
    ],
)
def test_list_quotas_filters(query: dict[str, str], now: datetime, stranger: APIClient) -> None:
    wanted = make_quota(
        "DE", "open", now=now, title="Nurses", occupation="2221", category="seasonal"
    )
    make_quota("FR", "published", now=now)
    rows = stranger.get(LIST, query).json()["results"]
    assert [row["id"] for row in rows] == [str(wanted.public_id)]


def test_list_quotas_with_unknown_status_names_the_field(stranger: APIClient) -> None:
    response = stranger.get(LIST, {"status": "lost"})
    assert (response.status_code, list(response.json()["errors"])) == (422, ["status"])


def test_list_quotas_walks_by_cursor(now: datetime, stranger: APIClient) -> None:
    made = [make_quota("DE", "published", now=now) for _ in range(3)]
    first = stranger.get(LIST, {"page_size": 2}).json()
    second = stranger.get(first["next"]).json()
    found = [row["reference"] for row in first["results"] + second["results"]]
    assert found == [quota.reference for quota in reversed(made)]
    assert set(first) == {"next", "previous", "results"}


def test_list_quotas_costs_the_same_for_any_size(now: datetime, caller: Caller) -> None:
    client = caller(make_user("quota_officer", state="DE"))
    author = make_user("quota_officer", state="DE")
    costs = []
    for count in (1, 29):
        for _ in range(count):
            make_quota("DE", "draft", now=now, author=author, open_to=frozenset({"SY"}))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            rows = client.get(LIST).json()["results"]
        costs.append((len(rows), len(queries)))
    assert [rows for rows, _ in costs] == [1, 30]
    assert costs[0][1] == costs[1][1]


def test_show_quota_has_every_field_that_was_sent(caller: Caller) -> None:
    client = caller(make_user("quota_officer", state="DE"))
    made = client.post(LIST, _body())
    assert made.status_code == 201
    shown = client.get(f"{LIST}{made.json()['id']}/")
    sent = _body()
    assert {name: shown.json()[name] for name in sent} == sent
    assert shown.json()["max_points"] == 160
    assert shown["ETag"] == '"1"'


def test_show_hidden_quota_answers_the_same_bytes_as_absent(
    now: datetime, caller: Caller, stranger: APIClient
) -> None:
    hidden = make_quota("DE", "draft", now=now)
    for client in (stranger, caller(make_user("quota_officer", state="FR"))):
        first = client.get(_at(hidden))
        second = client.get(f"{LIST}{uuid.uuid4()}/")
        assert first.status_code == second.status_code == 404
        assert first.content == second.content
        assert _without_date(first) == _without_date(second)


def test_edit_hidden_quota_answers_the_same_bytes_as_absent(now: datetime, caller: Caller) -> None:
    hidden = make_quota("DE", "draft", now=now)
    client = caller(make_user("quota_officer", state="FR"))
    for act in (
        lambda address: client.put(address, _body(version=1)),
        client.delete,
        lambda address: client.post(f"{address}submit/", {}),
        lambda address: client.post(f"{address}publish/", {}),
        lambda address: client.post(f"{address}withdraw/", {"reason": "x"}),
    ):
        first, second = act(_at(hidden)), act(f"{LIST}{uuid.uuid4()}/")
        assert first.status_code == second.status_code == 404
        assert first.content == second.content


def _without_date(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name != "Date"}


def test_draft_quota_with_unknown_field_names_it(caller: Caller) -> None:
    client = caller(make_user("quota_officer", state="DE"))
    response = client.post(LIST, _body(reserve_sahre="20", sex="male"))
    assert response.status_code == 422
    assert set(response.json()["errors"]) == {"reserve_sahre", "sex"}
    assert not Quota.objects.exists()


def test_draft_quota_without_reserve_is_refused(caller: Caller) -> None:
    sent = _body()
    del sent["reserve_share"]
    response = caller(make_user("quota_officer", state="DE")).post(LIST, sent)
    assert set(response.json()["errors"]) == {"reserve_share"}


def test_draft_quota_with_reserve_above_places_is_refused(caller: Caller) -> None:
    client = caller(make_user("quota_officer", state="DE"))
    response = client.post(LIST, _body(reserve_share="120"))
    assert response.status_code == 422
    assert "larger than the places" in response.json()["errors"]["reserve_share"][0]


def test_draft_quota_by_approver_is_forbidden(caller: Caller) -> None:
    assert caller(make_user("approver", state="DE")).post(LIST, _body()).status_code == 403


def test_edit_quota_needs_the_version(now: datetime, caller: Caller) -> None:
    quota = make_quota("DE", "draft", now=now)
    response = caller(quota.author).put(_at(quota), _body())
    assert (response.status_code, list(response.json()["errors"])) == (422, ["version"])


@pytest.mark.parametrize("header", ['"1"', "1", 'W/"1"'])
def test_edit_quota_takes_the_version_from_if_match(
    header: str, now: datetime, caller: Caller
) -> None:
    quota = make_quota("DE", "draft", now=now)
    response = caller(quota.author).put(_at(quota), _body(places=99), HTTP_IF_MATCH=header)
    assert (response.status_code, response.json()["places"]) == (200, 99)
    assert response["ETag"] == '"2"'


@pytest.mark.parametrize("header", ["*", '"x"', '"2"'])
def test_edit_quota_refuses_another_if_match(header: str, now: datetime, caller: Caller) -> None:
    quota = make_quota("DE", "draft", now=now)
    response = caller(quota.author).put(_at(quota), _body(version=1), HTTP_IF_MATCH=header)
    assert (response.status_code, list(response.json()["errors"])) == (422, ["version"])


def test_edit_quota_second_editor_is_told(now: datetime, caller: Caller) -> None:
    quota = make_quota("DE", "draft", now=now)
    client = caller(quota.author)
    assert client.put(_at(quota), _body(version=1)).status_code == 200
    response = client.put(_at(quota), _body(version=1, title="Mine"))
    assert (response.status_code, response.json()["code"]) == (409, "edited_by_other")
    assert client.get(_at(quota)).json()["title"] == "Nurses in clinics"


def test_delete_draft_answers_nothing(now: datetime, caller: Caller) -> None:
    quota = make_quota("DE", "draft", now=now)
    client = caller(quota.author)
    assert client.delete(_at(quota)).status_code == 204
    assert client.get(_at(quota)).status_code == 404


def test_road_of_a_quota_through_the_api(caller: Caller) -> None:
    officer = caller(make_user("quota_officer", state="DE"))
    approver = caller(make_user("approver", state="DE"))
    address = f"{LIST}{officer.post(LIST, _body()).json()['id']}/"
    assert officer.post(f"{address}submit/", {"version": 1}).json()["status"] == "submitted"
    returned = approver.post(f"{address}return/", {"reason": "Explain the wage."})
    assert returned.json()["return_reason"] == "Explain the wage."
    assert officer.post(f"{address}submit/", {}).json()["status"] == "submitted"
    assert approver.post(f"{address}approve/", HTTP_IF_MATCH='"1"').json()["status"] == "approved"
    published = approver.post(f"{address}publish/", {})
    assert (published.json()["status"], published.json()["reserved"]) == ("published", 3)
    withdrawn = approver.post(f"{address}withdraw/", {"reason": "Budget."})
    assert withdrawn.json()["withdraw_reason"] == "Budget."


def test_submit_incomplete_quota_names_the_fields(now: datetime, caller: Caller) -> None:
    quota = make_quota("DE", "draft", now=now, housing=False, complaint_route="")
    response = caller(quota.author).post(_at(quota, "submit"), {})
    assert (response.status_code, response.json()["code"]) == (422, "incomplete")
    assert {"housing", "complaint_route"} <= set(response.json()["errors"])


def test_approve_quota_by_its_author_is_forbidden(now: datetime, caller: Caller) -> None:
    both = make_user("quota_officer", "approver", state="DE")
    quota = make_quota("DE", "submitted", author=both, now=now)
    response = caller(both).post(_at(quota, "approve"), {})
    assert (response.status_code, response.json()["code"]) == (403, "author_decides")


def test_approve_draft_is_not_possible_now(now: datetime, caller: Caller) -> None:
    quota = make_quota("DE", "draft", now=now)
    response = caller(make_user("approver", state="DE")).post(_at(quota, "approve"), {})
    assert (response.status_code, response.json()["code"]) == (409, "move_not_possible")


def test_return_quota_without_reason_names_the_field(now: datetime, caller: Caller) -> None:
    quota = make_quota("DE", "submitted", now=now)
    response = caller(make_user("approver", state="DE")).post(_at(quota, "return"), {})
    assert (response.status_code, list(response.json()["errors"])) == (422, ["reason"])


def test_steps_refuse_unknown_fields(now: datetime, caller: Caller) -> None:
    quota = make_quota("DE", "approved", now=now)
    client = caller(make_user("approver", state="DE"))
    response = client.post(_at(quota, "publish"), {"force": True})
    assert (response.status_code, list(response.json()["errors"])) == (422, ["force"])
