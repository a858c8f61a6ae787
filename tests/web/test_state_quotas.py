"""The pages on which a state writes, decides and reads its quotas."""

import re
import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clearinghouse.quotas import queries, services
from clearinghouse.quotas.models import Quota
from tests.factories.accounts import make_user
from tests.factories.quotas import make_draft, make_quota
from tests.web.doors import signed_in, stop_clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock_stands_still(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    stop_clock(monkeypatch, now)


def _fields(**over: Any) -> dict[str, Any]:
    return {
        "title": "Nurses in clinics",
        "category": "permanent",
        "occupation": "2221",
        "starts_on": "2027-03-01",
        "ends_on": "2028-02-29",
        "places": "12",
        "reserve_share": "20",
        "reserve_order": "open_first",
        "wage_amount": "3500",
        "wage_currency": "eur",
        "wage_unit": "month",
        "comparator_wage": "3400.50",
        "health_cover": "on",
        "housing": "on",
        "ethical_recruitment": "on",
        "no_worker_fees": "on",
        "complaint_route": "Office, telephone",
        "occupation_digits": "2",
        "min_experience_years": "",
        "min_qualification": "4",
        "language": "de",
        "min_language_level": "B1",
        "open_to": ["SY", "UA"],
        "weight_language": "10",
        "weight_priority": "100",
        "priority_occupations": ["2221"],
        **over,
    }


def _page(quota: Quota, step: str = "") -> str:
    if step == "edit":
        return reverse("state-quota-edit", args=[quota.public_id])
    if step:
        return reverse("state-quota-move", args=[quota.public_id, step])
    return reverse("state-quota", args=[quota.public_id])


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_list_shows_own_state_only(now: datetime) -> None:
    own, other = make_quota("DE", "draft", now=now), make_quota("FR", "open", now=now)
    text = _text(signed_in(own.author).get(reverse("state-quotas")))
    assert own.title in text
    assert other.title not in text


def test_list_without_quotas_says_what_to_do() -> None:
    officer = signed_in(make_user("quota_officer", state="DE"))
    text = _text(officer.get(reverse("state-quotas")))
    assert "Write the first one" in text
    reader = signed_in(make_user("caseworker", state="DE"))
    assert "Write the first one" not in _text(reader.get(reverse("state-quotas")))


def test_list_searches_filters_sorts_and_pages(now: datetime) -> None:
    author = make_user("quota_officer", state="DE")
    for number in range(27):
        make_quota("DE", "draft", number + 1, now=now, author=author, title=f"Job {number:02d}")
    make_quota("DE", "submitted", 500, now=now, author=author, title="Divers")
    client = signed_in(author)
    titles = lambda query: re.findall(  # noqa: E731 - short and local
        r"<bdi>(Job \d\d|Divers)</bdi></a><br>", _text(client.get(reverse("state-quotas") + query))
    )
    assert titles("?q=divers") == ["Divers"]
    assert titles("?status=submitted") == ["Divers"]
    assert titles("?sort=-places")[:2] == ["Divers", "Job 26"]
    assert len(titles("")) == 25
    assert titles("?page=2") == ["Job 02", "Job 01", "Job 00"]
    assert "Nothing found" in _text(client.get(reverse("state-quotas") + "?q=zzz"))


def test_list_costs_the_same_for_any_size(now: datetime) -> None:
    both = make_user("quota_officer", "approver", state="DE")
    author = make_user("quota_officer", state="DE")
    client = signed_in(both)
    costs = []
    for count in (1, 19):
        for _ in range(count):
            make_quota("DE", "submitted", now=now, author=author)
        with CaptureQueriesContext(connection) as context:
            client.get(reverse("state-quotas"))
        costs.append(len(context))
    assert costs[0] == costs[1]


def test_list_tells_the_approver_what_waits(now: datetime) -> None:
    quota = make_quota("DE", "submitted", now=now)
    approver = make_user("approver", state="DE")
    assert "1 quota waits for your decision" in _text(
        signed_in(approver).get(reverse("state-quotas"))
    )
    assert "waits for your decision" not in _text(
        signed_in(quota.author).get(reverse("state-quotas"))
    )


@pytest.mark.parametrize("role", ["worker", "operator", "origin_officer", "protection_officer"])
def test_pages_are_shut_for_other_roles(role: str, now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now)
    client = signed_in(make_user(role, state="DE"))
    for address in (reverse("state-quotas"), reverse("state-quota-new"), _page(quota)):
        assert client.get(address).status_code == 403


def test_pages_ask_strangers_to_sign_in(client: Client) -> None:
    response = client.get(reverse("state-quotas"))
    assert (response.status_code, "/account/" in response["Location"]) == (302, True)


def test_detail_of_another_state_is_not_found_like_absent(now: datetime) -> None:
    hidden = make_quota("DE", "draft", now=now)
    client = signed_in(make_user("quota_officer", state="FR"))
    for name, args in (
        ("state-quota", []),
        ("state-quota-edit", []),
        ("state-quota-move", ["submit"]),
    ):
        first = client.get(reverse(name, args=[hidden.public_id, *args]))
        second = client.get(reverse(name, args=[uuid.uuid4(), *args]))
        assert first.status_code == second.status_code == 404
        assert _without_token(first) == _without_token(second)


def _without_token(response: Any) -> str:
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", text)


def test_detail_shows_history_and_public_page(now: datetime) -> None:
    quota = make_quota("DE", "published", now=now)
    text = _text(signed_in(quota.author).get(_page(quota)))
    for act in ("drafted a quota", "submitted a quota", "approved a quota", "published a quota"):
        assert act in text
    assert reverse("public-quota", args=[quota.public_id]) in text


def test_detail_offers_steps_only_to_those_who_may(now: datetime) -> None:
    quota = make_quota("DE", "submitted", now=now)
    approver = signed_in(make_user("approver", state="DE"))
    assert _page(quota, "approve") in _text(approver.get(_page(quota)))
    assert _page(quota, "approve") not in _text(signed_in(quota.author).get(_page(quota)))


def test_detail_says_what_is_missing(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now, no_worker_fees=False)
    text = _text(signed_in(quota.author).get(_page(quota)))
    assert "Workers must not pay for being recruited." in text
    assert _page(quota, "submit") not in text


def test_create_keeps_a_draft() -> None:
    client = signed_in(make_user("quota_officer", state="DE"))
    response = client.post(reverse("state-quota-new"), _fields(), follow=True)
    quota = Quota.objects.get()
    assert response.redirect_chain == [(_page(quota), 302)]
    assert "The draft is saved." in _text(response)
    draft = queries.draft_of(quota)
    assert (draft.title, draft.places, draft.wage_currency) == ("Nurses in clinics", 12, "EUR")
    assert (draft.reserve_share, draft.min_experience_years) == (Decimal(20), 0)
    assert draft.open_to == {"SY", "UA"}
    assert (draft.starts_on, draft.ends_on) == (date(2027, 3, 1), date(2028, 2, 29))


def test_create_comes_back_filled_with_errors_at_the_fields() -> None:
    client = signed_in(make_user("quota_officer", state="DE"))
    response = client.post(
        reverse("state-quota-new"), _fields(reserve_share="120", title="My own words")
    )
    text = _text(response)
    assert response.status_code == 422
    assert "The reserve cannot be larger than the places" in text
    assert 'href="#id_reserve_share"' in text
    assert 'value="My own words"' in text
    assert not Quota.objects.exists()


def test_create_asks_for_the_reserve_and_its_order() -> None:
    client = signed_in(make_user("quota_officer", state="DE"))
    fields = _fields()
    del fields["reserve_share"], fields["reserve_order"]
    response = client.post(reverse("state-quota-new"), fields)
    errors = response.context["form"].errors
    assert set(errors) == {"reserve_share", "reserve_order"}


def test_create_names_the_operators_rule(settings: Any) -> None:
    settings.MINIMUM_RESERVE_PERCENT = 15
    client = signed_in(make_user("quota_officer", state="DE"))
    assert "asks for at least 15 percent" in _text(client.get(reverse("state-quota-new")))


def test_create_by_approver_is_shut() -> None:
    client = signed_in(make_user("approver", state="DE"))
    assert client.get(reverse("state-quota-new")).status_code == 403


def test_edit_shows_what_is_saved(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now, open_to=frozenset({"SY"}), language="de")
    text = _text(signed_in(quota.author).get(_page(quota, "edit")))
    assert f'value="{quota.title}"' in text
    assert '<option value="SY" selected>' in text
    assert 'name="version" value="1"' in text
    assert 'value="2027-03-01"' in text


def test_edit_without_changes_changes_nothing_else(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now, occupation="72", min_experience_years=2)
    client = signed_in(quota.author)
    form = client.get(_page(quota, "edit")).context["form"]
    before = queries.draft_of(quota)
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    data = {name: value for name, value in data.items() if value is not False}
    assert client.post(_page(quota, "edit"), data).status_code == 302
    quota.refresh_from_db()
    assert (queries.draft_of(quota), quota.version) == (before, 2)


def test_edit_second_editor_keeps_text_and_sees_the_others(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now)
    colleague = make_user("quota_officer", state="DE")
    services.edit_quota(
        by=colleague,
        quota_id=quota.public_id,
        version=1,
        data=make_draft(title="Words of the colleague", places=77),
        now=now,
    )
    client = signed_in(quota.author)
    response = client.post(_page(quota, "edit"), _fields(version="1", title="Mine"))
    text = _text(response)
    assert response.status_code == 422
    assert "Somebody else has changed this quota" in text
    assert "<bdi>Words of the colleague</bdi>" in text
    assert "<bdi>77</bdi>" in text
    assert 'value="Mine"' in text
    assert 'name="version" value="2"' in text
    again = client.post(_page(quota, "edit"), _fields(version="2", title="Mine"))
    assert again.status_code == 302
    quota.refresh_from_db()
    assert (quota.title, quota.version) == ("Mine", 3)


def test_edit_of_submitted_quota_is_refused_in_words(now: datetime) -> None:
    quota = make_quota("DE", "submitted", now=now)
    response = signed_in(quota.author).get(_page(quota, "edit"))
    assert response.status_code == 400
    assert "only while it is a draft" in _text(response)


def test_edit_that_was_submitted_meanwhile_keeps_the_text(now: datetime) -> None:
    quota = make_quota("DE", "submitted", now=now)
    response = signed_in(quota.author).post(
        _page(quota, "edit"), _fields(version="1", title="My own words")
    )
    assert response.status_code == 422
    assert "only while it is a draft" in _text(response)
    assert 'value="My own words"' in _text(response)


@pytest.mark.parametrize("language", ["ar", "fr", "es"])
def test_pages_render_in_every_language(language: str, now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now, language="de", weight_language=3)
    client = signed_in(quota.author)
    client.cookies["language"] = language
    for address in (
        reverse("state-quotas"),
        reverse("state-quota-new"),
        _page(quota),
        _page(quota, "edit"),
        _page(quota, "submit"),
    ):
        text = _text(client.get(address))
        assert f'lang="{language}"' in text
        assert text.count("<h1") == 1
