"""The caseworker's pages: pseudonymous files, decisions with reasons, the queue."""

import pytest
from django.urls import reverse

from clearinghouse.applications import queries
from tests.factories.accounts import make_user
from tests.factories.applications import make_application
from tests.factories.people import NOW, make_worker
from tests.factories.quotas import make_quota
from tests.web.doors import count_queries, signed_in, stop_clock, text_of, writes_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    stop_clock(monkeypatch, NOW)


@pytest.fixture
def officer():
    return make_user("caseworker", state="DE")


def sent(*quotas, **person):
    return make_application(make_worker(**person), list(quotas) or [make_quota()], "submitted")


def decide(client, application, quota, **fields):
    url = reverse("state-check-decide", args=[application.public_id, quota.public_id])
    prefix = quota.public_id.hex
    named = {f"{prefix}-{name}": value for name, value in fields.items() if name != "accept"}
    return client.post(url, named | ({"accept": "1"} if "accept" in fields else {}))


def test_shows_facts_without_name_or_nationality(officer):
    application = sent(make_quota(), make_quota("FR", title="Secret wish"))
    client = signed_in(officer)
    for url in (
        reverse("state-checks"),
        reverse("state-check", args=[application.public_id]),
    ):
        page = text_of(client.get(url))
        assert application.reference in page
        for hidden in ("Amina", "Odhiambo", "Kenya", "Secret wish", "1994"):
            assert hidden not in page


def test_hides_files_of_other_states():
    application = sent()
    client = signed_in(make_user("caseworker", state="FR"))
    url = reverse("state-check", args=[application.public_id])
    assert client.get(url).status_code == 404
    assert application.reference not in text_of(client.get(reverse("state-checks")))


def test_accepts_and_opens_the_next_file(officer):
    quota = make_quota()
    first, second = sent(quota), sent(quota)
    client = signed_in(officer)
    response = decide(client, first, quota, accept=True)
    assert response.url == reverse("state-check-next")
    assert client.get(response.url).url == reverse("state-check", args=[second.public_id])
    first.refresh_from_db()
    assert first.status == "in_pool"


def test_refuses_with_reasons_and_note(officer):
    quota = make_quota()
    application = sent(quota)
    client = signed_in(officer)
    decide(client, application, quota, reasons=["evidence"], note="Send the certificate.")
    wish = queries.get_for_check(officer, application.public_id).wishes[0]
    assert (wish.check_status, wish.note) == ("not_eligible", "Send the certificate.")


def test_gives_form_back_when_reason_is_missing(officer):
    quota = make_quota()
    application = sent(quota)
    page = text_of(decide(signed_in(officer), application, quota, note="A long note"))
    assert "Give at least one reason" in page
    assert "A long note" in page


def test_ends_queue_with_a_message(officer):
    page = text_of(signed_in(officer).get(reverse("state-check-next"), follow=True))
    assert "No application waits for a check." in page


def test_goes_past_the_file_that_is_open(officer):
    quota = make_quota()
    first, second = sent(quota), sent(quota)
    url = f"{reverse('state-check-next')}?after={first.public_id}"
    response = signed_in(officer).get(url)
    assert response.url == reverse("state-check", args=[second.public_id])


def test_accepts_all_that_were_shown(officer):
    quota = make_quota()
    files = [sent(quota), sent(quota)]
    client = signed_in(officer)
    assert "Accept 2 applications?" in text_of(client.get(reverse("state-check-all")))
    late = sent(quota)
    sent_ids = [file.public_id for file in files]
    page = text_of(client.post(reverse("state-check-all"), {"files": sent_ids}, follow=True))
    assert "2 wishes were accepted." in page
    assert queries.get_for_check(officer, late.public_id).waiting == 1
    again = text_of(client.post(reverse("state-check-all"), {"files": sent_ids}, follow=True))
    assert "0 wishes were accepted." in again


def test_filters_by_posting_and_searches_by_reference(officer):
    first, second = make_quota(), make_quota()
    wanted, other = sent(first), sent(second)
    client = signed_in(officer)
    page = text_of(client.get(reverse("state-checks"), {"quota": first.public_id}))
    assert wanted.reference in page
    assert other.reference not in page
    page = text_of(client.get(reverse("state-checks"), {"q": other.reference}))
    assert other.reference in page
    assert wanted.reference not in page


@pytest.mark.parametrize("name", ["state-checks", "state-check-all"])
def test_refuses_other_roles_and_writes_nothing(name, officer):
    assert signed_in(make_user("approver", state="DE")).get(reverse(name)).status_code == 403
    client = signed_in(officer)
    assert client.get(reverse(name)).status_code == 200
    assert writes_of(client, reverse(name)) == []


def test_refuses_decision_by_get(officer):
    quota = make_quota()
    application = sent(quota)
    url = reverse("state-check-decide", args=[application.public_id, quota.public_id])
    assert signed_in(officer).get(url).status_code == 405


def test_counts_same_queries_for_one_and_thirty_files(officer):
    quota = make_quota()
    client = signed_in(officer)
    sent(quota)
    one = count_queries(client, reverse("state-checks"))
    for _ in range(24):
        sent(quota)
    assert count_queries(client, reverse("state-checks")) == one
