"""The pages of files of people: counted before, asked for, decided by a colleague, fetched."""

import uuid

import pytest
from django.urls import reverse

from clearinghouse.background import tasks
from clearinghouse.exports.models import Export
from tests.factories.accounts import make_user
from tests.factories.exports import ask, make_list, make_office
from tests.factories.people import NOW
from tests.web.doors import count_queries, signed_in, stop_clock, text_of, writes_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    stop_clock(monkeypatch, NOW)


def page_of(export, name="state-export", *more):
    return reverse(name, args=[export.public_id, *more])


def test_asks_for_the_people_of_the_list_and_fetches_them():
    officer, _other = make_office()
    make_list(officer, 3, group="north")
    make_list(officer, 2, group="south", first=3)
    client = signed_in(officer)
    assert reverse("state-export-new") in text_of(client.get(reverse("state-nominations")))
    url = reverse("state-export-new") + "?q=north"
    assert "A file of 3 people" in text_of(client.get(url))
    assert writes_of(client, url) == []
    answer = client.post(url, {"reason": "For the embassy", "shown": "3"})
    export = Export.objects.get()
    assert answer.url == page_of(export)
    tasks.make_export(export_id=str(export.public_id), unknown=1)
    assert page_of(export, "state-export-file") in text_of(client.get(answer.url))
    file = client.get(page_of(export, "state-export-file"))
    assert file["Content-Disposition"].startswith("attachment; filename=")
    assert file["Cache-Control"] == "no-store"
    assert file.content.decode().count("@example.org") == 3


def test_gives_the_form_back_filled():
    officer, _other = make_office()
    make_list(officer, 3)
    client = signed_in(officer)
    answer = client.post(reverse("state-export-new"), {"reason": "For the embassy", "shown": "9"})
    assert answer.status_code == 422
    page = text_of(answer)
    assert "The list has changed." in page
    assert 'value="For the embassy"' in page
    assert 'name="shown" value="3"' in page
    assert client.post(reverse("state-export-new"), {"shown": "9" * 500}).status_code == 422


def test_says_that_there_is_nothing():
    client = signed_in(make_office()[0])
    assert "There is nothing to put" in text_of(client.get(reverse("state-export-new")))
    assert "No file yet" in text_of(client.get(reverse("state-exports")))


@pytest.mark.parametrize(("step", "status"), [("approve", "queued"), ("refuse", "refused")])
def test_lets_a_colleague_decide(step, status):
    officer, other = make_office()
    make_list(officer, 201)
    client, colleague = signed_in(officer), signed_in(other)
    assert "A colleague of your office has to approve" in text_of(
        client.get(reverse("state-export-new"))
    )
    export = ask(officer)
    assert "1 file of a colleague waits" in text_of(colleague.get(reverse("my-home")))
    assert page_of(export, "state-export-move", step) not in text_of(client.get(page_of(export)))
    assert page_of(export, "state-export-move", step) in text_of(colleague.get(page_of(export)))
    url = page_of(export, "state-export-move", step)
    page = text_of(colleague.get(url))
    assert "asks for 201 people: For the embassy" in page
    client.post(url)
    export.refresh_from_db()
    assert export.status == "waiting"
    colleague.post(url)
    export.refresh_from_db()
    assert export.status == status


def test_deletes_a_file():
    officer, _other = make_office()
    make_list(officer, 1)
    client, export = signed_in(officer), ask(officer)
    client.post(page_of(export, "state-export-move", "cancel"))
    assert "You can ask again." in text_of(client.get(page_of(export)))
    assert client.get(page_of(export, "state-export-file")).status_code == 400


def test_hides_files_of_other_offices():
    officer, _other = make_office()
    make_list(officer, 1)
    export = ask(officer)
    stranger = signed_in(make_user("origin_officer", state="ET"))
    for url in (
        page_of(export),
        page_of(export, "state-export-file"),
        page_of(export, "state-export-move", "approve"),
        page_of(export, "state-export-move", "nonsense"),
        reverse("state-export", args=[uuid.uuid4()]),
    ):
        assert stranger.get(url).status_code == 404
    assert str(export.public_id) not in text_of(stranger.get(reverse("state-exports")))


def test_asks_the_database_as_often_for_many_as_for_few():
    officer, _other = make_office()
    make_list(officer, 2)
    client = signed_in(officer)
    ask(officer)
    few = count_queries(client, reverse("state-exports"))
    for _number in range(4):
        ask(officer)
    assert count_queries(client, reverse("state-exports")) == few
