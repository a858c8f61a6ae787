"""A sign of life for as long as a process works on a run."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection

from clearinghouse.matching.enums import RunStatus
from clearinghouse.matching.models import Run

log = logging.getLogger(__name__)


def lease_until(now: datetime) -> datetime:
    """Return until when others keep their hands off a run that showed life now."""
    return now + timedelta(seconds=settings.RUN_LEASE_SECONDS)


@contextmanager
def keep_alive(run: Run, clock: Callable[[], datetime]) -> Iterator[None]:
    """Renew the lease of a claimed run from a second thread until the block ends.

    A stage may take longer than the lease; a process that is killed or stopped renews nothing.
    The thread decides nothing: whether the run is still ours is asked again where it is written.
    """
    ended = threading.Event()
    thread = threading.Thread(
        target=_renew, args=(run.pk, run.attempt, clock, ended), name="lease", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _renew(
    run_id: int, attempt: int, clock: Callable[[], datetime], ended: threading.Event
) -> None:
    while not ended.wait(settings.RUN_LEASE_SECONDS / 3):
        try:
            mine = Run.objects.filter(pk=run_id, attempt=attempt, status=RunStatus.RUNNING)
            mine.update(lease_until=lease_until(clock()))
        except DatabaseError:
            log.warning("lease not renewed, will be tried again")
        finally:
            connection.close()
