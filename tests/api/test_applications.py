"""Applications through the door for programs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from tests.factories.accounts import make_user
from tests.factories.applications import make_application
from tests.factories.people import make_worker
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db

Caller = Callable[[User], APIClient]
ROOT = "/api/v1/applications/"
FILES = f"{ROOT}to-check/"
ABSENT = "11111111-1111-4111-8111-111111111111"


def test_worker_applies_from_start_to_end(caller: Caller, now: datetime) -> None:
    worker, quotas = make_worker(now=now), [make_quota(now=now) for _ in range(2)]
    client = caller(worker.user)
    started = client.post(ROOT, {})
    assert (started.status_code, started["ETag"]) == (201, '"1"')
    address = f"{ROOT}{started.json()['id']}/"
    wanted = [str(quota.public_id) for quota in quotas]
    ranked = client.put(f"{address}wishes/", {"postings": wanted}, HTTP_IF_MATCH='"1"')
    assert [(wish["rank"], wish["posting"]["id"]) for wish in ranked.json()["wishes"]] == [
        (1, wanted[0]),
        (2, wanted[1]),
    ]
    for _ in range(2):
        sent = client.post(f"{address}submit/", {})
        assert (sent.status_code, sent.json()["status"]) == (200, "submitted")
    assert client.get(address).json() == sent.json()
    assert [row["id"] for row in client.get(ROOT).json()["results"]] == [started.json()["id"]]
    assert client.post(f"{address}withdraw/", {}).json()["status"] == "withdrawn"


def test_wishes_need_the_version_that_was_read(caller: Caller, now: datetime) -> None:
    application = make_application(now=now)
    client, address = caller(application.worker.user), f"{ROOT}{application.public_id}/wishes/"
    answer = client.put(address, {"postings": []})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["version"])
    answer = client.put(address, {"postings": [], "version": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "edited_by_other")


@pytest.mark.parametrize(
    ("case", "status", "code"),
    [
        ("twice", 409, "wish_twice"),
        ("not_eligible", 422, "not_eligible"),
        ("late", 409, "late"),
        ("hidden", 404, "not_found"),
        ("unknown field", 422, "invalid"),
        ("no uuid", 422, "invalid"),
    ],
)
def test_wishes_are_refused_with_a_reason(
    case: str, status: int, code: str, caller: Caller, now: datetime
) -> None:
    application = make_application(quotas=[], now=now)
    quota = {
        "not_eligible": lambda: make_quota(min_experience_years=20, now=now),
        "late": lambda: make_quota(status="closed", now=now),
        "hidden": lambda: make_quota(status="draft", now=now),
    }.get(case, lambda: make_quota(now=now))()
    name = str(quota.public_id)
    sent: dict[str, Any] = {"postings": [name], "version": 1}
    sent |= {
        "twice": {"postings": [name, name]},
        "unknown field": {"rank": 1},
        "no uuid": {"postings": ["x"]},
    }.get(case, {})
    answer = caller(application.worker.user).put(f"{ROOT}{application.public_id}/wishes/", sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert application.wishes.count() == 0


def test_hidden_equals_absent_byte_for_byte(caller: Caller, now: datetime) -> None:
    application = make_application(status="submitted", now=now)
    worker = caller(make_worker(now=now).user)
    officer = caller(make_user("caseworker", state="FR"))
    for name in (application.public_id, ABSENT):
        answers = [
            worker.get(f"{ROOT}{name}/"),
            worker.put(f"{ROOT}{name}/wishes/", {"postings": [], "version": 1}),
            worker.post(f"{ROOT}{name}/submit/", {}),
            worker.post(f"{ROOT}{name}/withdraw/", {}),
            officer.get(f"{FILES}{name}/"),
            officer.post(f"{FILES}{name}/check-all/", {}),
            officer.post(f"{FILES}{name}/check/", {"posting": ABSENT, "eligible": True}),
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
        assert {answer["Content-Type"] for answer in answers} == {"application/problem+json"}


@pytest.mark.parametrize(
    ("role", "state"),
    [
        ("caseworker", "DE"),
        ("quota_officer", "DE"),
        ("origin_officer", "KE"),
        ("operator", None),
        ("auditor", None),
        ("protection_officer", None),
        ("administrator", None),
        ("helper", None),
    ],
)
def test_workers_pages_are_for_workers(
    role: str, state: str | None, caller: Caller, now: datetime
) -> None:
    application = make_application(now=now)
    client = caller(make_user(role, state=state))
    for answer in (
        client.get(ROOT),
        client.post(ROOT, {}),
        client.get(f"{ROOT}{application.public_id}/"),
        client.post(f"{ROOT}{application.public_id}/submit/", {}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_strangers_are_asked_for_a_token(stranger: APIClient) -> None:
    for address in (ROOT, FILES, f"{ROOT}{ABSENT}/"):
        assert stranger.get(address).status_code == 401


def test_caseworker_reads_a_pseudonymous_file(caller: Caller, now: datetime) -> None:
    german = make_quota(language="de", weight_language=1, now=now)
    french = make_quota("FR", now=now)
    application = make_application(quotas=[french, german], status="submitted", now=now)
    client = caller(make_user("caseworker", state="DE"))
    [listed] = client.get(FILES).json()["results"]
    assert listed == client.get(f"{FILES}{application.public_id}/").json()
    assert listed == {
        "id": str(application.public_id),
        "reference": application.reference,
        "submitted_at": "2026-11-21T09:00:00Z",
        "is_adult": True,
        "occupation": "7212",
        "experience_years": 8,
        "qualification": "3",
        "languages": [{"language": "de", "level": "B1"}],
        "wishes": [
            {
                "posting": {
                    "id": str(german.public_id),
                    "reference": german.reference,
                    "title": german.title,
                    "state": "DE",
                },
                "check": "waiting",
                "reasons": [],
                "note": "",
                "decided_at": None,
                "findings": [],
                "meets_origin": True,
                "can_decide": True,
            }
        ],
    }


def test_caseworker_decides(caller: Caller, now: datetime) -> None:
    quota = make_quota(now=now)
    first, second = (
        make_application(quotas=[quota], status="submitted", now=now) for _ in range(2)
    )
    client = caller(make_user("caseworker", state="DE"))
    refused = client.post(
        f"{FILES}{first.public_id}/check/", {"posting": str(quota.public_id), "eligible": False}
    )
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["reasons"])
    done = client.post(
        f"{FILES}{first.public_id}/check/",
        {
            "posting": str(quota.public_id),
            "eligible": False,
            "reasons": ["evidence"],
            "note": "No certificate.",
        },
    )
    assert done.json()["wishes"][0]["reasons"] == ["evidence"]
    assert client.post(f"{FILES}{second.public_id}/check-all/", {}).json() == {"accepted": 1}
    waiting = client.get(FILES, {"check": "waiting"}).json()["results"]
    assert waiting == []
    second.refresh_from_db()
    assert second.status == "in_pool"


def test_files_refuse_other_fields(caller: Caller, now: datetime) -> None:
    quota = make_quota(now=now)
    application = make_application(quotas=[quota], status="submitted", now=now)
    answer = caller(make_user("caseworker", state="DE")).post(
        f"{FILES}{application.public_id}/check/",
        {"posting": str(quota.public_id), "eligible": True, "rank": 1},
    )
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["rank"])


def test_files_are_for_caseworkers(caller: Caller, now: datetime) -> None:
    for role, state in (("worker", None), ("approver", "DE"), ("auditor", None)):
        answer = caller(make_user(role, state=state)).get(FILES)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_files_come_in_pages_with_the_same_queries(caller: Caller, now: datetime) -> None:
    quota, client = make_quota(now=now), caller(make_user("caseworker", state="DE"))
    counts = []
    for size in (1, 29):
        for minute in range(size):
            make_application(
                quotas=[quota], status="submitted", now=now - timedelta(minutes=minute)
            )
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page = client.get(FILES, {"page_size": 40}).json()
        counts.append((len(page["results"]), len(captured)))
    assert [rows for rows, _queries in counts] == [1, 30]
    # One of them writes down, for the people, who looked.
    assert counts[0][1] == counts[1][1] <= 13
    seen, address = [], f"{FILES}?page_size=7"
    while address:
        page = client.get(address).json()
        assert set(page) == {"next", "previous", "results"}
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert (len(seen), len(set(seen))) == (30, 30)


def test_minor_is_told_kindly(caller: Caller, now: datetime) -> None:
    worker = make_worker(
        birth_date=now.date().replace(year=now.year - 16), experience_years=0, now=now
    )
    answer = caller(worker.user).post(ROOT, {})
    assert (answer.status_code, answer.json()["code"]) == (409, "minor")
