"""The secretariat's pages: a round from the plan to the release, the system, the audit trail."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.urls import reverse

from clearinghouse.matching import queries, services
from clearinghouse.matching.models import Run
from clearinghouse.web.operations import system
from tests.factories.accounts import make_user
from tests.factories.matching import (
    CERTIFIED,
    CLOSES,
    DRAWN,
    NOW,
    RAN,
    RELEASED,
    SEALED,
    execute,
    make_world,
)
from tests.factories.quotas import make_quota
from tests.web.doors import count_queries, signed_in, stop_clock, text_of, writes_of

pytestmark = pytest.mark.django_db

SECRET = "ab" * 32
COMMITMENT = hashlib.sha256(bytes.fromhex(SECRET)).hexdigest()


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    stop_clock(monkeypatch, NOW)


def page_of(user, number):
    return text_of(signed_in(user).get(reverse("operations-round", args=[number])))


def take(user, number, step):
    return signed_in(user).post(reverse("operations-round-step", args=[number, step]))


def plan(client, **fields):
    sent = {"opens_at": "2026-11-22T09:00", "closes_at": "2026-12-22T09:00", **fields}
    return client.post(reverse("operations-round-plan"), sent)


def test_plans_round_of_chosen_postings():
    operator = make_user("operator")
    quota = make_quota(status="published")
    make_quota("FR", "published")
    response = plan(signed_in(operator), quota_ids=[quota.public_id])
    assert response.url == reverse("operations-round", args=[1])
    assert list(queries.list_postings(queries.get_round(operator, 1))) == [quota]


def test_plans_round_of_a_whole_state():
    operator = make_user("operator")
    quotas = [make_quota(status="published"), make_quota(status="published")]
    make_quota("FR", "published")
    plan(signed_in(operator), states=["DE"])
    assert list(queries.list_postings(queries.get_round(operator, 1))) == quotas


def test_gives_plan_back_filled_when_dates_are_wrong():
    quota = make_quota(status="published")
    client = signed_in(make_user("operator"))
    page = text_of(plan(client, quota_ids=[quota.public_id], closes_at="2026-11-01T09:00"))
    assert "A round must close after it opens." in page
    assert 'value="2026-11-01T09:00"' in page
    assert f'value="{quota.public_id}" id="quota-{quota.public_id}" checked' in page


def test_reads_times_in_the_zone_of_the_operator():
    operator = make_user("operator")
    operator.time_zone = "Asia/Tokyo"
    operator.save()
    quota = make_quota(status="published")
    plan(signed_in(operator), quota_ids=[quota.public_id])
    assert queries.get_round(operator, 1).opens_at.hour == 0


def test_leads_a_round_to_its_release(monkeypatch):
    world = make_world(status="open")
    number, operator = world.number, world.operator
    assert "Seal the input" not in page_of(operator, number)
    stop_clock(monkeypatch, CLOSES)
    assert "Seal the input" in page_of(operator, number)
    take(operator, number, "seal")
    stop_clock(monkeypatch, DRAWN)
    take(operator, number, "draw")
    stop_clock(monkeypatch, RAN)
    take(operator, number, "run")
    assert "data-refresh-url" in page_of(operator, number)
    execute(queries.find_live_run(world.reload()))
    stop_clock(monkeypatch, CERTIFIED)
    for _ in range(2):
        certifier = signed_in(make_user("certifier"))
        url = reverse("operations-round-certify", args=[number])
        assert "Everything agrees" in text_of(certifier.get(url))
        certifier.post(url)
        certifier.post(url)
    stop_clock(monkeypatch, RELEASED)
    take(operator, number, "release")
    assert world.reload().status == "released"
    assert "Results by posting" in page_of(operator, number)


def test_asks_before_every_step():
    world = make_world(status="planned")
    url = reverse("operations-round-step", args=[world.number, "open"])
    page = text_of(signed_in(world.operator).get(url))
    assert "What happens then" in page
    assert world.reload().status == "planned"


def test_says_so_when_step_is_not_possible():
    world = make_world(status="planned")
    url = reverse("operations-round-step", args=[world.number, "release"])
    page = text_of(signed_in(world.operator).post(url, follow=True))
    assert "This step is not possible now." in page


def test_hides_unknown_step_and_round():
    client = signed_in(make_user("operator"))
    world = make_world(status="planned")
    assert client.get(reverse("operations-round-step", args=[world.number, "x"])).status_code == 404
    assert client.get(reverse("operations-round", args=[99])).status_code == 404


def test_voids_round_with_reason():
    world = make_world(status="sealed")
    client = signed_in(world.operator)
    url = reverse("operations-round-void", args=[world.number])
    assert "This field is required." in text_of(client.post(url, {"reason": ""}))
    client.post(url, {"reason": "The wrong postings were sealed."})
    assert "The wrong postings were sealed." in page_of(world.operator, world.number)


def test_shows_run_that_has_ended_without_refresh():
    world = make_world(status="verified")
    url = reverse("operations-round-progress", args=[world.number])
    page = text_of(signed_in(world.operator).get(url))
    assert "data-refresh-url" not in page
    assert "data-reload" in page


def test_shows_how_far_the_run_is():
    world = make_world([(0,)], status="drawn")
    run = services.request_run(by=world.operator, number=world.number, now=RAN)
    Run.objects.filter(pk=run.pk).update(
        rows_read=1_500, rows_total=3_000, people_placed=700, percent=40, seconds_left=90
    )
    url = reverse("operations-round-progress", args=[world.number])
    client = signed_in(world.operator)
    page = text_of(client.get(url))
    assert page.count("data-refresh-url") == 1
    for words in ("1,500", "3,000", "700", "40%", "about 90 seconds"):
        assert words in page
    Run.objects.filter(pk=run.pk).update(seconds_left=150)
    assert "about 2 minutes" in text_of(client.get(url))
    Run.objects.filter(pk=run.pk).update(seconds_left=None)
    assert "not known yet" in text_of(client.get(url))


def test_cancels_a_run_after_asking():
    world = make_world([(0,)], status="drawn")
    number = world.number
    client = signed_in(world.operator)
    url = reverse("operations-round-cancel", args=[number])
    assert url not in page_of(world.operator, number)
    assert "There is no run that could be cancelled" in text_of(client.post(url, follow=True))
    services.request_run(by=world.operator, number=number, now=RAN)
    assert url in page_of(world.operator, number)
    assert "What happens then" in text_of(client.get(url))
    assert Run.objects.get().status == "waiting"
    client.post(url)
    assert Run.objects.get().status == "cancelled"
    page = page_of(world.operator, number)
    assert "The last run was cancelled" in page
    assert "Start the matcher" in page
    assert signed_in(make_user("certifier")).post(url).status_code == 403


def test_refuses_certification_by_the_operator():
    world = make_world(status="verified")
    url = reverse("operations-round-certify", args=[world.number])
    assert signed_in(world.operator).get(url).status_code == 403


def test_commits_and_reveals_secret_of_a_state(monkeypatch):
    world = make_world(status="open")
    approver = make_user("approver", state="DE")
    client = signed_in(approver)
    assert "Commit to a secret" in page_of(approver, world.number)
    url = reverse("operations-round-commit", args=[world.number])
    assert "64 hexadecimal digits" in text_of(client.post(url, {"commitment": "xyz"}))
    client.post(url, {"commitment": COMMITMENT})
    services.seal_round(by=world.operator, number=world.number, now=SEALED)
    stop_clock(monkeypatch, SEALED + timedelta(minutes=1))
    assert "Reveal the secret" in page_of(approver, world.number)
    client.post(reverse("operations-round-reveal", args=[world.number]), {"secret": SECRET})
    row = queries.list_secrets(world.reload()).get(party="DE")
    assert row.secret == SECRET


@pytest.mark.parametrize("role", ["certifier", "auditor"])
def test_sends_market_and_plan(role):
    world = make_world(status="verified")
    client = signed_in(make_user(role))
    for name, form in (
        ("operations-round-market", "mvch-market/1"),
        ("operations-round-plan-json", "mvch-plan/1"),
    ):
        response = client.get(reverse(name, args=[world.number]))
        assert json.loads(response.content)["format"] == form
        refill = client.get(reverse(name, args=[world.number]), {"generation": "1"})
        assert refill.status_code == 404
    assert "Download the market" in page_of(make_user(role), world.number)


def test_keeps_market_and_plan_from_operators():
    world = make_world(status="verified")
    for name in ("operations-round-market", "operations-round-plan-json"):
        url = reverse(name, args=[world.number])
        assert signed_in(world.operator).get(url).status_code == 403
    assert "Download the market" not in page_of(world.operator, world.number)


def test_keeps_market_and_numbers_from_approvers():
    world = make_world(status="verified")
    approver = make_user("approver", state="DE")
    url = reverse("operations-round-market", args=[world.number])
    assert signed_in(approver).get(url).status_code == 403
    page = page_of(approver, world.number)
    assert "In numbers" not in page
    assert "In numbers" in page_of(world.operator, world.number)


def test_hides_market_before_the_seal():
    world = make_world(status="open")
    url = reverse("operations-round-market", args=[world.number])
    assert signed_in(make_user("auditor")).get(url).status_code == 404


def test_shows_system_while_the_queue_is_away(settings):
    settings.CACHES = {"default": {"LOCATION": "unix:///nonexistent/queue.sock"}}
    page = text_of(signed_in(make_user("operator")).get(reverse("operations-system")))
    assert "The queue cannot be reached" in page
    assert "No background worker shows life" in page


def test_counts_tasks_in_the_queue():
    assert isinstance(system.queue_length(), int)


def test_lists_audit_trail_of_one_subject():
    world = make_world(status="planned")
    client = signed_in(make_user("auditor"))
    subject = str(world.round.public_id)
    page = text_of(client.get(reverse("operations-audit"), {"q": subject}))
    assert "planned a round" in page
    assert page.count('data-label="On what"') == 1


@pytest.mark.parametrize(
    ("name", "role", "outsider"),
    [
        ("operations-rounds", "certifier", "caseworker"),
        ("operations-system", "auditor", "certifier"),
        ("operations-audit", "auditor", "operator"),
        ("operations-round-plan", "operator", "auditor"),
    ],
)
def test_refuses_other_roles_and_writes_nothing(name, role, outsider):
    assert signed_in(make_user(outsider, state="DE")).get(reverse(name)).status_code == 403
    client = signed_in(make_user(role))
    assert client.get(reverse(name)).status_code == 200
    assert writes_of(client, reverse(name)) == []


def test_writes_nothing_when_a_round_is_looked_at():
    world = make_world(status="verified")
    client = signed_in(world.operator)
    assert writes_of(client, reverse("operations-round", args=[world.number])) == []


def test_counts_same_queries_for_one_and_thirty_rounds():
    operator = make_user("operator")
    client = signed_in(operator)

    def plan_one():
        quota = make_quota(status="published")
        services.plan_round(
            by=operator, quota_ids=[quota.public_id], opens_at=NOW, closes_at=CLOSES, now=NOW
        )

    plan_one()
    one = count_queries(client, reverse("operations-rounds"))
    for _ in range(14):
        plan_one()
    assert count_queries(client, reverse("operations-rounds")) == one
