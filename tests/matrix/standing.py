"""The world of the matrix, standing for as long as a folder of tests needs it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from allauth.core.internal.ratelimit import SingleRateLimitUsage
from django.conf import settings
from django.db import transaction
from django.utils import translation

from clearinghouse.access.checks import SYSTEM
from clearinghouse.access.context import acting_for_process
from clearinghouse.api import throttling
from clearinghouse.shared import clock
from tests.matrix.world import LATER, MatrixWorld, make_matrix_world


def _never_too_many(request: Any, *, rate: Any, **_more: Any) -> SingleRateLimitUsage:
    return SingleRateLimitUsage(cache_key="", timestamp=0, cache_duration=rate.duration)


@contextmanager
def standing(blocker: Any, checkpoints: Path) -> Iterator[MatrixWorld]:
    """Give the world in a transaction that is never committed.

    The clock stands still and nobody counts calls. Its trail is its own, with its own folder of
    checkpoints: that of the process holds what worlds before it have signed.
    """
    patch = pytest.MonkeyPatch()
    patch.setattr(settings, "CHECKPOINT_DIR", str(checkpoints))
    patch.setattr(clock, "now", lambda: LATER)
    patch.setattr(throttling._FailsOpen, "allow_request", lambda *_args: True)
    patch.setattr("allauth.core.internal.ratelimit._consume_single_rate", _never_too_many)
    logging.disable(logging.CRITICAL)
    try:
        with (
            blocker.unblock(),
            acting_for_process(SYSTEM),
            transaction.atomic(),
            translation.override("en"),
        ):
            yield make_matrix_world()
            transaction.set_rollback(True)
    finally:
        logging.disable(logging.NOTSET)
        patch.undo()
