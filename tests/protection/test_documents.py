"""Documents of a claim: written anew, sealed, few, removable until decided, read by few."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from clearinghouse.audit.models import Event
from clearinghouse.protection import queries, services
from clearinghouse.protection.models import Evidence, PersonKey
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import Forbidden, Invalid, NotFound, NotNow
from tests.documents import pictures
from tests.documents.judge import harm_in
from tests.documents.pdfs import CANARY
from tests.factories.accounts import make_user
from tests.factories.ledger import switched_off
from tests.factories.people import NOW, make_paper_person, make_worker
from tests.factories.protection import make_determination, make_evidence

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def add(worker, content=None, **over):
    content = pictures.jpegs()["exif-gps"] if content is None else content
    return services.add_evidence(by=worker.user, content=content, now=NOW, **over)


def settle():
    """Run deferred checks now: a table with open ones cannot be altered."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_keeps_what_was_written_anew_and_hands_it_to_the_protection_body():
    worker = make_worker()
    evidence = add(worker, label=" My passport ")
    document = services.read_evidence(
        by=make_user("protection_officer"), evidence_id=evidence.public_id, now=NOW
    )
    assert (document.name, document.media_type) == ("document-1.jpg", "image/jpeg")
    assert document.content.startswith(b"\xff\xd8\xff")
    assert harm_in(document.content) == []
    (row,) = queries.own_evidence(worker)
    assert (row.kind, row.pages, row.label, row.place) == ("jpeg", 1, "My passport", 1)


def test_holds_nothing_readable_in_its_row():
    evidence = make_evidence(make_worker(), label=CANARY.decode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT evidence::text FROM protection_evidence AS evidence")
        text = cursor.fetchone()[0]
    for secret in (CANARY, b"the points", b"png"):
        assert secret.hex() not in text
        assert secret.decode() not in text
    assert bytes(evidence.content) != b""


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty"), (b"<html>", "unknown"), (b"%PDF-1.7", "damaged")]
)
def test_refuses_with_a_reason_and_keeps_nothing(content, code):
    with pytest.raises(Invalid) as refusal:
        add(make_worker(), content)
    assert refusal.value.code == code
    assert refusal.value.fields["document"]
    assert not Evidence.objects.exists()


def test_keeps_at_most_twenty():
    worker = make_worker()
    rows = [make_evidence(worker) for _number in range(20)]
    with pytest.raises(Invalid) as refusal:
        add(worker)
    assert refusal.value.code == "too_many"
    services.remove_evidence(by=worker.user, evidence_id=rows[6].public_id, now=NOW)
    assert make_evidence(worker).place == 7


def test_refuses_a_long_label():
    with pytest.raises(Invalid):
        add(make_worker(), label="a" * 101)


def test_helper_with_a_mandate_adds_and_removes():
    helper = make_user("helper")
    worker = make_paper_person(helper)
    evidence = services.add_evidence(
        by=helper, content=pictures.saved("PNG"), worker_id=worker.public_id, now=NOW
    )
    other = make_user("helper")
    for act in (
        lambda: services.add_evidence(by=other, content=b"a", worker_id=worker.public_id, now=NOW),
        lambda: services.remove_evidence(
            by=other, evidence_id=evidence.public_id, worker_id=worker.public_id, now=NOW
        ),
    ):
        with pytest.raises((NotFound, Invalid)):
            act()
    assert Evidence.objects.count() == 1
    services.remove_evidence(
        by=helper, evidence_id=evidence.public_id, worker_id=worker.public_id, now=NOW
    )
    assert not Evidence.objects.exists()


def test_nobody_removes_what_belongs_to_others():
    evidence, stranger = make_evidence(make_worker()), make_worker()
    with pytest.raises(NotFound):
        services.remove_evidence(by=stranger.user, evidence_id=evidence.public_id, now=NOW)


def test_stays_once_a_decision_was_made():
    worker = make_worker()
    evidence = make_evidence(worker)
    make_determination(worker, now=LATER)
    with pytest.raises(NotNow) as refusal:
        services.remove_evidence(by=worker.user, evidence_id=evidence.public_id, now=LATER)
    assert refusal.value.code == "decided"
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        evidence.delete()
    assert violated_constraint(error.value) == "protection_evidence_kept"
    later = make_evidence(worker, now=LATER + timedelta(hours=1))
    services.remove_evidence(by=worker.user, evidence_id=later.public_id, now=LATER)


def test_goes_when_the_trigger_is_off():
    """The twin of `protection_evidence_kept`."""
    worker = make_worker()
    make_evidence(worker)
    make_determination(worker, now=LATER)
    settle()
    with switched_off("protection_evidence", "protection_evidence_kept"):
        Evidence.objects.all().delete()
    assert not Evidence.objects.exists()


def test_is_never_changed():
    """`protection_evidence_no_edit`, and its twin."""
    make_evidence(make_worker())
    with pytest.raises(ProgrammingError), transaction.atomic():
        Evidence.objects.update(place=2)
    settle()
    with switched_off("protection_evidence", "protection_evidence_no_edit"):
        assert Evidence.objects.update(place=2) == 1


@pytest.mark.parametrize(
    ("over", "name"),
    [
        ({"place": 1}, "protection_evidence_once"),
        ({"place": 21}, "protection_evidence_place"),
        ({"place": 0}, "protection_evidence_place"),
        ({"place": 2, "content": b"open"}, "protection_evidence_encrypted"),
        ({"place": 2, "sealed": b"open"}, "protection_evidence_sealed"),
    ],
)
def test_refuses_what_can_never_exist(over, name):
    row = make_evidence(make_worker())
    fields = {"sealed": row.sealed, "content": row.content, **over}
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Evidence.objects.create(worker=row.worker, added_at=NOW, **fields)
    assert violated_constraint(error.value) == name


@pytest.mark.parametrize("role", ["worker", "helper", "caseworker", "operator", "auditor"])
def test_nobody_else_reads(role):
    evidence = make_evidence(make_worker())
    stranger = make_user(role, state="DE" if role == "caseworker" else None)
    with pytest.raises(Forbidden):
        services.read_evidence(by=stranger, evidence_id=evidence.public_id, now=NOW)
    with pytest.raises(Forbidden):
        queries.evidence_of(stranger, evidence.worker.public_id)


def test_is_gone_with_the_key_of_the_person():
    worker, officer = make_worker(), make_user("protection_officer")
    evidence = make_evidence(worker)
    PersonKey.objects.all().delete()
    with pytest.raises(NotFound):
        services.read_evidence(by=officer, evidence_id=evidence.public_id, now=NOW)
    assert queries.evidence_of(officer, worker.public_id)[0].erased


def test_records_each_act_without_a_word_about_it():
    worker, officer = make_worker(), make_user("protection_officer")
    evidence = make_evidence(worker, label=CANARY.decode())
    for _time in range(2):
        services.read_evidence(by=officer, evidence_id=evidence.public_id, now=NOW)
    services.remove_evidence(by=worker.user, evidence_id=evidence.public_id, now=NOW)
    events = Event.objects.filter(subject=str(evidence.public_id)).order_by("pk")
    assert [(event.verb, event.facts) for event in events] == [
        ("evidence_added", {}),
        ("evidence_read", {}),
        ("evidence_read", {}),
        ("evidence_removed", {}),
    ]
