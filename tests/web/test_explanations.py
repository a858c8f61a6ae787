"""Keeping a signed explanation, and checking one that is shown."""

import pytest
from django.test import Client
from django.urls import reverse

from clearinghouse.embedded.environment import new_signing_key
from clearinghouse.matching import queries
from clearinghouse.people.models import Mandate
from clearinghouse.shared import signing
from clearinghouse.shared.database import set_local
from tests.factories.accounts import make_user
from tests.factories.matching import NOW, lead, make_world
from tests.web.doors import count_queries, signed_in, stop_clock, text_of, writes_of

pytestmark = pytest.mark.django_db

CHECK = "/explanations/check/"


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    stop_clock(monkeypatch, NOW)


def _token(world, number=0, language="en"):
    return queries.signed_explanation_for(
        world.workers[number], world.round, language=language
    ).token


def test_result_page_leads_to_both_files():
    world = make_world()
    client = signed_in(world.workers[2].user)
    page = text_of(client.get(reverse("worker-offers")))
    signed = reverse("worker-result-signed", args=[world.number])
    paper = reverse("worker-result-paper", args=[world.number])
    assert signed in page and paper in page and CHECK in page
    assert text_of(client.get(signed)) == _token(world, 2)
    response = client.get(paper)
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"] == f'attachment; filename="round-{world.number}.pdf"'
    assert response["Cache-Control"] == "no-store"
    assert writes_of(client, paper) == []


def test_files_follow_the_language_of_the_page():
    world = make_world([(0,)])
    client = signed_in(world.workers[0].user)
    client.cookies["language"] = "fr"
    url = reverse("worker-result-signed", args=[world.number])
    assert text_of(client.get(url)) == _token(world, language="fr")
    assert text_of(client.get(f"{url}?language=ar")) == _token(world, language="ar")


def test_files_cost_the_same_in_a_large_round():
    costs = []
    for lists in ([(0, 1)], [(0, 1)] * 8):
        world = make_world(lists)
        url = reverse("worker-result-signed", args=[world.number])
        costs.append(count_queries(signed_in(world.workers[0].user), url))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("name", ["signed", "paper"])
def test_files_are_hidden_from_others(name):
    world = make_world([(0,)], status="certified")
    url = reverse(f"worker-result-{name}", args=[world.number])
    own = signed_in(world.workers[0].user)
    assert own.get(url).status_code == 404
    lead(world, "released")
    assert own.get(url).status_code == 200
    assert signed_in(make_user("worker")).get(url).status_code == 404
    for role in ("operator", "certifier", "auditor"):
        assert signed_in(make_user(role)).get(url).status_code == 403
    assert Client().get(url).status_code == 302
    assert own.get(reverse(f"worker-result-{name}", args=[999])).status_code == 404


@pytest.mark.parametrize("name", ["signed", "paper"])
def test_helper_keeps_files_for_people_with_a_mandate_only(name):
    world = make_world([(0,)])
    helper = make_user("helper")
    url = reverse(f"helper-result-{name}", args=[world.workers[0].public_id, world.number])
    assert signed_in(helper).get(url).status_code == 404
    set_local("app.mandate_tokens", "{}")
    Mandate.objects.create(
        worker=world.workers[0], helper=helper, signed_on=NOW.date(), validity=(NOW, None)
    )
    assert signed_in(helper).get(url).status_code == 200
    assert signed_in(make_user("helper")).get(url).status_code == 404


def test_check_page_knows_a_real_explanation():
    world = make_world([(0,)])
    page = text_of(Client().post(CHECK, {"signed_text": f" {_token(world, language='ar')}\n"}))
    assert "This explanation is real" in page
    assert 'lang="ar" dir="rtl"' in page
    assert "python3 verify_round.py" in page
    assert signing.key_id() in page


def test_check_page_refuses_what_is_not_real(settings):
    world = make_world([(0,)])
    token = _token(world)
    own = settings.SIGNING_KEY
    settings.SIGNING_KEY = new_signing_key()
    foreign = _token(world)
    settings.SIGNING_KEY = own
    for text, reason in (
        ("nonsense", "This is no signed explanation."),
        (token[:-3] + "AAA", "It was changed after it was signed"),
        (foreign, "a key that this clearing house does not know"),
    ):
        page = text_of(Client().post(CHECK, {"signed_text": text}))
        assert "This explanation is not real" in page
        assert reason in page


def test_check_page_shows_text_as_text(settings):
    """A title with markup is shown, not obeyed."""
    document = {
        "format": "mvch-explanation/1",
        "language": "en",
        "text": "<script>alert(1)</script>",
    }
    document["issuer"] = "<b>us</b>"
    token = signing.sign(document, kind="mvch-explanation+json")
    page = text_of(Client().post(CHECK, {"signed_text": token}))
    assert "<script>alert" not in page and "<b>us</b>" not in page
    assert "&lt;script&gt;alert" in page


def test_check_page_keeps_and_logs_nothing(caplog):
    world = make_world([(0,)])
    token = _token(world)
    client = Client()
    with caplog.at_level("DEBUG"):
        response = client.post(CHECK, {"signed_text": token})
    assert token[:40] not in caplog.text
    assert response["Cache-Control"] == "no-store"
    assert "sessionid" not in client.cookies


def test_check_page_reads_no_more_than_it_must():
    page = text_of(Client().post(CHECK, {"signed_text": "x" * 300_000}))
    assert "This explanation is" not in page
    assert Client().post(CHECK, {"signed_text": "x" * 1_200_000}).status_code == 400
    assert "This field is required." in text_of(Client().post(CHECK, {"signed_text": ""}))
    assert Client(enforce_csrf_checks=True).post(CHECK, {"signed_text": "x"}).status_code == 403
