"""Documents on pages: added with help, listed, removed, and downloaded where no cookie is known."""

import logging
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import RoleGrant
from clearinghouse.audit.models import Event
from clearinghouse.protection import services
from clearinghouse.protection.models import Evidence
from clearinghouse.web.apart import DocumentsApart
from clearinghouse.web.protection import documents
from tests.documents import pictures
from tests.factories.accounts import make_user
from tests.factories.people import NOW, make_paper_person, make_worker
from tests.factories.protection import make_determination, make_evidence
from tests.web.doors import count_queries, signed_in, stop_clock, text_of, writes_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    stop_clock(monkeypatch, NOW)


def send(client, content, url=None, name="secret-name.exe", **fields):
    file = SimpleUploadedFile(name, content, content_type="text/html")
    url = url or reverse("worker-document-add")
    return client.post(url, {"document": file, **fields})


def link_of(client, evidence):
    answer = client.get(reverse("protection-document", args=[evidence.public_id]))
    assert answer.status_code == 302
    return answer.url


def test_worker_adds_sees_and_removes_a_document(caplog):
    caplog.set_level(logging.DEBUG)
    worker = make_worker()
    client = signed_in(worker.user)
    assert "At most 10 MB and 30 pages." in text_of(client.get(reverse("worker-document-add")))
    answer = send(client, pictures.saved("PNG"), label="My passport")
    page = text_of(client.get(answer.url))
    assert "Document 1" in page
    assert "My passport" in page
    assert "secret-name" not in page + caplog.text
    remove = reverse("worker-document-remove", args=[Evidence.objects.get().public_id])
    assert remove in page
    assert writes_of(client, remove) == []
    client.post(remove)
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This file is empty."),
        (b"<html>", "Only PDF, JPEG and PNG files can be read."),
        (b"%PDF-1.4 broken", "This file is damaged or incomplete."),
        (b"\xff\xd8\xff" + b"a" * (11 * 1024 * 1024), "This file is larger than 10 MB."),
    ],
)
def test_says_what_is_wrong_and_loses_nothing(content, words):
    answer = send(signed_in(make_worker().user), content, label="My passport")
    page = text_of(answer)
    assert answer.status_code == 422
    assert words in page
    assert 'value="My passport"' in page


def test_asks_for_a_file_when_there_is_none():
    answer = signed_in(make_worker().user).post(reverse("worker-document-add"), {"label": "a"})
    assert "Choose a file." in text_of(answer)


def test_writes_no_upload_to_a_disk(monkeypatch):
    """However large: what is above the limit is forgotten, and nothing goes to a temporary file."""
    monkeypatch.setattr("tempfile.NamedTemporaryFile", lambda *_a, **_k: pytest.fail("a disk"))
    monkeypatch.setattr("tempfile.mkstemp", lambda *_a, **_k: pytest.fail("a disk"))
    answer = send(signed_in(make_worker().user), b"\xff\xd8\xff" + b"a" * (25 * 1024 * 1024))
    assert answer.status_code == 422


def test_helper_adds_for_a_person_and_only_for_them():
    helper = make_user("helper")
    worker = make_paper_person(helper)
    url = reverse("helper-document-add", args=[worker.public_id])
    assert send(signed_in(helper), pictures.saved("PNG"), url).status_code == 302
    stranger = signed_in(make_user("helper"))
    remove = reverse(
        "helper-document-remove", args=[worker.public_id, Evidence.objects.get().public_id]
    )
    assert [stranger.get(address).status_code for address in (url, remove)] == [404, 404]
    assert stranger.post(remove).status_code == 404
    assert Evidence.objects.count() == 1


def test_other_workers_find_nothing_to_remove():
    evidence = make_evidence(make_worker())
    remove = reverse("worker-document-remove", args=[evidence.public_id])
    assert signed_in(make_worker().user).post(remove).status_code == 404


def test_offers_no_removal_after_a_decision():
    worker = make_worker()
    evidence = make_evidence(worker)
    make_determination(worker, now=NOW)
    client = signed_in(worker.user)
    remove = reverse("worker-document-remove", args=[evidence.public_id])
    assert remove not in text_of(client.get(reverse("worker-protection")))
    page = text_of(client.post(remove, follow=True))
    assert "it stays with the case" in page


def test_protection_officer_downloads_where_no_cookie_is_known():
    worker = make_worker()
    case = services.request_check(by=worker.user, statement="", now=NOW)
    evidence = make_evidence(worker, label="My passport")
    officer = make_user("protection_officer")
    client = signed_in(officer)
    page = text_of(client.get(reverse("protection-request", args=[case.public_id])))
    assert reverse("protection-document", args=[evidence.public_id]) in page
    assert "My passport" in page
    file = Client().get(link_of(client, evidence))
    assert file.status_code == 200
    assert file.content == b"\x89PNG\r\n\x1a\n the points"
    assert not file.cookies
    headers = {
        "Content-Disposition": 'attachment; filename="document-1.png"',
        "Content-Type": "image/png",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
    }
    assert {name: file[name] for name in headers} == headers
    read = Event.objects.get(verb="evidence_read")
    assert (read.actor, read.subject) == (officer.public_id, str(evidence.public_id))


def test_link_works_once_and_for_a_minute(monkeypatch):
    evidence, client = make_evidence(make_worker()), signed_in(make_user("protection_officer"))
    link = link_of(client, evidence)
    assert [Client().get(link).status_code for _time in range(2)] == [200, 404]
    late = link_of(client, evidence)
    monkeypatch.setattr(documents, "SECONDS", -1)
    assert Client().get(late).status_code == 404


def test_link_works_twice_without_the_memory(monkeypatch):
    """The twin: nobody remembers which links were used."""
    monkeypatch.setattr(documents.cache, "add", lambda *_words: True, raising=False)
    link = link_of(signed_in(make_user("protection_officer")), make_evidence(make_worker()))
    assert [Client().get(link).status_code for _time in range(2)] == [200, 200]


def test_link_ends_with_the_role_and_with_the_account():
    evidence = make_evidence(make_worker())
    for end in (
        lambda user: RoleGrant.objects.filter(user=user).update(ended_at=NOW),
        lambda user: type(user).objects.filter(pk=user.pk).update(is_active=False),
    ):
        officer = make_user("protection_officer")
        link = link_of(signed_in(officer), evidence)
        end(officer)
        assert Client().get(link).status_code == 404
    assert not Event.objects.filter(verb="evidence_read").exists()


@pytest.mark.parametrize("token", ["a", "a:b:c", "%00", "é", "x" * 5_000])
def test_refuses_made_up_links(token):
    assert Client().get(f"/documents/{token}/").status_code in {400, 404}


@pytest.mark.parametrize(
    ("role", "status"), [("worker", 403), ("auditor", 403), ("operator", 403), ("helper", 403)]
)
def test_signs_no_link_for_others(role, status):
    url = reverse("protection-document", args=[make_evidence(make_worker()).public_id])
    assert signed_in(make_user(role)).get(url).status_code == status


def test_signs_no_link_for_what_is_not_there():
    url = reverse("protection-document", args=[uuid.uuid4()])
    assert signed_in(make_user("protection_officer")).get(url).status_code == 404


@pytest.mark.parametrize(("path", "kept"), [("/documents/a/", False), ("/worker/", True)])
def test_knows_no_cookie_below_the_prefix(path, kept):
    """The second row is the twin: elsewhere cookies come and go."""
    seen = {}

    def inner(request):
        seen.update(request.COOKIES)
        response = HttpResponse()
        response.set_cookie("session", "new")
        return response

    factory = RequestFactory()
    factory.cookies["session"] = "old"
    response = DocumentsApart(inner)(factory.get(path))
    assert bool(seen) == bool(response.cookies) == kept


def test_keeps_to_a_host_of_its_own(settings):
    settings.DOCUMENTS_HOST = "documents.example"
    settings.ALLOWED_HOSTS = ["testserver", "documents.example"]
    evidence, client = make_evidence(make_worker()), signed_in(make_user("protection_officer"))
    link = link_of(client, evidence)
    assert link.startswith("http://documents.example/documents/")
    path = link.removeprefix("http://documents.example")
    assert Client().get(path).status_code == 404
    assert Client(headers={"host": "documents.example"}).get("/").status_code == 404
    assert Client(headers={"host": "documents.example"}).get(path).status_code == 200


def test_asks_the_database_as_often_for_many_as_for_one():
    worker = make_worker()
    client = signed_in(worker.user)
    officer = signed_in(make_user("protection_officer"))
    make_evidence(worker)
    urls = [
        (client, reverse("worker-protection")),
        (officer, reverse("protection-person", args=[worker.public_id])),
    ]
    few = [count_queries(who, url) for who, url in urls]
    for _number in range(15):
        make_evidence(worker)
    assert [count_queries(who, url) for who, url in urls] == few
