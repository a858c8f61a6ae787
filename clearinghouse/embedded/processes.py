"""Child processes that die with us, log to a file and stop in bounded time."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clearinghouse.embedded.accounts import Account

LARGEST_LOG = 5_000_000  # bytes; looked at when a process starts

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Child:
    """A running child with the name that people know it by."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def alive(self) -> bool:
        """Tell whether the process still runs."""
        return self.process.poll() is None

    def stop(self, *, patience: float) -> None:
        """Ask the process to end and wait for it."""
        self.ask_to_stop()
        self.wait(patience=patience)

    def ask_to_stop(self) -> None:
        """Ask the process to end."""
        if self.alive:
            self.process.send_signal(self.stop_signal)

    def wait(self, *, patience: float) -> None:
        """Wait for the end; kill the process and its children when it takes too long."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def tail(self, lines: int = 15) -> str:
        """Return the end of the log, indented, to put under an error."""
        with contextlib.suppress(FileNotFoundError):
            text = self.log.read_text(encoding="utf-8", errors="replace")
            return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
        return "    (no log)"


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str],
    account: Account | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    orphan_signal: signal.Signals | None = None,
    pass_fds: Sequence[int] = (),
) -> Child:
    """Start a child in a session of its own, so that Ctrl-C reaches us first and alone.

    Call it from the main thread: the kernel's parent-death signal belongs to the thread.
    """
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".old.log"))
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=env,
            start_new_session=True,
            pass_fds=pass_fds,
            preexec_fn=die_with_parent(orphan_signal or stop_signal),  # noqa: PLW1509 - one thread
            **(account.popen if account else {}),
        )
    return Child(name, process, log, stop_signal)


def die_with_parent(by: signal.Signals) -> Callable[[], None]:
    """Return what a child does before its program starts, so that no orphan is left behind."""
    parent = os.getpid()

    def arrange() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(by))
            if os.getppid() != parent:
                os._exit(1)

    return arrange
