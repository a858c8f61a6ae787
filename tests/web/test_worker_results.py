"""What a worker hears back: nominations, results, offers, protection."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clearinghouse.applications import queries as applications
from clearinghouse.offers import queries as offers
from clearinghouse.protection import queries as protection
from tests.factories.accounts import make_user
from tests.factories.applications import make_nomination
from tests.factories.matching import NOW, RELEASED, make_world
from tests.factories.offers import offer_of
from tests.factories.people import make_worker
from tests.factories.protection import make_determination
from tests.web.doors import signed_in, stop_clock, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    stop_clock(monkeypatch, NOW)


def test_confirms_nomination():
    user = make_user("worker", email="amina@example.org")
    make_worker(user)
    nomination = make_nomination()
    client = signed_in(user)
    url = reverse("worker-nomination-confirm", args=[nomination.public_id])
    assert "Is this you?" in text_of(client.get(url))
    client.post(url)
    assert list(applications.nominations_for(user)) == []
    assert client.post(url).status_code == 302


def test_declines_nomination_and_state_sees_no_difference():
    user = make_user("worker", email="amina@example.org")
    make_worker(user)
    officer = make_user("origin_officer", state="KE")
    nomination = make_nomination(officer)
    client = signed_in(user)
    client.post(reverse("worker-nomination-decline", args=[nomination.public_id]))
    assert applications.get_nomination(officer, nomination.public_id) == nomination
    assert "No state has put your name forward" in text_of(
        client.get(reverse("worker-nominations"))
    )


def test_hides_nomination_of_somebody_else():
    nomination = make_nomination()
    client = signed_in(make_worker().user)
    url = reverse("worker-nomination-confirm", args=[nomination.public_id])
    assert client.get(url).status_code == 404


def test_explains_every_wish_of_a_result():
    world = make_world()
    client = signed_in(world.workers[2].user)
    page = text_of(client.get(reverse("worker-offers")))
    assert "No place in this round" in page
    assert "points short" in page
    assert "of 4" in page


def test_explains_place_and_offers_it(monkeypatch):
    world = make_world()
    stop_clock(monkeypatch, RELEASED)
    client = signed_in(world.workers[0].user)
    page = text_of(client.get(reverse("worker-offers")))
    assert "You got a place" in page
    assert "You have an offer" in page
    assert "Not needed" in page


def test_accepts_offer_once(monkeypatch):
    world = make_world()
    stop_clock(monkeypatch, RELEASED + timedelta(hours=1))
    client = signed_in(world.workers[0].user)
    url = reverse("worker-offer-accept", args=[offer_of(world, 0).public_id])
    assert "Say yes to this place?" in text_of(client.get(url))
    client.post(url)
    client.post(url)
    assert offers.find_live(world.workers[0]).status == "accepted"


def test_declines_offer_and_promises_no_harm(monkeypatch):
    world = make_world()
    stop_clock(monkeypatch, RELEASED + timedelta(hours=1))
    client = signed_in(world.workers[0].user)
    url = reverse("worker-offer-decline", args=[offer_of(world, 0).public_id])
    assert "Saying no never lowers your rank later." in text_of(client.get(url))
    client.post(url)
    assert offers.find_live(world.workers[0]) is None


def test_hides_offer_of_somebody_else():
    world = make_world()
    client = signed_in(world.workers[1].user)
    url = reverse("worker-offer-accept", args=[offer_of(world, 0).public_id])
    assert client.get(url).status_code == 404


def test_asks_for_protection_check_once():
    worker = make_worker()
    client = signed_in(worker.user)
    url = reverse("worker-protection-ask")
    client.post(url, {"statement": "I had to flee."})
    client.post(url, {"statement": "I had to flee."})
    waiting = protection.find_waiting(worker)
    assert waiting.statement == "I had to flee."
    page = text_of(client.get(reverse("worker-protection")))
    assert "Your request is with the protection body" in page


def test_withdraws_protection_request():
    worker = make_worker()
    client = signed_in(worker.user)
    client.post(reverse("worker-protection-ask"), {"statement": ""})
    client.post(reverse("worker-protection-withdraw"))
    assert protection.find_waiting(worker) is None


def test_shows_own_status_and_history():
    worker = make_worker()
    make_determination(worker)
    page = text_of(signed_in(worker.user).get(reverse("worker-protection")))
    assert "You are recognised as a refugee." in page
    assert "The documents show it." in page
