"""What is left when the supervising process gets no chance to clean up."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from clearinghouse.embedded.folders import is_held, remove_stale_temporary_folders
from clearinghouse.embedded.pair import data_pair

SUPERVISOR = """
import sys, time
from pathlib import Path
from clearinghouse.embedded.pair import data_pair
with data_pair(Path(sys.argv[1])) as pair:
    print(pair.place.sockets, flush=True)
    time.sleep(600)
"""


def _processes_on(folder):
    return [
        entry.name
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and str(folder).encode() in _command_line(entry)
    ]


def _command_line(entry):
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""


def _wait_until_empty(look, patience=10.0):
    deadline = time.monotonic() + patience
    while look() and time.monotonic() < deadline:
        time.sleep(0.05)
    return look()


def test_leaves_no_process_after_kill_9(open_folder, child_env):
    data = open_folder / "data"
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, data], env=child_env, stdout=subprocess.PIPE, text=True
    )
    sockets = Path(supervisor.stdout.readline().strip())
    assert len(_processes_on(sockets)) == 2

    supervisor.kill()
    supervisor.communicate()

    assert _wait_until_empty(lambda: _processes_on(sockets) + _processes_on(data)) == []
    assert not _wait_until_empty(lambda: is_held(data))
    _assert_next_run_cleans_up(sockets)
    with data_pair(data) as pair:
        assert pair.postgres.alive


def _assert_next_run_cleans_up(sockets):
    remove_stale_temporary_folders(sockets.parent)
    assert sockets.exists(), "too young to be called stale"
    an_hour_ago = time.time() - 3600
    os.utime(sockets, (an_hour_ago, an_hour_ago))
    remove_stale_temporary_folders(sockets.parent)
    assert not sockets.exists()


def test_waits_for_dying_servers_of_a_killed_run(open_folder, child_env):
    data = open_folder / "data"
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, data], env=child_env, stdout=subprocess.PIPE, text=True
    )
    supervisor.stdout.readline()
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.communicate()
    with data_pair(data) as pair:
        assert pair.postgres.alive
