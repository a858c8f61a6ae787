"""The protection body's pages: requests, determinations, referrals of minors."""

from datetime import date

import pytest
from django.urls import reverse

from clearinghouse.protection import queries, services
from tests.factories.accounts import make_user
from tests.factories.people import NOW, make_worker
from tests.factories.protection import make_determination
from tests.web.doors import count_queries, signed_in, stop_clock, text_of, writes_of

pytestmark = pytest.mark.django_db

DECISION = {
    "outcome": "recognised",
    "effective_on": "2026-11-21",
    "review_on": "",
    "reasons": "The story fits.",
}


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    stop_clock(monkeypatch, NOW)


def make_request(**person):
    worker = make_worker(**person)
    return services.request_check(by=worker.user, statement="I had to flee.", now=NOW)


def test_lists_waiting_requests_and_finds_them_by_name():
    make_request(family_name="Akello")
    make_request(family_name="Deng")
    client = signed_in(make_user("protection_officer"))
    page = text_of(client.get(reverse("protection-requests"), {"q": "deng"}))
    assert "Deng" in page
    assert "Akello" not in page


def test_decides_only_after_a_second_look():
    case = make_request()
    client = signed_in(make_user("protection_officer"))
    url = reverse("protection-request", args=[case.public_id])
    asked = text_of(client.post(url, DECISION))
    assert "can never be changed or deleted" in asked
    assert queries.status_of(case.worker_id, date(2026, 11, 21)) is None
    client.post(url, {**DECISION, "confirmed": "1"})
    assert queries.status_of(case.worker_id, date(2026, 11, 21)).outcome == "recognised"


def test_decides_once_for_a_double_click():
    case = make_request()
    client = signed_in(make_user("protection_officer"))
    url = reverse("protection-request", args=[case.public_id])
    client.post(url, {**DECISION, "confirmed": "1"})
    page = client.post(url, {**DECISION, "confirmed": "1"})
    assert page.status_code == 200
    officer = make_user("protection_officer")
    assert len(queries.history_of(officer, case.worker.public_id)) == 1


def test_gives_form_back_filled_when_reasons_are_missing():
    case = make_request()
    client = signed_in(make_user("protection_officer"))
    url = reverse("protection-request", args=[case.public_id])
    sent = {**DECISION, "outcome": "refused", "reasons": "", "confirmed": "1"}
    page = text_of(client.post(url, sent))
    assert "Give the reasons" in page
    assert 'value="refused"' in page


def test_decides_again_about_a_person_without_request():
    worker = make_worker()
    make_determination(worker)
    client = signed_in(make_user("protection_officer"))
    url = reverse("protection-person", args=[worker.public_id])
    assert "The documents show it." in text_of(client.get(url))
    client.post(url, {**DECISION, "outcome": "ended", "confirmed": "1"})
    assert queries.status_of(worker.pk, date(2026, 11, 21)).outcome == "ended"


def test_closes_referral_with_a_note():
    make_worker(birth_date=date(2010, 5, 5), experience_years=0)
    services.open_referrals(now=NOW)
    officer = make_user("protection_officer")
    client = signed_in(officer)
    referral = queries.list_referrals(officer).get()
    url = reverse("protection-referral", args=[referral.public_id])
    assert "before you close the referral" in text_of(client.post(url, {"note": ""}))
    client.post(url, {"note": "A guardian was found."})
    assert queries.list_referrals(officer).get().status == "closed"
    assert "Minors" in text_of(client.get(reverse("protection-referrals")))


@pytest.mark.parametrize("name", ["protection-requests", "protection-referrals"])
def test_refuses_other_roles_and_writes_nothing(name):
    assert signed_in(make_user("caseworker", state="DE")).get(reverse(name)).status_code == 403
    client = signed_in(make_user("protection_officer"))
    assert client.get(reverse(name)).status_code == 200
    assert writes_of(client, reverse(name)) == []


def test_hides_case_from_a_state():
    case = make_request()
    client = signed_in(make_user("origin_officer", state="KE"))
    assert client.get(reverse("protection-request", args=[case.public_id])).status_code == 403


def test_counts_same_queries_for_one_and_thirty_requests():
    client = signed_in(make_user("protection_officer"))
    make_request()
    one = count_queries(client, reverse("protection-requests"))
    for _ in range(24):
        make_request()
    assert count_queries(client, reverse("protection-requests")) == one
