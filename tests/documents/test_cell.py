"""What code inside the cell can do, and what it can do where the cell is open."""

import json
import os
import socket
import sys
import time

import pytest

from clearinghouse.documents.conversation import Silenced, converse
from tests.house.sources import ROOT

OPEN = "pass"
CLOSED = "confine.close_the_door(memory=512 << 20, cpu=5)"
TRIES = {
    "socket": "socket.socket().close()",
    "local socket": "socket.socket(socket.AF_UNIX).close()",
    "raw file": "os.close(os.open('/etc/passwd', os.O_RDONLY))",
    "file": "open('/etc/hostname').close()",
    "write": "os.close(os.open('/dev/null', os.O_WRONLY))",
    "list": "os.listdir('/')",
    "look": "os.stat('/etc/passwd')",
    "pipe": "os.pipe()",
    "copy of a pipe": "os.dup(1)",
    "child": "os.waitpid(os.fork() or os._exit(0), 0)",
    "program": "os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)",
    "thread": "threading.Thread(target=int).start()",
    "signal": "os.kill(os.getppid(), 0)",
    "folder": "os.chdir('/')",
    "other group": "os.setpgid(0, 0)",
    "look at a process": "os.getpgid(os.getppid())",
}
HEAD = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import json, os, socket, subprocess, threading, time
from clearinghouse.documents.cell import confine
"""


def ask(body: str, *, content: bytes = b"", most: int = 10_000, seconds: float = 20) -> bytes:
    """Run a program as the cell is run, and return what it says."""
    return converse([sys.executable, "-I", "-c", HEAD + body], content, most=most, seconds=seconds)


def outcome_of(tries: dict[str, str], door: str) -> dict[str, bool]:
    """Return for each try whether it succeeded."""
    return json.loads(
        ask(f"""
{door}
found = {{}}
for name, code in {tries!r}.items():
    try:
        exec(code)
        found[name] = True
    except (OSError, RuntimeError):
        found[name] = False
os.write(1, json.dumps(found).encode())
os._exit(0)
""")
    )


def test_can_do_nothing_inside():
    assert outcome_of(TRIES, CLOSED) == dict.fromkeys(TRIES, False)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_can_do_nothing_inside_when_an_ordinary_user_starts_it():
    ordinary = "os.setgroups([]); os.setresgid(*[12345] * 3); os.setresuid(*[12345] * 3)\n"
    assert outcome_of(TRIES, ordinary + CLOSED) == dict.fromkeys(TRIES, False)


def test_can_do_everything_while_the_door_is_open():
    """The twin: each try would have worked."""
    if os.getuid() == 0:
        tries = dict(TRIES)
    else:
        tries = {name: code for name, code in TRIES.items() if name != "signal"}
    tries["other group"] = "os.getpgrp()"
    assert outcome_of(tries, OPEN) == dict.fromkeys(tries, True)


@pytest.mark.parametrize(("door", "visits"), [(CLOSED, 0), (OPEN, 1)])
def test_reaches_nobody(door, visits):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        ask(f"""
{door}
try:
    socket.create_connection(("127.0.0.1", {port}), 2).close()
except OSError:
    pass
""")
        seen = 0
        try:
            while True:
                listener.accept()[0].close()
                seen += 1
        except TimeoutError:
            pass
    assert seen == visits


def test_is_nobody_without_environment_and_open_files():
    said = json.loads(
        ask(f"""
files = sorted(int(name) for name in os.listdir('/proc/self/fd'))
{CLOSED}
os.write(1, json.dumps([dict(os.environ), files[:3], len(files)]).encode())
os._exit(0)
""")
    )
    environment, files, count = said
    assert set(environment) <= {"LC_CTYPE"}
    assert (files, count) == ([0, 1, 2], 4)


@pytest.mark.parametrize(
    ("body", "patience"),
    [
        ("while True: pass", 20),
        ("x = []\nwhile True: x.append(bytearray(1 << 24))", 20),
    ],
    ids=["time", "memory"],
)
def test_ends_what_takes_more_than_its_share(body, patience):
    start = time.monotonic()
    assert ask(CLOSED.replace("cpu=5", "cpu=1") + "\n" + body, seconds=patience) == b""
    assert time.monotonic() - start < patience


@pytest.mark.parametrize(
    "body",
    [
        "time.sleep(60)",
        "while True: os.write(1, b'a' * 4096)",
        "os.write(1, os.read(0, 1)); time.sleep(60)",
    ],
    ids=["asleep", "talking", "deaf"],
)
def test_waits_for_nobody(body):
    start = time.monotonic()
    with pytest.raises(Silenced):
        ask(CLOSED + "\n" + body, content=b"a" * 3_000_000, seconds=2)
    assert time.monotonic() - start < 5


def test_kills_the_children_of_a_program_that_had_some(tmp_path):
    """With the door open there can be children; they die with their parent all the same."""
    with pytest.raises(Silenced):
        ask(
            f"if os.fork() == 0:\n time.sleep(3); open({str(tmp_path / 'alive')!r}, 'w')\n"
            "time.sleep(60)",
            seconds=1,
        )
    time.sleep(2.5)
    assert list(tmp_path.iterdir()) == []
