"""The trail: written with the act, never changed, never removed."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit import queries, trail
from clearinghouse.audit.enums import Verb
from clearinghouse.audit.models import Event, Heartbeat
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import Forbidden
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db
RAW = {
    "update": "UPDATE audit_event SET subject = ''",
    "delete": "DELETE FROM audit_event",
    "truncate": "TRUNCATE audit_event",
    "truncate cascade": "TRUNCATE audit_event CASCADE",
}


@pytest.fixture
def event() -> Event:
    """Give one recorded act."""
    return trail.record(Verb.QUOTA_DRAFTED, by=SYSTEM, on=("quotas.quota", 7), state="DE")


def refused(error: pytest.ExceptionInfo[IntegrityError]) -> bool:
    """Tell whether the append-only trigger refused."""
    return violated_constraint(error.value) == "audit_event_append_only"


def test_record_keeps_who_what_where() -> None:
    user = make_user("quota_officer", state="DE")
    event = trail.record(
        Verb.QUOTA_DRAFTED, by=user, on=("quotas.quota", 7), facts={"places": 3}, state="DE"
    )
    event.refresh_from_db()
    assert (event.actor, event.actor_role) == (user.public_id, "quota_officer")
    assert (event.subject_kind, event.subject, event.state) == ("quotas.quota", "7", "DE")
    assert event.facts == {"places": 3}


def test_record_of_a_row_names_its_public_id() -> None:
    user = make_user()
    event = trail.record(Verb.ROLE_ENDED, by=SYSTEM, on=user)
    assert (event.subject_kind, event.subject) == ("accounts.user", str(user.public_id))
    assert (event.actor, event.actor_role) == (None, "system")


def test_event_by_save_is_refused(event: Event) -> None:
    event.subject = "other"
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        event.save()
    assert refused(error)


def test_event_by_delete_is_refused(event: Event) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        event.delete()
    assert refused(error)


def test_events_by_bulk_update_are_refused(event: Event) -> None:
    event.state = "FR"
    for act in (
        lambda: Event.objects.bulk_update([event], ["state"]),
        lambda: Event.objects.update(state="FR"),
        lambda: Event.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            act()
        assert refused(error)


@pytest.mark.parametrize("act", RAW)
def test_events_by_raw_sql_are_refused(event: Event, act: str) -> None:
    with (
        pytest.raises(IntegrityError) as error,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(RAW[act])
    assert refused(error)
    assert Event.objects.filter(pk=event.pk).exists()


def test_event_with_an_unknown_verb_is_refused() -> None:
    with pytest.raises(IntegrityError, match="audit_event_verb"), transaction.atomic():
        Event.objects.create(verb="guessed", actor_role="", subject_kind="", subject="")


@pytest.mark.django_db(transaction=True)
def test_record_outside_a_transaction_is_a_mistake() -> None:
    with pytest.raises(RuntimeError):
        trail.record(Verb.QUOTA_DRAFTED, by=SYSTEM, on=("quotas.quota", 7))


@pytest.mark.django_db(transaction=True)
def test_record_disappears_with_the_act_that_failed() -> None:
    before = Event.objects.count()
    with pytest.raises(ValueError, match="act"), transaction.atomic():
        trail.record(Verb.QUOTA_DRAFTED, by=SYSTEM, on=("quotas.quota", 7))
        raise ValueError("act failed")
    assert Event.objects.count() == before


def test_list_events_is_for_those_who_may_read_the_trail(event: Event) -> None:
    auditor = make_user("auditor")
    assert queries.list_events(auditor).first() == event
    assert queries.list_events(auditor, verb=Verb.QUOTA_DRAFTED, state="DE").get() == event
    assert queries.list_events(auditor, subject="8").count() == 0
    with pytest.raises(Forbidden):
        queries.list_events(make_user("administrator"))


def test_list_events_of_a_row_reads_in_order(event: Event) -> None:
    later = trail.record(Verb.QUOTA_EDITED, by=SYSTEM, on=("quotas.quota", 7))
    assert list(queries.list_events_of("quotas.quota", "7")) == [event, later]


def test_beat_keeps_the_last_sign_of_life(now: datetime) -> None:
    trail.beat(process="worker@1", pid=1, now=now)
    trail.beat(process="worker@1", pid=2, now=now + timedelta(seconds=30))
    assert Heartbeat.objects.get().pid == 2
    assert queries.worker_is_alive(now=now + timedelta(seconds=89))
    assert not queries.worker_is_alive(now=now + timedelta(seconds=91))
