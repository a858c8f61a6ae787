"""The portal's own processes: web server, background worker and clock."""

import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from clearinghouse.embedded.errors import EmbeddedError
from clearinghouse.embedded.logins import environment_of
from clearinghouse.embedded.processes import Child, start

STARTUP_PATIENCE = 120.0
RESTARTABLE = ("worker", "beat")  # losing them loses no request, and the database keeps the work
STOP_ORDER = (["web"], ["worker", "beat"])
STOP_PATIENCE = 1.5


def commands(*, port: int, data: Path) -> dict[str, list[str]]:
    """Return how each process is started."""
    celery = ["celery", "--quiet", "-A", "clearinghouse"]
    return {
        "web": [
            *("gunicorn", "clearinghouse.wsgi:application", "--bind", f"127.0.0.1:{port}"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
            # Loaded once, then forked: half the start-up time on two cores.
            *("--preload", "--graceful-timeout", "1", "--no-control-socket"),
        ],
        "worker": [
            *(*celery, "worker", "--concurrency", "2", "--hostname", f"demo-{port}@%h"),
            *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
        ],
        "beat": [
            *(*celery, "beat", "--schedule", str(data / "beat-schedule"), "--pidfile="),
            *("--loglevel", "INFO"),
        ],
    }


class Services:
    """The three processes of one demo, watched together with the servers under them."""

    def __init__(
        self,
        *,
        port: int,
        data: Path,
        env: Mapping[str, str],
        servers: Sequence[Child],
        revive: Mapping[str, Callable[[], Child]] | None = None,
    ) -> None:
        """Remember what to start; nothing runs yet.

        `revive` starts servers again, by name, whose death costs time and no work.
        """
        self.commands = commands(port=port, data=data)
        self.health = f"http://127.0.0.1:{port}/healthz"
        self.data = data
        self.env = env
        self.servers = list(servers)
        self.revive = revive or {}
        self.children: dict[str, Child] = {}
        self.restarted: set[str] = set()

    def start(self) -> None:
        """Start all three."""
        for name in self.commands:
            self._start(name)

    def wait_until_healthy(self) -> None:
        """Return once the portal calls itself healthy."""
        # Never through a proxy of the caller's environment.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + STARTUP_PATIENCE
        problem = ""
        while time.monotonic() < deadline:
            self.check()
            try:
                with opener.open(self.health, timeout=5):
                    return
            except urllib.error.HTTPError as error:
                problem = f": {error} {error.read(500).decode(errors='replace')}"
            except OSError:
                pass
            time.sleep(0.1)
        raise EmbeddedError(
            f"{self.health} did not answer 200 within {STARTUP_PATIENCE:.0f} s{problem}. "
            f"The end of {self.children['web'].log}:\n{self.children['web'].tail()}"
        )

    def check(self) -> None:
        """Start a dead queue again, and a dead worker or clock once; any other death is the end."""
        for number, child in enumerate(self.servers):
            if child.name in self.revive and not child.alive:
                self.servers[number] = self._revive(child)
        for child in (*self.servers, *self.children.values()):
            if child.alive:
                continue
            if child.name not in RESTARTABLE or child.name in self.restarted:
                again = " again" if child.name in self.restarted else ""
                raise EmbeddedError(
                    f"{child.name} ended{again} with status {child.process.returncode}. "
                    f"The end of {child.log}:\n{child.tail()}"
                )
            self.restarted.add(child.name)
            print(
                f"{child.name} ended with status {child.process.returncode}; starting it again "
                f"(once). Its log: {child.log}",
                file=sys.stderr,
                flush=True,
            )
            self._start(child.name)

    def tails(self) -> str:
        """Return the end of each process's log."""
        children = self.children.values()
        return "\n".join(f"The end of {child.log.name}:\n{child.tail()}" for child in children)

    def stop(self) -> None:
        """Stop the web server first: what it accepted may still reach the worker's queue."""
        for together in STOP_ORDER:
            children = [self.children[name] for name in together if name in self.children]
            for child in children:
                child.ask_to_stop()
            for child in children:
                child.wait(patience=STOP_PATIENCE)

    def _revive(self, child: Child) -> Child:
        print(
            f"{child.name} ended with status {child.process.returncode}; starting it again. "
            f"Its log: {child.log}",
            file=sys.stderr,
            flush=True,
        )
        return self.revive[child.name]()

    def _start(self, name: str) -> None:
        self.children[name] = start(
            name,
            [sys.executable, "-m", *self.commands[name]],
            log=self.data / "log" / f"{name}.log",
            env=environment_of(name, self.env),
            # A worker asked politely would finish its task first, without servers to do it on.
            orphan_signal=signal.SIGKILL if name == "worker" else None,
        )
