"""A real Celery worker in a process of its own, on the test's database and queue."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from django.db import connection

from clearinghouse.embedded.logins import environment_of

ROOT = Path(__file__).parents[2]


def database_url() -> str:
    """Return the address of the test database, as another process needs it."""
    given = connection.settings_dict
    host, port = str(given["HOST"]), str(given["PORT"])
    user = quote(str(given["USER"]))
    password = f":{quote(str(given['PASSWORD']))}" if given["PASSWORD"] else ""
    name = quote(str(given["NAME"]))
    if host.startswith("/"):
        return f"postgresql://{user}{password}@/{name}?{urlencode({'host': host})}"
    return f"postgresql://{user}{password}@{host}{f':{port}' if port else ''}/{name}"


@contextmanager
def worker(failpoint: str = "", *, pool: str = "solo") -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker that kills itself at `failpoint`; what is left of it ends with the block.

    With the pool `solo` the worker itself dies; with `prefork` the process dies that it has
    started for the task, and it starts another.
    """
    environment = environment_of("worker", os.environ | {"DATABASE_URL": database_url()}) | {
        "DEMO_MODE": "1",
        "MVCH_FAILPOINT": failpoint,
        "RUN_LEASE_SECONDS": "1",
        "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend",
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "clearinghouse", "worker"]
    command += ["--pool", pool, "--concurrency", "1"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    process = subprocess.Popen(
        [*command, "--loglevel", "ERROR"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        # A worker asked to end politely takes the processes along that it has started.
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=20)


def until(done: Callable[[], bool], *, seconds: float = 80) -> None:
    """Ask twice a second until something is true; fail if it does not become true in time."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.5)
