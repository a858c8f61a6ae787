"""The origin officer's pages: list, form, file with error report, receipt, withdrawal."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clearinghouse.applications import queries
from tests.factories.accounts import make_user
from tests.factories.applications import make_nomination
from tests.factories.people import NOW
from tests.web.doors import count_queries, signed_in, stop_clock, text_of, writes_of

pytestmark = pytest.mark.django_db

HEADER = "reference,given_names,family_name,birth_date,email,occupation,posting"
GOOD = "KE-1,Amina,Odhiambo,1994-05-17,amina@example.org,7212,"
FORM = {
    "reference": "KE-9",
    "given_names": "Amina",
    "family_name": "Odhiambo",
    "birth_date": "1994-05-17",
    "email": "amina@example.org",
    "occupation": "7212",
    "posting": "",
}


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    stop_clock(monkeypatch, NOW)


@pytest.fixture
def officer():
    return make_user("origin_officer", state="KE")


def send(client, *lines, encoding="utf-8"):
    content = "\n".join([HEADER, *lines]).encode(encoding)
    file = SimpleUploadedFile("workers.csv", content, content_type="text/csv")
    return client.post(reverse("state-nominations-upload"), {"file": file})


def test_nominates_by_form(officer):
    client = signed_in(officer)
    client.post(reverse("state-nominations-nominate"), FORM)
    assert queries.list_nominations(officer).get().reference == "KE-9"


def test_gives_form_back_when_reference_was_used(officer):
    client = signed_in(officer)
    client.post(reverse("state-nominations-nominate"), FORM)
    page = text_of(client.post(reverse("state-nominations-nominate"), FORM))
    assert "Your state has used this reference already." in page
    assert 'value="amina@example.org"' in page


def test_imports_file_and_shows_receipt(officer):
    client = signed_in(officer)
    page = text_of(client.get(send(client, GOOD).url))
    assert "1 nomination was imported" in page
    assert queries.list_nominations(officer).count() == 1


def test_reports_every_error_and_imports_nothing(officer):
    client = signed_in(officer)
    response = send(client, GOOD, "KE-2,,X,1994-13-17,no-address,72,")
    page = text_of(client.get(response.url))
    for part in ("given_names", "This is missing.", "1994-13-17", "This is not an e-mail address."):
        assert part in page
    assert queries.list_nominations(officer).count() == 0


def test_pages_a_long_error_report(officer):
    client = signed_in(officer)
    response = send(client, *(f"KE-{n},A,B,1994-05-17,bad,7212," for n in range(60)))
    assert "Page 1 of 3" in text_of(client.get(response.url))
    assert "Page 3 of 3" in text_of(client.get(response.url, {"page": 3}))


def test_downloads_report_that_no_spreadsheet_runs(officer):
    client = signed_in(officer)
    send(client, "=1+1,Amina,B,1994-05-17,a@example.org,7212,")
    report = client.get(reverse("state-nominations-error-file"))
    assert report.content.decode("utf-8-sig").splitlines()[1].endswith(",'=1+1")


def test_explains_latin1(officer):
    page = text_of(send(signed_in(officer), GOOD.replace("Amina", "Amélie"), encoding="latin-1"))
    assert "The file is not in UTF-8" in page


def test_refuses_same_file_twice(officer):
    client = signed_in(officer)
    send(client, GOOD)
    assert "Your state has imported this file already." in text_of(send(client, GOOD))


def test_offers_template_with_header(officer):
    content = signed_in(officer).get(reverse("state-nominations-template")).content
    assert content.decode("utf-8-sig").strip() == HEADER


def test_withdraws_after_confirmation(officer):
    nomination = make_nomination(officer)
    client = signed_in(officer)
    url = reverse("state-nomination-withdraw", args=[nomination.public_id])
    assert nomination.reference in text_of(client.get(url))
    client.post(url)
    client.post(url)
    assert queries.get_nomination(officer, nomination.public_id).status == "withdrawn"


def test_hides_nominations_and_files_of_other_states(officer):
    nomination = make_nomination(officer)
    client = signed_in(officer)
    send(client, GOOD)
    other = signed_in(make_user("origin_officer", state="UG"))
    batch = queries.list_batches(officer).get()
    for url in (
        reverse("state-nomination-withdraw", args=[nomination.public_id]),
        reverse("state-nominations-batch", args=[batch.public_id]),
        reverse("state-nominations-errors"),
    ):
        assert other.get(url).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["state-nominations", "state-nominations-nominate", "state-nominations-upload"],
)
def test_refuses_other_roles_and_writes_nothing(name, officer):
    assert signed_in(make_user("caseworker", state="KE")).get(reverse(name)).status_code == 403
    client = signed_in(officer)
    assert client.get(reverse(name)).status_code == 200
    assert writes_of(client, reverse(name)) == []


def test_counts_same_queries_for_one_and_thirty_nominations(officer):
    client = signed_in(officer)
    make_nomination(officer)
    one = count_queries(client, reverse("state-nominations"))
    for number in range(24):
        make_nomination(officer, reference=f"N-{number}")
    assert count_queries(client, reverse("state-nominations")) == one
