"""The demo's decisions about its data folder and port."""

import os
import socket
import subprocess
import sys

import pytest

from clearinghouse.embedded.demo import FIRST_START, reset_data, was_interrupted
from clearinghouse.embedded.errors import EmbeddedError
from clearinghouse.embedded.folders import held_data_folder


@pytest.fixture
def used_data(open_folder):
    """Give a data folder as a demo leaves it."""
    data = open_folder / "data"
    with held_data_folder(data):
        (data / "log").mkdir()
        (data / "log" / "web.log").write_text("words")
        (data / "beat-schedule.dat").touch()
    return data


def test_empties_its_own_folder_on_reset(used_data):
    reset_data(used_data)
    assert [path.name for path in used_data.iterdir()] == [".clearing-house-lock"]


def test_resets_no_folder_of_others(open_folder):
    (open_folder / "thesis.txt").touch()
    with pytest.raises(EmbeddedError, match="something else than our data"):
        reset_data(open_folder)
    assert (open_folder / "thesis.txt").exists()


def test_resets_no_folder_in_use(used_data):
    with held_data_folder(used_data), pytest.raises(EmbeddedError, match="in use by process"):
        reset_data(used_data)
    assert (used_data / "log" / "web.log").exists()


def test_notices_an_interrupted_first_start(used_data):
    assert not was_interrupted(used_data)
    (used_data / FIRST_START).touch()
    assert was_interrupted(used_data)


def test_refuses_a_port_in_use_before_anything_starts(child_env, open_folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "clearinghouse.embedded.demo", "--port", str(port)]
        result = subprocess.run(
            [*command, "--data", open_folder / "data"],
            env=child_env,
            cwd=os.sep,
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert f"Port {port} of 127.0.0.1 cannot be used" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (open_folder / "data").exists()
