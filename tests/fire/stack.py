"""The portal's own processes on the test's database, with a Valkey of their own that may die."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis

from clearinghouse.celery import app
from clearinghouse.embedded import services
from clearinghouse.embedded.accounts import server_account
from clearinghouse.embedded.folders import entrance_mode, make_folder, temporary_folder
from clearinghouse.embedded.logins import environment_of
from clearinghouse.embedded.processes import Child, start
from clearinghouse.embedded.servers import Place, start_valkey, valkey_socket

STOP_PATIENCE = 2.0


@dataclass
class Queue:
    """A Valkey that can be killed and comes back on the same socket."""

    place: Place
    running: list[Child] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return the address as the settings want it."""
        return f"redis+socket://{valkey_socket(self.place)}"

    def start(self) -> None:
        """Start it, or start it again."""
        self.running.append(start_valkey(self.place))

    def kill(self) -> None:
        """Kill it and wait until it is gone."""
        self.running[-1].process.kill()
        self.running[-1].process.wait()

    def flush(self) -> None:
        """Let it forget everything."""
        client: redis.Redis = redis.Redis(unix_socket_path=str(valkey_socket(self.place)))
        client.flushall()
        client.close()

    def nudge(self, *names: str) -> None:
        """Send what the clock sends every few seconds."""
        with app.connection_for_write(self.url) as connection:
            for name in names:
                app.send_task(name, connection=connection, expires=10)


@contextmanager
def queue_of_its_own() -> Iterator[Queue]:
    """Run a Valkey that nobody else uses."""
    account = server_account(Path("/nonexistent"))
    with temporary_folder(account) as (folder, lock):
        data = make_folder(folder / "data", mode=entrance_mode())
        queue = Queue(Place(data, folder, account, [lock], throw_away=True))
        queue.start()
        try:
            yield queue
        finally:
            queue.running[-1].stop(patience=STOP_PATIENCE)


@contextmanager
def running(name: str, *, port: int, data: Path, env: Mapping[str, str]) -> Iterator[int]:
    """Run one of the portal's processes just as the demo starts it; give its number."""
    command = services.commands(port=port, data=data)[name]
    child = start(
        name,
        [sys.executable, "-m", *command],
        log=data / f"{name}.log",
        env=environment_of(name, env),
        orphan_signal=signal.SIGKILL,
    )
    try:
        yield child.process.pid
    finally:
        child.process.send_signal(signal.SIGCONT)
        child.stop(patience=STOP_PATIENCE)


def environment(database: str, queue: Queue) -> dict[str, str]:
    """Return what these processes find in their environment."""
    return os.environ | {
        "DATABASE_URL": database,
        "REDIS_URL": queue.url,
        "DEMO_MODE": "1",
        "HASHED_STATIC": "0",
        "RUN_LEASE_SECONDS": "2",
        "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend",
        "LOG_LEVEL": "WARNING",
    }


def seconds_until(done: object, *, limit: float) -> float:
    """Ask often until something is true; return how long it took."""
    began = time.monotonic()
    while not done():  # type: ignore[operator]
        assert time.monotonic() - began < limit, "waited in vain"
        time.sleep(0.1)
    return time.monotonic() - began
