"""Nudges to the background, by name, after commit. PostgreSQL is the truth, the queue is a hint."""

import logging
from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError

from clearinghouse.celery import app
from clearinghouse.shared.failpoints import pass_failpoint

log = logging.getLogger(__name__)


def enqueue_after_commit(name: str, **ids: Any) -> None:
    """Send the named task once the transaction has committed.

    `ids` hold random public ids or numbers only, never personal data. A broker that cannot be
    reached loses the hint, not the work: the sweeper finds the row that the task would have found.
    """
    transaction.on_commit(lambda: _send(str(name), ids))


def _send(name: str, ids: dict[str, Any]) -> None:
    pass_failpoint("nudging")
    try:
        app.send_task(name, kwargs=ids, retry=False)
    except OperationalError:
        log.warning("nudge lost; the sweeper will find the work", extra={"task": name})
