"""The lease of a run."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from clearinghouse.matching.enums import RunStatus
from clearinghouse.matching.models import Run
from clearinghouse.shared import leases


def keep_alive(run: Run, clock: Callable[[], datetime]) -> AbstractContextManager[None]:
    """Renew the lease of a claimed run from a second thread until the block ends."""
    mine = Run.objects.filter(pk=run.pk, attempt=run.attempt, status=RunStatus.RUNNING)
    return leases.keep_alive(lambda: mine.update(lease_until=leases.lease_until(clock())))
