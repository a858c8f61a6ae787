"""One fork server and one live stack for all drills of this folder."""

import os
import socket
import urllib.request
from collections.abc import Iterator

import pytest

from tests.background.celery_worker import database_url
from tests.fire.processes import FORKS, end_all
from tests.fire.stack import Queue, environment, queue_of_its_own, running, seconds_until


@pytest.fixture(autouse=True)
def _nobody_stays_behind() -> Iterator[None]:
    yield
    end_all()


@pytest.fixture(scope="session")
def queue() -> Iterator[Queue]:
    """Run a Valkey that may die without any other test noticing."""
    with queue_of_its_own() as queue:
        yield queue


@pytest.fixture(scope="session")
def web(
    django_db_setup: None, queue: Queue, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """Run the web server as the demo does; give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    data = tmp_path_factory.mktemp("web")
    with running("web", port=port, data=data, env=environment(database_url(), queue)):

        def answers() -> bool:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                    return True
            except OSError:
                return False

        try:
            seconds_until(answers, limit=90)
        except AssertionError:
            pytest.fail((data / "web.log").read_text())
        yield port


# Not for the whole session: the drills with forked processes must be alone with their rounds.
@pytest.fixture(scope="module")
def worker(
    django_db_setup: None, queue: Queue, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """Run the background worker as the demo does; give its number."""
    data = tmp_path_factory.mktemp("worker")
    env = environment(database_url(), queue)
    with running("worker", port=0, data=data, env=env) as number:
        yield number


@pytest.fixture(scope="session")
def forks(django_db_setup: None, queue: Queue) -> Iterator[None]:
    """Start the process from which the drills fork theirs, on the test's database."""
    from multiprocessing import forkserver

    kept = dict(os.environ)
    os.environ.update(
        DATABASE_URL=database_url(),
        REDIS_URL=queue.url,
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
