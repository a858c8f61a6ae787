"""Every write of messages."""

import logging
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from accounts.models import User
from clearinghouse.notices import queries, texts
from clearinghouse.notices.enums import Kind, Task
from clearinghouse.notices.models import Message
from clearinghouse.shared.failpoints import pass_failpoint
from clearinghouse.shared.queue import enqueue_after_commit

log = logging.getLogger(__name__)

# A value error is an address or a header that no mail may carry.
_FAILURES = (SMTPException, OSError, ValueError)


@transaction.atomic
def send(*, user: User, kind: Kind, facts: Mapping[str, Any], now: datetime) -> Message:
    """Write a message to a person with an account: readable at once, mailed soon.

    `facts` hold references and dates only; `answer_by` (ISO date and time) is printed.
    """
    message = _message(user, kind, facts, now)
    message.save()
    enqueue_after_commit(Task.SEND)
    return message


@transaction.atomic
def send_many(*, users: Iterable[User], kind: Kind, facts: Mapping[str, Any], now: datetime) -> int:
    """Write the same message to many people with one insert and one nudge; return how many."""
    messages = [_message(user, kind, facts, now) for user in users]
    Message.objects.bulk_create(messages, batch_size=1000)
    if messages:
        enqueue_after_commit(Task.SEND)
    return len(messages)


@transaction.atomic
def send_to_address(
    *, address: str, language: str, kind: Kind, facts: Mapping[str, Any], now: datetime
) -> Message:
    """Write a message to somebody without an account."""
    message = Message(address=address, language=language, kind=kind, facts=dict(facts), made_at=now)
    message.save()
    enqueue_after_commit(Task.SEND)
    return message


@transaction.atomic
def send_to_addresses(
    *, addresses: Iterable[str], language: str, kind: Kind, facts: Mapping[str, Any], now: datetime
) -> int:
    """Write the same message to many addresses with one insert and one nudge; return how many."""
    messages = [
        Message(
            address=address,
            language=language,
            kind=kind,
            facts=dict(facts),
            made_at=now,
            created_at=now,
        )
        for address in addresses
    ]
    Message.objects.bulk_create(messages, batch_size=1000)
    if messages:
        enqueue_after_commit(Task.SEND)
    return len(messages)


def deliver_outbox(*, now: datetime, limit: int = 100) -> int:
    """Mail up to `limit` waiting messages and return how many went out.

    Several processes may do this at once: each message is locked while it is sent, and kept in a
    transaction of its own, so that a crash repeats one mail at most and loses none. A server that
    does not answer costs no message a try.
    """
    sent, tried, server = 0, list[int](), mail.get_connection()
    while len(tried) < limit and _is_reachable(server):
        success = _deliver_next(server, now=now, tried=tried)
        pass_failpoint("mailed")
        if success is None:
            break
        if success:
            sent += 1
        else:
            server.close()
    server.close()
    if tried and len(tried) == limit:
        enqueue_after_commit(Task.SEND)
    return sent


@transaction.atomic
def mark_read(*, by: User, message_id: uuid.UUID | str, now: datetime) -> Message:
    """Mark a person's own message as read; the first time counts."""
    message = queries.get_own(by, message_id)
    if message.read_at is None:
        message.read_at = now
        message.save(update_fields=["read_at"])
    return message


@transaction.atomic
def mark_all_read(*, by: User, now: datetime) -> int:
    """Mark all messages of a person as read and return how many were not."""
    return queries.list_messages(by).filter(read_at__isnull=True).update(read_at=now)


def _message(user: User, kind: Kind, facts: Mapping[str, Any], now: datetime) -> Message:
    return Message(user=user, language=user.language, kind=kind, facts=dict(facts), made_at=now)


def _is_reachable(server: BaseEmailBackend) -> bool:
    try:
        server.open()
    except _FAILURES as error:
        log.warning("mail server not reached", extra={"error": type(error).__name__})
        return False
    return True


@transaction.atomic
def _deliver_next(server: BaseEmailBackend, *, now: datetime, tried: list[int]) -> bool | None:
    message = queries.lock_next_due(now=now, tried=tried)
    if message is None:
        return None
    tried.append(message.pk)
    pass_failpoint("mailing")
    message.attempts, message.tried_at = message.attempts + 1, now
    success = _mail(message, server)
    if success:
        message.sent_at = now
    message.save(update_fields=["attempts", "tried_at", "sent_at"])
    return success


def _mail(message: Message, server: BaseEmailBackend) -> bool:
    user = message.user
    text = texts.render_mail(
        message.kind, message.facts, language=message.language, has_account=user is not None
    )
    letter = mail.EmailMessage(
        subject=text.subject,
        body=text.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[user.email if user else message.address],
        headers={"Auto-Submitted": "auto-generated"},
        connection=server,
    )
    try:
        letter.send()
    except _FAILURES as error:
        facts = {"notice": str(message.public_id), "error": type(error).__name__}
        log.warning("mail not sent, will be tried again", extra=facts)
        return False
    return True
