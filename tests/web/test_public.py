"""Pages that everybody may read."""

import csv
import io
import re
import uuid
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clearinghouse.quotas.enums import Status
from clearinghouse.quotas.models import Quota
from clearinghouse.shared import clock
from clearinghouse.statistics.enums import Precision
from tests.factories.accounts import make_user
from tests.factories.matching import make_world
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db

LIST = "/quotas/"


@pytest.fixture(autouse=True)
def _clock_stands_still(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def _address(quota: Quota) -> str:
    return reverse("public-quota", args=[quota.public_id])


def test_home_counts_what_is_open(now: datetime, client: Client) -> None:
    make_quota("DE", "open", 1200, 20, now=now)
    make_quota("FR", "open", 34, 50, now=now)
    make_quota("FR", "published", 999, now=now)
    text = _text(client.get("/"))
    assert "<bdi>1,234</bdi>" in text
    assert "<bdi>257</bdi>" in text
    assert "from <bdi>2</bdi> states" in text


def test_home_without_open_quotas(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert "No quota is open at this moment." in _text(response)


def test_home_leads_every_audience_on(client: Client) -> None:
    text = _text(client.get("/"))
    for name in ("public-quotas", "public-rules", "public-results", "api-docs", "account_login"):
        assert f'href="{reverse(name)}' in text


def test_home_of_a_signed_in_person_leads_to_the_own_page(client: Client) -> None:
    client.force_login(make_user("worker"))
    text = _text(client.get("/"))
    assert f'href="{reverse("my-home")}"' in text


def test_list_shows_open_quotas_first_of_all(now: datetime, client: Client) -> None:
    shown = {status: make_quota("DE", status, now=now).title for status in Status.values}
    text = _text(client.get(LIST))
    assert [status for status, title in shown.items() if title in text] == ["open"]
    everything = _text(client.get(LIST + "?status=all"))
    found = {status for status, title in shown.items() if title in everything}
    assert found == {"published", "open", "closed"}
    assert shown["draft"] not in _text(client.get(LIST + "?status=draft"))


def test_list_searches_filters_and_sorts(now: datetime, client: Client) -> None:
    for state, places, title, over in (
        ("DE", 5, "Nurses", {"occupation": "2221", "category": "permanent"}),
        ("FR", 50, "Pickers", {"occupation": "9211", "category": "seasonal"}),
    ):
        make_quota(state, "open", places, now=now, title=title, **over)
    titles = lambda query: re.findall(  # noqa: E731 - short and local
        r"<bdi>(Nurses|Pickers)</bdi>", _text(client.get(LIST + query))
    )
    assert titles("?q=nurses") == ["Nurses"]
    assert titles("?state=FR") == ["Pickers"]
    assert titles("?category=seasonal") == ["Pickers"]
    assert titles("?occupation=2") == ["Nurses"]
    assert titles("?sort=places") == ["Nurses", "Pickers"]
    assert titles("?sort=-places") == ["Pickers", "Nurses"]
    assert "Nothing found" in _text(client.get(LIST + "?q=zzz"))


def test_list_costs_the_same_for_any_size(now: datetime, client: Client) -> None:
    author, approver = make_user("quota_officer", state="DE"), make_user("approver", state="DE")
    costs = []
    for count in (1, 24):
        for _ in range(count):
            make_quota("DE", "open", now=now, author=author, approver=approver)
        with CaptureQueriesContext(connection) as context:
            client.get(LIST)
        costs.append(len(context))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("status", ["published", "open", "closed"])
def test_detail_shows_public_quotas(status: str, now: datetime, client: Client) -> None:
    quota = make_quota("DE", status, now=now)
    text = _text(client.get(_address(quota)))
    assert quota.title in text
    assert (reverse("account_login") in text.split("<main")[1].split("</main>")[0]) is (
        status == "open"
    )


@pytest.mark.parametrize("status", ["draft", "submitted", "returned", "approved", "withdrawn"])
def test_detail_of_hidden_quota_is_not_found_like_absent(
    status: str, now: datetime, client: Client
) -> None:
    quota = make_quota("DE", status, now=now)
    first = client.get(_address(quota))
    second = client.get(reverse("public-quota", args=[uuid.uuid4()]))
    assert first.status_code == second.status_code == 404
    hide = lambda response: re.sub(  # noqa: E731 - short and local
        r'[0-9a-f]{8}-[0-9a-f-]{27}|value="\w{64}"', "", response.content.decode()
    )
    assert hide(first) == hide(second)


def test_detail_of_own_draft_is_not_public_either(now: datetime, client: Client) -> None:
    quota = make_quota("DE", "draft", now=now)
    client.force_login(quota.author)
    assert client.get(_address(quota)).status_code == 404


def test_detail_shows_the_sourced_figure(now: datetime, client: Client) -> None:
    quota = make_quota(
        "DE",
        "open",
        now=now,
        source_places=25_000,
        source_url="https://example.org/law",
        source_title="The law",
        figure_kind="legal_cap",
    )
    text = _text(client.get(_address(quota)))
    assert "<bdi>25,000</bdi>" in text
    assert 'href="https://example.org/law"' in text
    assert "Cap set by law" in text


def test_detail_shows_points_and_their_maximum(now: datetime, client: Client) -> None:
    quota = make_quota("DE", "open", now=now)
    assert "more than 220 points" in _text(client.get(_address(quota)))


def test_detail_by_lot_says_so(now: datetime, client: Client) -> None:
    quota = make_quota("DE", "open", now=now, by_lot=True, weight_experience=0, weight_occupation=0)
    assert "Points do not count here." in _text(client.get(_address(quota)))


def test_detail_leads_a_worker_to_the_own_page_of_it(now: datetime, client: Client) -> None:
    quota = make_quota("DE", "open", now=now)
    client.force_login(make_user("worker"))
    text = _text(client.get(_address(quota)))
    assert reverse("worker-posting", args=[quota.public_id]) in text


def test_rules_say_whose_they_are_and_what_they_do_not_promise(
    client: Client, settings: Any
) -> None:
    settings.MINIMUM_RESERVE_PERCENT = 15
    text = _text(client.get(reverse("public-rules")))
    assert "the design of this project, not of the convention" in text
    assert "at least 15 percent" in text
    assert "It does not help every protected person everywhere" in text
    assert "What is not guaranteed" in text


def test_results_without_released_round(client: Client) -> None:
    assert "No round has been released yet" in _text(client.get(reverse("public-results")))


@pytest.mark.parametrize("number", [1, 999])
def test_result_of_a_round_that_is_not_released(number: int, client: Client) -> None:
    assert client.get(reverse("public-result", args=[number])).status_code == 404


@pytest.mark.parametrize("language", ["ar", "fr", "es", "en"])
def test_pages_render_in_every_language(language: str, now: datetime, client: Client) -> None:
    quota = make_quota("DE", "open", now=now, open_to=frozenset({"SY"}))
    client.cookies["language"] = language
    for address in (
        "/",
        LIST,
        _address(quota),
        reverse("public-rules"),
        reverse("public-results"),
    ):
        text = _text(client.get(address))
        assert f'lang="{language}"' in text
        assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in text
        assert text.count("<h1") == 1


def test_pages_refuse_posts(client: Client) -> None:
    for address in ("/", LIST, reverse("public-rules"), reverse("public-results")):
        assert client.post(address).status_code == 405


def test_result_shows_cutoffs_and_digests_of_a_released_round(client: Client) -> None:
    world = make_world(status="released")
    assert f'href="{reverse("public-result", args=[world.number])}"' in _text(
        client.get(reverse("public-results"))
    )
    text = _text(client.get(reverse("public-result", args=[world.number])))
    for quota in world.quotas:
        assert quota.reference in text
    for digest in (world.round.input_digest, world.round.seed, world.round.plan_digest):
        assert digest in text
    assert "2 certifiers" in text


@pytest.mark.parametrize("status", ["open", "sealed", "verified", "certified"])
def test_result_before_the_release_is_not_found(status: str, client: Client) -> None:
    world = make_world(status=status)
    assert client.get(reverse("public-result", args=[world.number])).status_code == 404
    assert "No round has been released yet" in _text(client.get(reverse("public-results")))


def test_result_withholds_small_numbers_of_protected_people(client: Client) -> None:
    world = make_world(reserve_share=(100, 100), protected=(0,))
    text = _text(client.get(reverse("public-result", args=[world.number])))
    # A cut-off for each posting, and what reverted in each state.
    assert text.count('<span class="muted">withheld</span>') == 2 + 2
    # Of the round four numbers, for each state what was filled and four causes.
    assert text.count('<span class="muted">fewer than 10</span>') >= 4 + 2 * 5
    assert "reverted" not in text.split("<tbody>")[1].split("</tbody>")[0]


def test_numbers_are_explained_and_can_be_downloaded(client: Client) -> None:
    world = make_world(reserve_share=(100, 100), protected=(0,))
    text = _text(client.get(reverse("public-numbers")))
    assert "fewer than 10" in text
    for word in ("exact", "about", "few", "many", "withheld", "since", "reserved_filled"):
        assert f'<code dir="ltr">{word}</code>' in text
    url = reverse("public-numbers-csv", args=[world.number])
    assert f'href="{url}"' in _text(client.get(reverse("public-result", args=[world.number])))
    rows = list(csv.DictReader(io.StringIO(client.get(url).content.decode())))
    placed = next(row for row in rows if row["number"] == "protected_placed")
    assert (placed["value"], placed["status"], placed["release"]) == ("", "few", "1")
    assert {row["status"] for row in rows} <= {word.value for word in Precision}
    waiting = make_world(status="open")
    assert client.get(reverse("public-numbers-csv", args=[waiting.number])).status_code == 404


def test_result_searches_and_sorts(client: Client) -> None:
    world = make_world(places=(2, 1), reserve_share=(0, 0))
    address = reverse("public-result", args=[world.number])
    first, second = (quota.reference for quota in world.quotas)
    shown = lambda query: re.findall(  # noqa: E731 - short and local
        r'<span class="ref">(\w\w-\d{4}-\d{3})</span>', _text(client.get(address + query))
    )
    assert sorted(shown("")) == sorted([first, second])
    assert shown("?sort=places") == [second, first]
    assert shown("?sort=-places") == [first, second]
    assert shown(f"?q={second}") == [second]
    assert shown("?state=DE") == [first]
    assert "Nothing found" in _text(client.get(address + "?q=zzz"))


def test_result_costs_the_same_for_any_number_of_postings(client: Client) -> None:
    costs = []
    for count in (1, 20):
        world = make_world([[0]], places=[1] * count, reserve_share=[0] * count)
        with CaptureQueriesContext(connection) as context:
            client.get(reverse("public-result", args=[world.number]))
        costs.append(len(context))
    assert costs[0] == costs[1]


def test_results_list_costs_the_same_for_any_number_of_rounds(client: Client) -> None:
    costs = []
    for _ in range(2):
        make_world([[0]], places=[1], reserve_share=[0])
        with CaptureQueriesContext(connection) as context:
            client.get(reverse("public-results"))
        costs.append(len(context))
    assert costs[0] == costs[1]
