"""The public draw in the portal: the chain of a round, files to check it, refusals with reasons."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clearinghouse.matching import queries, services
from clearinghouse.matching.enums import Status
from tests.factories.accounts import make_user
from tests.factories.matching import DRAWN, NOW, SEALED, lead, make_person, make_world
from tests.house.sources import ROOT
from tests.web.doors import count_queries, signed_in, stop_clock, text_of

pytestmark = pytest.mark.django_db

SECRET = "ab" * 32
COMMITMENT = hashlib.sha256(bytes.fromhex(SECRET)).hexdigest()


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    stop_clock(monkeypatch, NOW)


def chain_of(number):
    return text_of(Client().get(reverse("public-round", args=[number])))


def test_shows_the_chain_step_by_step_to_everybody():
    world = make_world(lists=[[0]], status="planned")
    assert Client().get(reverse("public-round", args=[world.number])).status_code == 404
    services.open_round(by=world.operator, number=world.number, now=NOW)
    services.commit_secret(
        by=make_user("ombudsperson"), number=world.number, commitment=COMMITMENT, now=NOW
    )
    page = chain_of(world.number)
    assert world.reload().rules_digest in page
    assert COMMITMENT in page
    lead(world, "sealed")
    page = chain_of(world.number)
    assert world.round.merkle_root in page
    assert world.round.input_digest in page
    assert "Not revealed yet" in page
    services.draw_seed(by=world.operator, number=world.number, now=SEALED + timedelta(hours=2))
    page = chain_of(world.number)
    assert world.reload().seed in page
    assert "Not revealed in time, and left out:" in page
    assert "Ombudsperson" in page
    french = Client(HTTP_ACCEPT_LANGUAGE="fr").get(reverse("public-round", args=[world.number]))
    assert "ombudsperson" not in text_of(french).lower()
    lead(world, "released")
    page = chain_of(world.number)
    assert world.round.plan_digest in page
    assert page.count("within the bound") == 7
    assert reverse("public-round", args=[world.number]) in text_of(
        Client().get(reverse("public-result", args=[world.number]))
    )


def test_chain_costs_the_same_number_of_queries_for_more_people():
    small = make_world([(0,)], status="verified")
    large = make_world([(0, 1)] * 6, status="verified")
    url = "public-round"
    assert count_queries(Client(), reverse(url, args=[small.number])) == count_queries(
        Client(), reverse(url, args=[large.number])
    )


def test_sends_rules_public_bundle_and_the_program_to_everybody():
    world = make_world(lists=[[0]], status="released")
    client = Client()
    rules = client.get(reverse("public-round-rules", args=[world.number])).content
    assert hashlib.sha256(rules).hexdigest() == world.round.rules_digest
    bundle = client.get(reverse("public-round-bundle", args=[world.number])).content
    assert hashlib.sha256(bundle).hexdigest() in chain_of(world.number)
    program = client.get(reverse("public-checker")).content
    assert program == (ROOT / "verify_round.py").read_bytes()
    assert client.get(reverse("public-round-bundle", args=[99])).status_code == 404


@pytest.mark.parametrize("role", ["certifier", "auditor"])
def test_sends_the_sealed_bundle_to_those_who_may_read_it(role):
    world = make_world(lists=[[0]], status="verified")
    url = reverse("operations-round-bundle", args=[world.number])
    response = signed_in(make_user(role)).get(url)
    content = b"".join(response.streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "market.json" in archive.namelist()
        assert world.workers[0].family_name not in archive.read("market.json").decode()


@pytest.mark.parametrize("role", ["operator", "ombudsperson", "approver", "worker"])
def test_keeps_the_sealed_bundle_from_others(role):
    world = make_world(lists=[[0]], status="verified")
    url = reverse("operations-round-bundle", args=[world.number])
    assert signed_in(make_user(role, state="DE")).get(url).status_code == 403


def test_sends_the_own_proof_from_the_seal_on_and_nobody_elses():
    world = make_world(status="open")
    mine = signed_in(world.workers[0].user)
    url = reverse("worker-proof", args=[world.number])
    assert mine.get(url).status_code == 404
    assert url not in text_of(mine.get(reverse("worker-offers")))
    lead(world, "sealed")
    assert url in text_of(mine.get(reverse("worker-offers")))
    proof = json.loads(mine.get(url).content)
    assert proof == queries.proof_for(world.workers[0], world.reload())
    assert mine.get(url)["Content-Disposition"].endswith('-proof.json"')
    assert signed_in(make_person(1).user).get(url).status_code == 404
    assert signed_in(world.operator).get(url).status_code == 403
    helper = signed_in(make_user("helper"))
    of_other = reverse("helper-proof", args=[world.workers[0].public_id, world.number])
    assert helper.get(of_other).status_code == 404


def test_ombudsperson_commits_and_reveals(monkeypatch):
    world = make_world(lists=[[0]], status="open")
    client = signed_in(make_user("ombudsperson"))
    assert "1 round waits for your secret" in text_of(client.get(reverse("my-home")))
    assert "Commit to a secret" in text_of(
        client.get(reverse("operations-round", args=[world.number]))
    )
    url = reverse("operations-round-commit", args=[world.number])
    assert "verify_round.py secret" in text_of(client.get(url))
    client.post(url, {"commitment": COMMITMENT})
    lead(world, "sealed")
    stop_clock(monkeypatch, SEALED)
    reveal = reverse("operations-round-reveal", args=[world.number])
    assert "This is not the secret" in text_of(client.post(reveal, {"secret": "cd" * 32}))
    client.post(reveal, {"secret": SECRET})
    assert queries.list_secrets(world.round).get(party="ombudsperson").secret == SECRET


def test_refuses_a_late_commitment_and_a_second_run_with_the_reason(monkeypatch):
    world = make_world(lists=[[0]], status="sealed")
    stop_clock(monkeypatch, SEALED)
    client = signed_in(make_user("ombudsperson"))
    url = reverse("operations-round-commit", args=[world.number])
    page = text_of(client.post(url, {"commitment": COMMITMENT}))
    assert "Secrets can be committed only until the round is sealed." in page
    lead(world, "released")
    again = reverse("operations-round-step", args=[world.number, "run"])
    page = text_of(signed_in(world.operator).post(again, follow=True))
    assert "certified, so it is never computed anew." in page


def test_void_after_the_draw_leads_to_the_repeat_and_two_certifiers_may_end_it(monkeypatch):
    world = make_world(lists=[[0]], status="drawn")
    stop_clock(monkeypatch, DRAWN)
    client = signed_in(world.operator)
    url = reverse("operations-round-void", args=[world.number])
    assert "repeated with the same lists" in text_of(client.get(url))
    client.post(url, {"reason": "A programme error."})
    repeat = queries.find_repeat(world.round)
    assert repeat is not None
    for page in (chain_of(world.number), chain_of(repeat.number)):
        assert "A programme error." in page or "Nobody can draw again" in page
    give_back = reverse("operations-round-discharge", args=[repeat.number])
    assert client.get(give_back).status_code == 403
    for _ in range(2):
        certifier = signed_in(make_user("certifier"))
        page = text_of(certifier.get(reverse("operations-round", args=[repeat.number])))
        assert give_back in page
        assert "Everybody can read" in text_of(certifier.get(give_back))
        certifier.post(give_back, {"reason": "Minors were sealed."})
    repeat.refresh_from_db()
    assert repeat.status == Status.VOIDED
    assert chain_of(repeat.number).count("Minors were sealed.") == 3


def test_certify_page_shows_the_self_test_and_refuses_beyond_its_bounds():
    import pgtrigger

    from clearinghouse.matching.models import SelfTest

    world = make_world(lists=[[0]], status="verified")
    client = signed_in(make_user("certifier"))
    url = reverse("operations-round-certify", args=[world.number])
    assert "within the bound" in text_of(client.get(url))
    assert "Distance from chance" in text_of(client.get(url))
    public = text_of(Client().get(reverse("public-round", args=[world.number])))
    assert "within the bound" in public
    assert "Distance from chance" not in public
    inside = reverse("operations-round", args=[world.number])
    assert "Sealed ballots" in text_of(client.get(inside))
    # Approvers come from the states: they read published numbers only.
    approver = signed_in(make_user("approver", state="KE"))
    assert "Sealed ballots" not in text_of(approver.get(inside))
    with pgtrigger.ignore():
        row = SelfTest.objects.get()
        results = [{**row.results[0], "z": "9.00", "passed": False}, *row.results[1:]]
        SelfTest.objects.update(passed=False, results=results)
    page = text_of(client.get(url))
    assert "I certify this round" not in page
    assert "out of bounds" in page
    assert "is out of bounds" in text_of(client.post(url, follow=True))
