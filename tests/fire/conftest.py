"""One fork server and one live stack for all drills of this folder."""

import os
from collections.abc import Iterator

import pytest

from tests.background.celery_worker import database_url
from tests.fire.processes import FORKS


@pytest.fixture(scope="session")
def forks(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """Start the process from which the drills fork theirs, on the test's database."""
    from multiprocessing import forkserver

    kept = dict(os.environ)
    os.environ.update(
        DATABASE_URL=database_url(),
        DEMO_MODE="1",
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        LOG_LEVEL="ERROR",
    )
    try:
        FORKS.set_forkserver_preload(["pytest", "tests.fire.acts"])
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(kept)
    yield
    forkserver._forkserver._stop()  # type: ignore[attr-defined]
