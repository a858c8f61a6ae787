"""One world for the tests of this folder, in a transaction that is never committed."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.core.internal.ratelimit import SingleRateLimitUsage
from django.db import transaction
from django.utils import translation

from clearinghouse.access.checks import SYSTEM
from clearinghouse.access.context import acting_for_process
from clearinghouse.api import throttling
from clearinghouse.shared import clock
from tests.matrix.world import LATER, MatrixWorld, make_matrix_world
from tests.worlds.conftest import note as note  # noqa: PLC0414


def _never_too_many(request: Any, *, rate: Any, **_more: Any) -> SingleRateLimitUsage:
    return SingleRateLimitUsage(cache_key="", timestamp=0, cache_duration=rate.duration)


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[MatrixWorld]:
    """Give the world of the matrix; the clock stands still and nobody counts calls."""
    patch = pytest.MonkeyPatch()
    patch.setattr(clock, "now", lambda: LATER)
    patch.setattr(throttling._FailsOpen, "allow_request", lambda *_args: True)
    patch.setattr("allauth.core.internal.ratelimit._consume_single_rate", _never_too_many)
    logging.disable(logging.CRITICAL)
    with (
        django_db_blocker.unblock(),
        acting_for_process(SYSTEM),
        transaction.atomic(),
        translation.override("en"),
    ):
        yield make_matrix_world()
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)
    patch.undo()
