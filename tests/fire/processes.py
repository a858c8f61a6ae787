"""Processes that can be killed at a named point, at a moment by chance, or stopped."""

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

FORKS = get_context("forkserver")
PATIENCE = 60.0  # seconds


@dataclass
class Actor:
    """One forked process and what it answered."""

    process: ForkServerProcess
    answer: Connection

    @property
    def pid(self) -> int:
        """Return the process's number."""
        assert self.process.pid is not None
        return self.process.pid

    def finish(self) -> str:
        """Wait for the process to end by itself; return its answer."""
        self.process.join(PATIENCE)
        assert self.process.exitcode == 0, f"ended with {self.process.exitcode}"
        return str(self.answer.recv())

    def died(self) -> bool:
        """Wait for the end and tell whether it was SIGKILL."""
        self.process.join(PATIENCE)
        return self.process.exitcode == -signal.SIGKILL

    def place(self) -> str:
        """Return the failpoint at which the process died or stopped."""
        return str(self.answer.recv())

    def kill(self) -> None:
        """Kill the process now, wherever it is, or has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait_until_stopped(self) -> None:
        """Return once the process has stopped itself."""
        deadline = time.monotonic() + PATIENCE
        while _state(self.pid) != "T":
            assert self.process.is_alive(), f"ended with {self.process.exitcode}"
            assert time.monotonic() < deadline, "never stopped"
            time.sleep(0.01)

    def wake(self) -> None:
        """Let a stopped process go on."""
        os.kill(self.pid, signal.SIGCONT)


_started: list[Actor] = []


def end_all() -> None:
    """Kill what a failed drill has left: a stopped process would hold up the end of the tests."""
    while _started:
        _started.pop().kill()


def start(act: str, given: dict[str, Any], **how: Any) -> Actor:
    """Fork a process that does one act."""
    from tests.fire import acts

    ours, theirs = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=acts.do, args=(act, given), kwargs={"answer": theirs, **how})
    process.start()
    theirs.close()
    _started.append(Actor(process, ours))
    return _started[-1]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return ""
