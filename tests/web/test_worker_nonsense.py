"""Requests that no page of the worker sends: nothing is lost, shown or broken."""

import uuid

import pytest
from django.urls import reverse

from clearinghouse.applications import queries as applications
from clearinghouse.people import queries as people
from tests.factories.accounts import make_user
from tests.factories.applications import make_application
from tests.factories.matching import NOW
from tests.factories.people import make_worker
from tests.factories.quotas import make_quota
from tests.web.doors import signed_in, stop_clock, text_of

pytestmark = pytest.mark.django_db

NINES = "9" * 5000
INCOMPLETE = "The page was not complete. Please try again."


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    stop_clock(monkeypatch, NOW)


def send(worker, **fields):
    live = applications.find_live(worker)
    sent = {"application": live.public_id, "version": live.version, **fields}
    return signed_in(worker.user).post(reverse("worker-application-order"), sent, follow=True)


def order_of(worker):
    wishes = applications.find_live(worker).wishes.order_by("rank")
    return [wish.quota.public_id for wish in wishes]


@pytest.mark.parametrize(
    ("fields", "keeps_order"),
    [
        ({"order": ["not-a-uuid"]}, False),
        ({}, False),
        ({"put_back": str(uuid.uuid4()), "place": "0"}, False),
        ({"put_back": "x"}, True),
        ({"put_back": "x", "place": NINES}, True),
        ({"remove": "x"}, True),
        ({"remove": str(uuid.uuid4())}, True),
        ({"up": "x"}, True),
    ],
)
def test_refuses_incomplete_order_and_keeps_the_list(fields, keeps_order):
    quotas = [make_quota(), make_quota("FR")]
    worker = make_application(quotas=quotas).worker
    before = order_of(worker)
    if keeps_order:
        fields = {"order": before, **fields}
    page = text_of(send(worker, **fields))
    assert INCOMPLETE in page
    assert "Your list is saved." not in page
    assert order_of(worker) == before


def test_puts_the_only_wish_back_once_for_a_double_click():
    quota = make_quota()
    worker = make_application(quotas=[quota]).worker
    send(worker, order=[quota.public_id], remove=quota.public_id)
    assert order_of(worker) == []
    emptied = applications.find_live(worker).version
    for _ in range(2):
        page = text_of(send(worker, put_back=quota.public_id, place="0", version=emptied))
        assert INCOMPLETE not in page
    assert order_of(worker) == [quota.public_id]


def test_puts_back_at_the_end_when_the_place_is_nonsense():
    first, second = make_quota(), make_quota("FR")
    worker = make_application(quotas=[first]).worker
    send(worker, order=[first.public_id], put_back=second.public_id, place=NINES)
    assert order_of(worker) == [first.public_id, second.public_id]


@pytest.mark.parametrize(("status", "shown"), [("draft", False), ("open", True)])
def test_names_only_public_postings_as_taken_off(status, shown):
    quota = make_quota(status=status, title="Secret harvest")
    client = signed_in(make_worker().user)
    sent = {"removed": quota.public_id, "place": NINES}
    page = text_of(client.get(reverse("worker-application"), sent))
    assert ("Secret harvest" in page) is shown


def test_takes_a_senseless_version_for_an_older_copy():
    user = make_worker().user
    sent = {"qualification": "5", "version": NINES}
    page = text_of(signed_in(user).post(reverse("worker-profile-step", args=["school"]), sent))
    assert "Somebody has changed this profile" in page
    assert people.find_worker(user).qualification == "3"


def test_shows_at_most_thirty_languages():
    client = signed_in(make_worker(languages=()).user)
    sent = {"form-TOTAL_FORMS": 99_999_999, "form-INITIAL_FORMS": 0, "version": 1}
    page = text_of(client.post(reverse("worker-profile-step", args=["languages"]), sent))
    assert "form-29-language" in page
    assert "form-30-language" not in page


def test_opens_nothing_of_a_list_for_somebody_else():
    quota = make_quota()
    worker = make_application(quotas=[quota]).worker
    sent = {"application": applications.find_live(worker).public_id, "version": 1}
    other = signed_in(make_user("worker"))
    assert other.post(reverse("worker-application-order"), sent).status_code in {302, 404}
    assert order_of(worker) == [quota.public_id]
