"""Watching and stopping the portal's processes, with stand-ins that start fast."""

import signal
import socket
import sys
import time

import pytest

from clearinghouse.embedded import services
from clearinghouse.embedded.errors import EmbeddedError
from clearinghouse.embedded.processes import start
from clearinghouse.embedded.services import Services

WAIT = ["timeit", "-n", "1", "-r", "1", "import time; time.sleep(600)"]


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def house(tmp_path, port, child_env, monkeypatch):
    """Give running stand-ins: a web server with a healthy page, and two that only wait."""
    (tmp_path / "log").mkdir()
    (tmp_path / "healthz").write_text("ok")
    web = ["http.server", str(port), "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    stand_ins = {"web": web, "worker": WAIT, "beat": WAIT}
    monkeypatch.setattr(services, "commands", lambda **_: stand_ins)
    house = Services(port=port, data=tmp_path, env=child_env, servers=())
    house.start()
    yield house
    house.stop()


def _kill(house, name):
    house.children[name].process.kill()
    house.children[name].process.wait()


def test_waits_until_the_portal_is_healthy(house):
    house.wait_until_healthy()


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_starts_a_dead_helper_again_once(house, name, capsys):
    _kill(house, name)
    house.check()
    assert house.children[name].alive
    assert f"{name} ended with status -9; starting it again" in capsys.readouterr().err
    _kill(house, name)
    with pytest.raises(EmbeddedError, match=f"{name} ended again with status -9"):
        house.check()


def test_ends_with_the_log_when_the_web_server_dies(house):
    (house.data / "log" / "web.log").write_text("the last words\n")
    _kill(house, "web")
    with pytest.raises(EmbeddedError, match=r"web ended(.|\n)*the last words"):
        house.check()


def test_ends_when_a_server_below_dies(house, tmp_path, child_env):
    server = start("PostgreSQL", [sys.executable, "-V"], log=tmp_path / "pg.log", env=child_env)
    server.process.wait()
    house.servers = [server]
    with pytest.raises(EmbeddedError, match=r"PostgreSQL ended with status 0"):
        house.check()


def test_starts_a_dead_queue_again_every_time(house, tmp_path, child_env, capsys):
    def queue():
        return start("Valkey", [sys.executable, "-m", *WAIT], log=tmp_path / "vk", env=child_env)

    house.servers, house.revive = [queue()], {"Valkey": queue}
    for _ in range(3):
        dead = house.servers[0].process
        dead.kill()
        dead.wait()
        house.check()
        assert house.servers[0].alive
        assert "Valkey ended with status -9; starting it again" in capsys.readouterr().err
    house.servers[0].stop(patience=1)


def test_stops_everything_in_time(house):
    house.wait_until_healthy()
    began = time.monotonic()
    house.stop()
    assert time.monotonic() - began < 5
    assert [child.alive for child in house.children.values()] == [False, False, False]


def test_kills_a_child_that_will_not_stop(tmp_path, child_env):
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
    log = tmp_path / "log"
    command = [sys.executable, "-c", f"{stubborn}; time.sleep(600)"]
    child = start("stubborn", command, log=log, env=child_env)
    while not log.read_text():
        time.sleep(0.02)
    child.stop(patience=0.2)
    assert child.process.returncode == -signal.SIGKILL
