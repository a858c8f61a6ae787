"""Who sees the record of a person leaves a row that the person can read."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from accounts.enums import Role
from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit import queries, reads
from clearinghouse.audit.enums import Purpose
from clearinghouse.audit.models import Reading
from clearinghouse.protection import keys
from clearinghouse.protection import services as protection
from clearinghouse.protection.enums import Ground
from clearinghouse.protection.models import Referral, Shield
from tests.factories.accounts import make_user
from tests.factories.applications import make_application
from tests.factories.people import NOW, make_paper_person, make_worker
from tests.factories.quotas import make_quota
from tests.web.doors import count_queries, signed_in, stop_clock, text_of

pytestmark = pytest.mark.django_db
READERS = {Role.HELPER, Role.PROTECTION_OFFICER, Role.CASEWORKER}
# Pages of readers that show nobody's record.
NOBODYS = {
    "protection-shield": "takes a decision and sends the reader on",
    "protection-document": "sends the reader on to a download, which records the read",
    "helper-person-add": "an empty form",
    "state-check-next": "sends the reader on to a file, which records the read",
    "state-check-decide": "takes a decision and sends the reader on",
    "state-quotas": "the state's own postings",
    "state-quota": "the state's own posting",
    "state-quota-places": "numbers of places",
}


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    stop_clock(monkeypatch, NOW)


@pytest.fixture
def world():
    """Give a helper with a person, a request, a minor's referral, a file, and their readers."""
    helper, officer = make_user("helper"), make_user("protection_officer")
    caseworker = make_user("caseworker", state="DE")
    helped = make_paper_person(helper)
    asking = make_worker()
    request = protection.request_check(by=asking.user, statement="", now=NOW)
    minor = make_worker()
    referral = Referral(worker=minor, opened_at=NOW)
    keys.seal_row(referral, note="")
    referral.save()
    hidden = make_worker()
    protection.raise_shield(hidden, {"SY": Ground.ADDED}, by=SYSTEM, now=NOW)
    shield = Shield.objects.filter(worker=hidden).latest("pk")
    protection.ask_to_lift(by=hidden.user, shield_id=shield.public_id, now=NOW)
    protection.set_aside([(hidden.pk, "a nomination", "SY")], by=SYSTEM, now=NOW)
    file = make_application(make_worker(), [make_quota()], "submitted")
    return {
        "helper-people": (helper, [], helped.pk),
        "helper-person": (helper, [helped.public_id], helped.pk),
        "helper-profile": (helper, [helped.public_id], helped.pk),
        "helper-application": (helper, [helped.public_id], helped.pk),
        "helper-protection": (helper, [helped.public_id], helped.pk),
        "protection-requests": (officer, [], asking.pk),
        "protection-request": (officer, [request.public_id], asking.pk),
        "protection-person": (officer, [asking.public_id], asking.pk),
        "protection-shields": (officer, [], hidden.pk),
        "protection-set-aside": (officer, [], hidden.pk),
        "protection-referrals": (officer, [], minor.pk),
        "protection-referral": (officer, [referral.public_id], minor.pk),
        "state-checks": (caseworker, [], file.worker_id),
        "state-check": (caseworker, [file.public_id], file.worker_id),
        "state-check-all": (caseworker, [], file.worker_id),
    }


def unseen(world):
    """Open every page once; return those that leave no row of their reader."""
    missed = []
    for name, (user, arguments, worker) in world.items():
        before = Reading.objects.filter(worker=worker, reader=user.public_id).count()
        assert signed_in(user).get(reverse(name, args=arguments)).status_code == 200, name
        after = Reading.objects.filter(worker=worker, reader=user.public_id).count()
        if after != before + 1:
            missed.append(name)
    return missed


def test_records_each_look_at_a_record_by_somebody_else(world):
    assert unseen(world) == []
    rows = Reading.objects.filter(purpose=Purpose.CHECK)
    assert {(row.named, row.state, row.office) for row in rows} == {(False, "DE", "caseworker")}


def test_the_twin_without_recording_sees_the_gap(world, settings):
    settings.RECORD_READS = False
    assert set(unseen(world)) == set(world)


def test_names_every_page_of_those_who_read_records(world):
    names = {
        pattern.name
        for pattern in _patterns(get_resolver().url_patterns)
        if getattr(pattern.callback, "required_roles", frozenset()) & READERS
    }
    # Every helper's page of one person goes through `web.worker.case.case_of`, which records.
    helpers = {name for name in names if name.startswith("helper-") and name != "helper-person-add"}
    unknown = names - helpers - set(world) - set(NOBODYS)
    assert {name for name in unknown if not _shows_no_worker(name)} == set(), (
        "record the read (audit.reads.record) and add the page to `world`, or say in NOBODYS"
        " why nobody's record is on it"
    )


def test_records_on_every_page_of_a_helped_person(world):
    helper, (public_id,), worker = world["helper-person"]
    client, opened = signed_in(helper), 0
    for pattern in _patterns(get_resolver().url_patterns):
        if not (pattern.name or "").startswith("helper-"):
            continue
        if set(pattern.pattern.converters) != {"worker_id"}:
            continue
        before = Reading.objects.filter(worker=worker).count()
        answer = client.get(reverse(pattern.name, args=[public_id]))
        if answer.status_code == 405:
            continue
        assert Reading.objects.filter(worker=worker).count() > before, pattern.name
        opened += 1
    assert opened > 8


def _shows_no_worker(name):
    return name.startswith(("state-quota", "simulation", "operations-", "state-nomination"))


def _patterns(rows):
    for row in rows:
        if hasattr(row, "url_patterns"):
            yield from _patterns(row.url_patterns)
        else:
            yield row


def test_leaves_no_row_of_the_house_and_of_the_person():
    worker = make_worker()
    assert reads.record(SYSTEM, [worker], purpose=Purpose.EXPORT, now=NOW) == 0
    assert reads.record(worker.user, [worker], purpose=Purpose.HELP, now=NOW) == 0
    assert Reading.objects.count() == 0


def test_takes_one_statement_a_page_however_many_people():
    reader = make_user("helper")
    workers = [make_worker() for _turn in range(5)]
    with CaptureQueriesContext(connection) as captured:
        assert reads.record(reader, workers, purpose=Purpose.HELP, now=NOW) == 5
    inserts = [row for row in captured.captured_queries if row["sql"].startswith("INSERT")]
    assert len(inserts) == 1


@pytest.mark.parametrize(
    "act", ["UPDATE audit_reading SET purpose = 'help'", "DELETE FROM audit_reading"]
)
def test_the_log_cannot_be_changed(act):
    reads.record(make_user("helper"), [make_worker()], purpose=Purpose.HELP, now=NOW)
    with (
        pytest.raises(IntegrityError, match="evidence"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(act)
    with pytest.raises(IntegrityError, match="audit_reading_purpose"), transaction.atomic():
        reads.record(make_user("helper"), [make_worker()], purpose="gossip", now=NOW)


def test_shows_office_and_purpose_and_never_a_name():
    worker = make_worker()
    reader = make_user("caseworker", state="DE")
    reader.display_name = "Curious Official"
    reader.save()
    reads.record(reader, [worker], purpose=Purpose.CHECK, now=NOW, state="DE")
    reads.record(make_user("helper"), [make_worker()], purpose=Purpose.HELP, now=NOW)
    client = signed_in(worker.user)
    page = text_of(client.get(reverse("worker-access-log")))
    assert "Germany" in page
    assert "without your name" in page
    assert "Curious" not in page
    assert str(reader.public_id) not in page
    assert "to help you" not in page.split("<table")[1].split("</table>")[0]
    file = client.get(reverse("worker-access-log-file"))
    assert file["Content-Type"].startswith("text/csv")
    assert "Germany" in file.content.decode()
    assert str(reader.public_id) not in file.content.decode()


def test_filters_by_purpose_and_asks_a_constant_number_of_queries():
    worker = make_worker()
    client, url = signed_in(worker.user), reverse("worker-access-log")
    helper = make_user("helper")
    reads.record(helper, [worker], purpose=Purpose.HELP, now=NOW)
    few = count_queries(client, url)
    for turn in range(20):
        moment = NOW + timedelta(minutes=turn)
        reads.record(helper, [worker], purpose=Purpose.PROTECTION, now=moment)
    assert count_queries(client, url) == few
    page = text_of(client.get(url, {"purpose": "help"})).split("<table")[1]
    assert "to help you" in page
    assert "protection" not in page.split("</table>")[0]
    assert queries.list_readings(worker.pk, purpose="nonsense").count() == 21


def test_is_for_workers_only():
    assert signed_in(make_user("auditor")).get(reverse("worker-access-log")).status_code == 403
    assert signed_in(make_user("worker")).get(reverse("worker-access-log")).status_code == 200
