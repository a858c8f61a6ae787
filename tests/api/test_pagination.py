"""Pages of lists: every row once, whatever the cursor."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from clearinghouse.applications.models import Nomination
from tests.factories.accounts import make_user
from tests.factories.applications import make_nomination
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db

Caller = Callable[[User], APIClient]
ROOT = "/api/v1/nominations/"


def _copies(count: int, now: datetime, *, minutes: int = 0) -> None:
    make_nomination(now=now)
    row = Nomination.objects.get()
    for number in range(count - 1):
        row.pk, row.public_id, row.reference = None, uuid4(), f"KE-COPY-{number}"
        row.nominated_at = now - timedelta(minutes=number % (minutes + 1))
        row._state.adding = True
        Nomination.objects.bulk_create([row])


def _walk(client: APIClient, address: str | None, way: str = "next") -> list[list[str]]:
    pages = []
    while address and len(pages) < 100:
        page = client.get(address).json()
        pages.append([row["id"] for row in page["results"]])
        address = page[way]
    return pages


def test_pages_find_every_row_of_one_moment_once(caller: Caller, now: datetime) -> None:
    _copies(1200, now)
    client = caller(make_user("origin_officer", state="KE"))
    pages = _walk(client, f"{ROOT}?page_size=100")
    seen = [row for page in pages for row in page]
    assert (len(pages), len(seen), len(set(seen))) == (12, 1200, 1200)


def test_pages_lead_back_the_same_way(caller: Caller, now: datetime) -> None:
    _copies(23, now, minutes=2)
    client = caller(make_user("origin_officer", state="KE"))
    ahead, address, last = [], f"{ROOT}?page_size=5", ""
    while address:
        page, last = client.get(address).json(), address
        ahead.append([row["id"] for row in page["results"]])
        address = page["next"]
    assert [len(page) for page in ahead] == [5, 5, 5, 5, 3]
    back = _walk(client, last, "previous")
    assert back == ahead[::-1]
    assert [row for page in ahead for row in page] == [
        str(row.public_id) for row in Nomination.objects.order_by("-nominated_at", "-public_id")
    ]


def test_cursor_holds_no_sequential_id(caller: Caller, now: datetime) -> None:
    _copies(2, now)
    page = caller(make_user("origin_officer", state="KE")).get(f"{ROOT}?page_size=1").json()
    cursor = parse_qs(urlsplit(page["next"]).query)["cursor"][0]
    moment, name = parse_qs(b64decode(cursor).decode())["p"]
    assert datetime.fromisoformat(moment) == now
    assert str(UUID(name)) == name == page["results"][0]["id"]


@pytest.mark.parametrize(
    "text",
    [
        "p=nonsense",
        "p=%00",
        "p=",
        "r=1",
        "p=2026-11-21+09%3A00%3A00&p=11111111-1111-4111-8111-111111111111",
        "p=2026-11-21+09%3A00%3A00%2B00%3A00&p=%00",
        "p=2026-11-21+09%3A00%3A00%2B00%3A00&p=seven",
        "p=2026-11-21+09%3A00%3A00%2B00%3A00",
        "p=99999-11-21&p=11111111-1111-4111-8111-111111111111",
        "o=" + "9" * 5000,
    ],
)
@pytest.mark.parametrize("address", ["/api/v1/quotas/", "/api/v1/rounds/", ROOT])
def test_bad_cursor_is_not_found(address: str, text: str, caller: Caller, now: datetime) -> None:
    make_quota(now=now)
    client = caller(make_user("origin_officer", state="KE"))
    client.raise_request_exception = False
    response = client.get(address, {"cursor": b64encode(text.encode()).decode()})
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("cursor", ["cD1ub25zZW5zZQ==", "%%%", "é", "cD0lMDA=", "/w=="])
@pytest.mark.parametrize("address", ["/api/v1/quotas/", "/api/v1/rounds/"])
def test_cursor_that_is_no_cursor_is_not_found(
    cursor: str, address: str, stranger: APIClient
) -> None:
    stranger.raise_request_exception = False
    response = stranger.get(address, {"cursor": cursor})
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
