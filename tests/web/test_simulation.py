"""Pages of simulations: asking, progress, results, forecasts, both orders for everybody."""

import csv
import io
import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from clearinghouse.simulation.models import Simulation
from tests.factories.accounts import make_user
from tests.factories.quotas import make_quota
from tests.factories.simulation import ASKED, ask, count_round, do, make_pool
from tests.web.doors import count_queries, signed_in, stop_clock, text_of, writes_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_clock(monkeypatch, ASKED)


def page(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", text_of(response))


def test_asks_follows_and_reads_a_simulation() -> None:
    world = make_pool()
    client = signed_in(make_user("certifier"))
    assert "All postings of Germany" in page(client, "simulation-new")
    sent = {"on": "all", "share": "50", "order": "reserve_first", "factor": "150"}
    response = client.post(reverse("simulation-new"), {**sent, "cap_state": "DE", "cap": "5"})
    simulation = Simulation.objects.get()
    assert response.url == reverse("simulation", args=[simulation.public_id])
    assert simulation.parameters == {
        "changes": [
            {
                "on": "all",
                "share": "50.00",
                "order": "reserve_first",
                "factor": "1.50",
                "places": None,
            }
        ],
        "caps": {"DE": 5},
    }
    waiting = page(client, "simulation", simulation.public_id)
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in waiting
    assert "At most 5 people over all postings of DE" in waiting
    assert "data-refresh-url" in page(client, "simulation-progress", simulation.public_id)
    do(simulation)
    assert "data-reload" in page(client, "simulation-progress", simulation.public_id)
    done = page(client, "simulation", simulation.public_id)
    assert "http-equiv" not in done
    assert done.count("<svg") == 4
    assert "Other people placed" in done
    assert simulation.market_digest in done
    assert "At most <bdi>" in done
    french = text_of(
        client.get(reverse("simulation", args=[simulation.public_id]), {"state": "FR"})
    )
    assert "Places of FR" in french
    nowhere = client.get(reverse("simulation", args=[simulation.public_id]), {"state": "XX"})
    assert nowhere.status_code == 404
    assert str(simulation.public_id) in page(client, "simulations")
    assert world.number


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"on": "all", "share": "101"}, "less than or equal to 100"),
    ({"on": "all", "places": "5"}, "for one posting only"),
    ({"on": "all", "cap": "5"}, "Say which state is limited."),
    ({"on": "all", "cap_state": "DE", "cap": "0"}, "below the 1 places"),
    ({"on": "DE-0000-001"}, "Select a valid choice"),
    ({"on": "all", "share": "Ω"}, "Enter a number."),
]


def test_gives_a_refused_form_back_filled() -> None:
    make_pool()
    client = signed_in(make_user("auditor"))
    for sent, words in REFUSED:
        response = client.post(reverse("simulation-new"), sent)
        assert response.status_code == 422
        text = text_of(response)
        assert words in text
        for name, value in sent.items():
            if name in {"share", "places", "cap"}:
                assert re.search(rf'name="{name}"[^>]*value="{value}"', text)
    assert not Simulation.objects.exists()


def test_a_state_sees_its_own_postings_and_ranges() -> None:
    world = make_pool(13, places=(11, 2), protected=tuple(range(11)))
    client = signed_in(make_user("approver", state="DE"))
    form = page(client, "simulation-new")
    assert world.quotas[0].reference in form
    assert world.quotas[1].reference not in form
    client.post(reverse("simulation-new"), {"on": "state:DE", "share": "40"})
    simulation = do(Simulation.objects.get())
    text = page(client, "simulation", simulation.public_id)
    assert "Places of DE" in text
    assert "gets the same answer" in text
    assert "Other people placed" not in text
    url = reverse("simulation-csv", args=[simulation.public_id])
    rows = list(csv.reader(io.StringIO(text_of(client.get(url)))))
    assert rows[0][1:4:2] == ["As it stands now", "As it was released"]
    assert rows[0][2] == "Status of the number: As it stands now"
    table = {row[0]: row[1:] for row in rows[1:]}
    assert table["Places"] == ["11", "exact"] * 5
    assert set(table["Protected people placed"]) == {"", "withheld"}
    other = signed_in(make_user("approver", state="FR"))
    assert other.get(url).status_code == 404


def test_cancels_by_a_button() -> None:
    world = make_pool()
    person = make_user("certifier")
    simulation = ask(person, world)
    client = signed_in(person)
    url = reverse("simulation-cancel", args=[simulation.public_id])
    assert f'action="{url}"' in page(client, "simulation", simulation.public_id)
    assert client.get(url).status_code == 405
    answer = client.post(url, follow=True)
    assert "The simulation is cancelled." in text_of(answer)
    again = client.post(url, follow=True)
    assert "This step is not possible now." in text_of(again)
    csv_url = reverse("simulation-csv", args=[simulation.public_id])
    assert client.get(csv_url).status_code == 404


def test_lists_with_a_constant_number_of_queries_and_writes_nothing() -> None:
    world = make_pool()
    client = signed_in(make_user("auditor"))
    do(ask(make_user("operator"), world))
    one = count_queries(client, reverse("simulations"))
    for _ in range(2):
        ask(make_user("operator"), world, {"changes": [{"on": "all", "share": "9"}]})
    assert count_queries(client, reverse("simulations")) == one
    first = Simulation.objects.order_by("pk").first()
    assert first is not None
    assert writes_of(client, reverse("simulation", args=[first.public_id])) == []
    for _ in range(26):
        # Rows alone: nobody works on them.
        Simulation.objects.create(
            round=world.round, requested_by=first.requested_by, requested_at=ASKED, parameters={}
        )
    assert "?page=2" in page(client, "simulations")


def test_hides_what_is_not_ones_own() -> None:
    make_pool()
    assert signed_in(make_user("worker")).get(reverse("simulations")).status_code == 403
    client = signed_in(make_user("operator"))
    assert client.get(reverse("simulation", args=[uuid.uuid4()])).status_code == 404
    assert Client().get(reverse("simulations")).status_code == 302


def test_says_so_without_a_released_round() -> None:
    text = page(signed_in(make_user("operator")), "simulation-new")
    assert "No released round yet" in text
    assert "No simulation yet" in page(signed_in(make_user("operator")), "simulations")


def test_an_approver_simulates_before_approving_and_sees_the_outcome() -> None:
    world = make_pool()
    client = signed_in(make_user("approver", state="DE"))
    quota = make_quota("DE", "submitted", 3, 20)
    quota_page = page(client, "state-quota", quota.public_id)
    attach = reverse("simulation-quota", args=[quota.public_id])
    assert attach in quota_page
    assert "Not simulated yet." in page(client, "state-quota-move", quota.public_id, "approve")
    form = page(client, "simulation-quota", quota.public_id)
    assert "Same occupation and same kind" in form
    assert world.quotas[1].reference not in form
    refused = client.post(attach, {"mapped_to": world.quotas[1].reference})
    assert refused.status_code == 422
    client.post(attach, {"mapped_to": world.quotas[0].reference})
    simulation = do(Simulation.objects.get())
    assert "stands for the quota" in page(client, "simulation", simulation.public_id)
    for name, *args in (
        ("state-quota", quota.public_id),
        ("state-quota-move", quota.public_id, "approve"),
    ):
        assert "Forecast on round 1" in page(client, name, *args)
    other = signed_in(make_user("approver", state="FR"))
    assert other.get(attach).status_code == 404
    caseworker = signed_in(make_user("caseworker", state="DE"))
    assert attach not in page(caseworker, "state-quota", quota.public_id)


def test_everybody_reads_what_the_other_order_would_have_done(client: Client) -> None:
    world = make_pool()
    before = page(client, "public-result", world.number)
    assert "Not yet computed." in before
    count_round()
    after = page(client, "public-result", world.number)
    assert "Open places first everywhere" in after
    assert "Reserved places first everywhere" in after
    few = '<span class="muted">fewer than 10</span>'
    assert f"At most {few} people could be placed" in after
    assert "The largest matching is not the rule." in after
