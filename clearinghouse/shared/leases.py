"""A sign of life for as long as a process works on a row that others may take over."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection

log = logging.getLogger(__name__)


def lease_until(now: datetime) -> datetime:
    """Return until when others keep their hands off a row whose worker showed life now."""
    return now + timedelta(seconds=settings.RUN_LEASE_SECONDS)


@contextmanager
def beside(work: Callable[[threading.Event], None], *, name: str) -> Iterator[None]:
    """Let a second thread, with a connection of its own, work until the block ends.

    The event is set when the block ends; `work` returns soon after.
    """
    ended = threading.Event()

    def run() -> None:
        try:
            work(ended)
        finally:
            connection.close()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def keep_alive(renew: Callable[[], object]) -> Iterator[None]:
    """Call `renew` from a second thread, three times a lease, until the block ends.

    A stage may take longer than the lease; a process that is killed or stopped renews nothing.
    The thread decides nothing: whether the row is still ours is asked again where it is written.
    """

    def work(ended: threading.Event) -> None:
        while not ended.wait(settings.RUN_LEASE_SECONDS / 3):
            try:
                renew()
            except DatabaseError:
                log.warning("lease not renewed, will be tried again")
            finally:
                connection.close()

    with beside(work, name="lease"):
        yield
