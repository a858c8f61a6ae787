"""The helper's pages: people on paper, their mandates, and the worker's steps for them."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from clearinghouse.applications import queries as applications
from clearinghouse.people import queries as people
from tests.factories.accounts import make_user
from tests.factories.people import NOW, make_paper_person
from tests.factories.quotas import make_quota
from tests.web.doors import count_queries, signed_in, stop_clock, text_of, writes_of

pytestmark = pytest.mark.django_db

PERSON = {
    "given_names": "Musa",
    "family_name": "Deng",
    "birth_date_day": "1",
    "birth_date_month": "2",
    "birth_date_year": "1990",
    "nationality": "SS",
    "occupation": "7212",
    "signed_on": "2026-11-02",
    "valid_until": "2026-12-31",
}


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    stop_clock(monkeypatch, NOW)


def test_adds_person_with_mandate():
    helper = make_user("helper")
    client = signed_in(helper)
    client.post(reverse("helper-person-add"), PERSON)
    mandate = people.list_helped(helper, NOW).get()
    assert (mandate.worker.given_names, mandate.signed_on) == ("Musa", date(2026, 11, 2))
    assert "Musa" in text_of(client.get(reverse("helper-people")))


def test_keeps_form_when_mandate_is_too_long():
    client = signed_in(make_user("helper"))
    page = text_of(
        client.post(reverse("helper-person-add"), {**PERSON, "valid_until": "2030-01-01"})
    )
    assert "A mandate lasts one year at most." in page
    assert 'value="Musa"' in page


def test_adds_person_once_for_a_double_click():
    helper = make_user("helper")
    client = signed_in(helper)
    client.post(reverse("helper-person-add"), PERSON)
    page = text_of(client.post(reverse("helper-person-add"), PERSON))
    assert "You already act for a person" in page
    assert people.list_helped(helper, NOW).count() == 1


def test_fills_profile_and_application_for_a_person():
    helper = make_user("helper")
    person = make_paper_person(helper)
    quota = make_quota()
    client = signed_in(helper)
    step = reverse("helper-profile-step", args=[person.public_id, "school"])
    client.post(step, {"qualification": "4", "version": person.version})
    assert people.get_worker(person.public_id).qualification == "4"
    add = reverse("helper-wish-add", args=[person.public_id, quota.public_id])
    start = reverse("helper-application-start", args=[person.public_id])
    assert client.post(add).url == start
    assert 'value="2026-11-02"' in text_of(client.get(start))
    client.post(start, {"lodged_on": "2026-11-05"})
    client.post(add)
    client.post(reverse("helper-application-submit", args=[person.public_id]))
    application = applications.find_live(person)
    assert (application.status, application.channel) == ("submitted", "helper")
    assert application.lodged_on == date(2026, 11, 5)
    receipt = reverse("helper-application-receipt", args=[person.public_id, application.public_id])
    assert application.reference in text_of(client.get(receipt))


PAGES = (
    "helper-person",
    "helper-profile",
    "helper-postings",
    "helper-application",
    "helper-application-start",
    "helper-offers",
    "helper-protection",
    "helper-protection-ask",
    "helper-mandate-renew",
    "helper-mandate-end",
)


@pytest.mark.parametrize("name", PAGES)
def test_opens_pages_of_a_person_and_writes_nothing(name):
    helper = make_user("helper")
    url = reverse(name, args=[make_paper_person(helper).public_id])
    client = signed_in(helper)
    assert client.get(url).status_code == 200
    assert writes_of(client, url) == []


@pytest.mark.parametrize("name", PAGES)
def test_hides_people_of_other_helpers(name):
    person = make_paper_person(make_user("helper"))
    client = signed_in(make_user("helper"))
    assert client.get(reverse(name, args=[person.public_id])).status_code == 404


def test_refuses_other_roles():
    assert signed_in(make_user("worker")).get(reverse("helper-people")).status_code == 403


def test_hides_person_after_the_mandate(monkeypatch):
    helper = make_user("helper")
    person = make_paper_person(helper)
    client = signed_in(helper)
    stop_clock(monkeypatch, NOW + timedelta(days=60))
    assert client.get(reverse("helper-person", args=[person.public_id])).status_code == 404


def test_ends_mandate_after_confirmation(monkeypatch):
    helper = make_user("helper")
    person = make_paper_person(helper)
    client = signed_in(helper)
    stop_clock(monkeypatch, NOW + timedelta(hours=1))
    client.post(reverse("helper-mandate-end", args=[person.public_id]))
    assert list(people.list_helped(helper, NOW + timedelta(hours=1))) == []


def test_renews_mandate():
    helper = make_user("helper")
    person = make_paper_person(helper)
    url = reverse("helper-mandate-renew", args=[person.public_id])
    signed_in(helper).post(url, {"signed_on": "2026-11-20", "valid_until": "2027-06-30"})
    later = NOW + timedelta(days=100)
    assert people.list_helped(helper, later).get().signed_on == date(2026, 11, 20)


def test_counts_same_queries_for_one_and_thirty_people():
    helper = make_user("helper")
    client = signed_in(helper)
    make_paper_person(helper)
    one = count_queries(client, reverse("helper-people"))
    for number in range(24):
        make_paper_person(helper, given_names=f"Person {number}")
    assert count_queries(client, reverse("helper-people")) == one


def test_finds_person_by_name():
    helper = make_user("helper")
    make_paper_person(helper, family_name="Deng")
    make_paper_person(helper, family_name="Akello")
    page = text_of(signed_in(helper).get(reverse("helper-people"), {"q": "akel"}))
    assert "Akello" in page
    assert "Deng" not in page
