"""Speaks with a process that may turn against us: nothing of it is believed, waited for or kept."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

_CHUNK: Final = 1 << 16


class Silenced(Exception):
    """The process talked too long or too much, and was killed."""


def converse(command: Sequence[str], content: bytes, *, most: int, seconds: float) -> bytes:
    """Give a new process `content` on its input and return its output, at most `most` bytes.

    The process has an empty environment and a group of its own, which is killed in every case.
    Raises `Silenced` after `seconds` or with more output.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={},
        close_fds=True,
        start_new_session=True,
    )
    try:
        return _exchange(process, content, most, time.monotonic() + seconds)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()


def _exchange(process: "subprocess.Popen[bytes]", content: bytes, most: int, end: float) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process has no pipes")
    rest, heard = memoryview(content), bytearray()
    with selectors.DefaultSelector() as selector:
        for pipe, event in (
            (process.stdin, selectors.EVENT_WRITE),
            (process.stdout, selectors.EVENT_READ),
        ):
            os.set_blocking(pipe.fileno(), False)
            selector.register(pipe, event)
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise Silenced
            for key, _events in selector.select(left):
                if key.fileobj is process.stdout:
                    piece = os.read(process.stdout.fileno(), _CHUNK)
                    heard += piece
                    if len(heard) > most:
                        raise Silenced
                    if not piece:
                        return bytes(heard)
                else:
                    rest = _write(process.stdin.fileno(), rest)
                    if not rest:
                        selector.unregister(process.stdin)
                        process.stdin.close()


def _write(target: int, rest: memoryview) -> memoryview:
    try:
        return rest[os.write(target, rest[:_CHUNK]) :]
    except BlockingIOError:
        return rest
    except BrokenPipeError:
        return memoryview(b"")
