"""Nominations through the door for programs."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from clearinghouse.applications.models import Nomination
from tests.factories.accounts import make_user
from tests.factories.applications import make_nomination
from tests.factories.people import make_worker
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db

Caller = Callable[[User], APIClient]
ROOT = "/api/v1/nominations/"
IMPORT = f"{ROOT}import/?file_name=november.csv"
ABSENT = "11111111-1111-4111-8111-111111111111"
HEADER = "reference,given_names,family_name,birth_date,email,occupation,posting\n"
GOOD = HEADER + "KE-1,Amina,Odhiambo,1994-05-17,amina@example.org,7212,\n"
BODY = {
    "reference": "KE-1",
    "given_names": "Amina",
    "birth_date": "1994-05-17",
    "email": "amina@example.org",
    "occupation": "7212",
}


@pytest.fixture
def client(caller: Caller) -> APIClient:
    """Give a client of an origin officer of Kenya."""
    return caller(make_user("origin_officer", state="KE"))


def _import(client: APIClient, content: bytes | str) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.generic("POST", IMPORT, data, content_type="text/csv; charset=utf-8")


def test_state_nominates_reads_and_withdraws(client: APIClient, now: datetime) -> None:
    quota = make_quota(now=now)
    made = client.post(ROOT, {**BODY, "posting": quota.reference})
    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"],
        **BODY,
        "family_name": "",
        "posting": quota.reference,
        "status": "awaiting_worker",
        "nominated_at": "2026-11-21T09:00:00Z",
        "confirmed_at": None,
        "file_name": "",
    }
    address = f"{ROOT}{made.json()['id']}/"
    assert client.get(address).json() == made.json()
    assert client.get(ROOT).json()["results"] == [made.json()]
    for _ in range(2):
        gone = client.post(f"{address}withdraw/", {})
        assert (gone.status_code, gone.json()["status"]) == (200, "withdrawn")
    assert client.get(ROOT, {"status": "awaiting_worker"}).json()["results"] == []
    assert len(client.get(ROOT, {"search": "ke-1"}).json()["results"]) == 1


@pytest.mark.parametrize(
    ("over", "fields"),
    [
        ({"birth_date": "17.05.1994"}, ["birth_date"]),
        ({"birth_date": "2015-01-01"}, ["birth_date"]),
        ({"email": "x"}, ["email"]),
        ({"given_names": "=1"}, ["given_names"]),
        ({"occupation": "9999"}, ["occupation"]),
        ({"nationality": "KE"}, ["nationality"]),
        ({"worker": ABSENT}, ["worker"]),
    ],
)
def test_nomination_is_refused_field_by_field(
    over: dict[str, str], fields: list[str], client: APIClient
) -> None:
    answer = client.post(ROOT, {**BODY, **over})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, fields)
    assert not Nomination.objects.exists()


def test_hidden_equals_absent_byte_for_byte(caller: Caller, now: datetime) -> None:
    row = make_nomination(now=now)
    client = caller(make_user("origin_officer", state="PH"))
    answers = [
        answer
        for name in (row.public_id, ABSENT)
        for answer in (
            client.get(f"{ROOT}{name}/"),
            client.post(f"{ROOT}{name}/withdraw/", {}),
        )
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert client.get(ROOT).json() == {"next": None, "previous": None, "results": []}


@pytest.mark.parametrize(
    ("role", "state"),
    [("worker", None), ("caseworker", "DE"), ("approver", "DE"), ("auditor", None)],
)
def test_nominations_are_for_origin_officers(
    role: str, state: str | None, caller: Caller, now: datetime
) -> None:
    row, other = make_nomination(now=now), caller(make_user(role, state=state))
    for answer in (
        other.get(ROOT),
        other.post(ROOT, BODY),
        other.get(f"{ROOT}{row.public_id}/"),
        other.post(f"{ROOT}{row.public_id}/withdraw/", {}),
        _import(other, GOOD),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_strangers_are_asked_for_a_token(stranger: APIClient) -> None:
    assert stranger.get(ROOT).status_code == 401
    assert _import(stranger, GOOD).status_code == 401


def test_import_answers_with_a_receipt(client: APIClient) -> None:
    answer = _import(client, GOOD)
    assert answer.status_code == 201
    assert answer.json() == {
        "id": answer.json()["id"],
        "file_name": "november.csv",
        "rows": 1,
        "uploaded_at": "2026-11-21T09:00:00Z",
    }
    again = _import(client, GOOD)
    assert (again.status_code, again.json()["code"]) == (409, "file_twice")


def test_import_answers_with_rows(client: APIClient) -> None:
    answer = _import(client, GOOD + "KE-2,,X,31/01/1990,b@example.org,7212,\n")
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    problem = answer.json()
    assert (problem["code"], problem["total"]) == ("rows", 2)
    assert [(row["row"], row["column"], row["value"]) for row in problem["rows"]] == [
        (3, "given_names", ""),
        (3, "birth_date", "31/01/1990"),
    ]
    assert not Nomination.objects.exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"reference;email\nx;y\n", "file_header"),
        (GOOD.replace("Amina", "Jos\u00e9").encode("latin-1"), "file_encoding"),
        (GOOD.encode("utf-16"), "file_encoding"),
        (b"x" * 10_485_762, "file_too_large"),
        ((HEADER + "a,b,c,1990-01-01,a@b.org,7212,\n" * 50_000).encode(), "file_too_many_rows"),
    ],
)
def test_import_names_what_is_wrong_with_the_file(
    content: bytes, code: str, client: APIClient
) -> None:
    answer = _import(client, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert list(answer.json()["errors"]) == ["file"]


def test_import_takes_csv_only(client: APIClient) -> None:
    answer = client.post(f"{ROOT}import/", BODY)
    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")


def test_nominations_come_with_the_same_queries(caller: Caller, now: datetime) -> None:
    officer = make_user("origin_officer", state="KE")
    client, counts = caller(officer), []
    for size in (1, 29):
        for _ in range(size):
            make_nomination(officer, now=now)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(ROOT).json()
        counts.append((len(page["results"]), len(captured)))
    assert [rows for rows, _queries in counts] == [1, 30]
    assert counts[0][1] == counts[1][1] <= 8


def test_two_worlds_answer_byte_for_byte(caller: Caller, now: datetime) -> None:
    make_worker(make_user("worker", email="known@example.org"), now=now)
    worlds = []
    for email in ("known@example.org", "other@example.org"):
        client = caller(make_user("origin_officer", state="KE"))
        answers = [
            client.post(ROOT, {**BODY, "email": email}),
            _import(client, GOOD.replace("amina@example.org", email)),
            _import(client, GOOD.replace("amina@example.org", email).replace("KE-1", "KE-2")),
        ]
        # Rows of one moment come in the order of their random ids.
        listing = client.get(ROOT)
        rows = listing.json()["results"]
        listed = sorted(({**row, "id": ""} for row in rows), key=lambda row: row["reference"])
        text = "\n".join(f"{a.status_code} {a.headers} {a.content.decode()}" for a in answers)
        text += f"\n{listing.status_code} {listing.headers} {listed}"
        text = text.replace(email, "<address>")
        worlds.append(re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>", text))
        Nomination.objects.all().delete()
    assert worlds[0] == worlds[1]
