"""The outbox: written with the act, mailed at least once, never lost."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import close_old_connections, connection, transaction

from accounts.models import User
from clearinghouse.notices import queries, services
from clearinghouse.notices.enums import Kind
from clearinghouse.notices.models import Message
from clearinghouse.shared.errors import NotFound
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db


class RefusingBackend(EmailBackend):
    """A mail server that refuses every recipient."""

    def send_messages(self, email_messages: Any) -> int:  # noqa: ARG002 - Django's signature
        raise SMTPRecipientsRefused({"secret@example.org": (550, b"no such person")})


class SilentBackend(EmailBackend):
    """A mail server that does not answer."""

    def open(self) -> bool:
        raise ConnectionRefusedError


@pytest.fixture
def worker() -> User:
    """Give a worker who reads English."""
    return make_user("worker", email="worker@example.org")


def use(settings: Any, backend: type[EmailBackend]) -> None:
    """Send mail through a backend of this module."""
    settings.EMAIL_BACKEND = f"{__name__}.{backend.__name__}"


def send(user: User, now: datetime, kind: Kind = Kind.RESULT_READY) -> Message:
    """Write a message without facts."""
    return services.send(user=user, kind=kind, facts={}, now=now)


def test_send_nudges_the_background_after_commit(
    worker: User, now: datetime, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        send(worker, now)
    assert len(callbacks) == 1


def test_send_many_writes_all_with_one_nudge(
    now: datetime, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    users = [make_user("worker", language=language) for language in ("ar", "fr", "es")]
    with django_capture_on_commit_callbacks() as callbacks:
        assert services.send_many(users=users, kind=Kind.RESULT_READY, facts={}, now=now) == 3
    assert len(callbacks) == 1
    assert sorted(Message.objects.values_list("language", flat=True)) == ["ar", "es", "fr"]


def test_send_many_to_nobody_nudges_nobody(
    now: datetime, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        assert services.send_many(users=[], kind=Kind.RESULT_READY, facts={}, now=now) == 0
    assert callbacks == []


def test_deliver_outbox_mails_each_message_once(worker: User, now: datetime) -> None:
    send(worker, now)
    assert services.deliver_outbox(now=now) == 1
    assert services.deliver_outbox(now=now) == 0
    [letter] = mail.outbox
    assert letter.to == ["worker@example.org"]
    assert Message.objects.get().sent_at == now


def test_deliver_outbox_keeps_a_refused_message_and_tries_later(
    worker: User, now: datetime, settings: Any
) -> None:
    send(worker, now)
    use(settings, RefusingBackend)
    assert services.deliver_outbox(now=now) == 0
    message = Message.objects.get()
    assert (message.attempts, message.sent_at) == (1, None)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert services.deliver_outbox(now=now + timedelta(seconds=59)) == 0
    assert services.deliver_outbox(now=now + timedelta(seconds=60)) == 1


def test_deliver_outbox_gives_up_after_the_last_pause_and_keeps_the_row(
    worker: User, now: datetime, settings: Any
) -> None:
    send(worker, now)
    use(settings, RefusingBackend)
    for day in range(20):
        services.deliver_outbox(now=now + timedelta(days=2 * day))
    assert Message.objects.get().attempts == len(queries.PAUSES)
    assert (queries.count_given_up(), queries.count_waiting()) == (1, 0)
    assert queries.count_unread(worker) == 1


def test_deliver_outbox_sends_others_when_one_address_is_refused(
    worker: User, now: datetime, settings: Any
) -> None:
    services.send_to_address(
        address="bad\n@example.org", language="en", kind=Kind.NOMINATED, facts={}, now=now
    )
    send(worker, now + timedelta(seconds=1))
    assert services.deliver_outbox(now=now + timedelta(seconds=2)) == 1
    assert mail.outbox[0].to == ["worker@example.org"]


def test_deliver_outbox_spends_no_try_when_the_server_does_not_answer(
    worker: User, now: datetime, settings: Any
) -> None:
    send(worker, now)
    use(settings, SilentBackend)
    assert services.deliver_outbox(now=now) == 0
    assert Message.objects.get().attempts == 0


def test_deliver_outbox_writes_no_address_into_the_log(
    worker: User, now: datetime, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    send(worker, now)
    use(settings, RefusingBackend)
    with caplog.at_level(logging.DEBUG):
        services.deliver_outbox(now=now)
    assert [record.message for record in caplog.records if record.name.endswith("services")]
    assert "@" not in "".join(str(record.__dict__) for record in caplog.records)


def test_deliver_outbox_stops_at_its_limit_and_asks_for_more(
    worker: User, now: datetime, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    for _ in range(3):
        send(worker, now)
    with django_capture_on_commit_callbacks() as callbacks:
        assert services.deliver_outbox(now=now, limit=2) == 2
    assert len(callbacks) == 1
    assert services.deliver_outbox(now=now, limit=2) == 1


def test_deliver_outbox_leaves_closed_accounts_alone(worker: User, now: datetime) -> None:
    send(worker, now)
    User.objects.update(is_active=False)
    assert services.deliver_outbox(now=now) == 0
    assert Message.objects.get().attempts == 0


def test_mark_read_keeps_the_first_time(worker: User, now: datetime) -> None:
    message = send(worker, now)
    services.mark_read(by=worker, message_id=message.public_id, now=now)
    services.mark_read(by=worker, message_id=message.public_id, now=now + timedelta(days=1))
    assert Message.objects.get().read_at == now


def test_mark_read_of_somebody_else_is_not_found(worker: User, now: datetime) -> None:
    message = send(worker, now)
    with pytest.raises(NotFound):
        services.mark_read(by=make_user("worker"), message_id=message.public_id, now=now)


def test_mark_all_read_touches_only_own_messages(worker: User, now: datetime) -> None:
    other = make_user("worker")
    send(worker, now), send(worker, now), send(other, now)
    assert services.mark_all_read(by=worker, now=now) == 2
    assert (queries.count_unread(worker), queries.count_unread(other)) == (0, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
def test_deliver_outbox_in_two_processes_sends_nothing_twice(now: datetime) -> None:
    worker = make_user("worker")
    for _ in range(20):
        send(worker, now)
    results: list[int] = []

    def deliver() -> None:
        try:
            results.append(services.deliver_outbox(now=now))
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    close_old_connections()
    assert sum(results) == len(mail.outbox) == 20


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
def test_deliver_outbox_skips_a_message_that_another_process_holds(now: datetime) -> None:
    worker = make_user("worker")
    held, free = send(worker, now), send(worker, now + timedelta(seconds=1))
    results: list[int] = []

    def deliver() -> None:
        try:
            results.append(services.deliver_outbox(now=now + timedelta(seconds=1)))
        finally:
            connection.close()

    with transaction.atomic():
        Message.objects.select_for_update().get(pk=held.pk)
        thread = threading.Thread(target=deliver)
        thread.start()
        thread.join()
    assert results == [1]
    assert list(Message.objects.filter(sent_at__isnull=False)) == [free]
