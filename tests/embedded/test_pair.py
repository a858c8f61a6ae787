"""The two servers, really started."""

import os
import pwd
import stat
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import redis

from clearinghouse.embedded import accounts
from clearinghouse.embedded.errors import EmbeddedError
from clearinghouse.embedded.pair import (
    addresses_from_outside,
    addresses_of_running_pair,
    data_pair,
    throw_away_pair,
    versions,
)


@pytest.fixture(scope="module")
def pair():
    with throw_away_pair() as pair:
        yield pair


def _ask(pair, question):
    with psycopg.connect(pair.environment["DATABASE_URL"]) as connection:
        return connection.execute(question).fetchone()[0]


def _queue(pair):
    return redis.Redis.from_url(pair.environment["REDIS_URL"].replace("redis+socket", "unix"))


def _listening_inodes():
    listening = "0A"
    return {
        row.split()[9]
        for name in ("tcp", "tcp6")
        for row in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
        if row.split()[3] == listening
    }


def _open_inodes(pid):
    return {
        link.removeprefix("socket:[").rstrip("]")
        for entry in Path(f"/proc/{pid}/fd").iterdir()
        if (link := str(entry.readlink())).startswith("socket:")
    }


def test_answers_at_both_addresses(pair):
    assert _ask(pair, "SELECT current_database()") == "mvch"
    assert _queue(pair).ping() is True


def test_emits_addresses_that_the_settings_can_take_apart(pair):
    parts = urlsplit(pair.environment["DATABASE_URL"])
    assert (parts.scheme, parts.username, parts.path) == ("postgresql", "mvch", "/mvch")
    assert Path(parse_qs(parts.query)["host"][0]).is_dir()
    assert Path(pair.environment["REDIS_URL"].removeprefix("redis+socket://")).is_socket()


def test_opens_no_tcp_port(pair):
    for child in (pair.postgres, pair.valkey):
        assert _open_inodes(child.process.pid) & _listening_inodes() == set()


def test_closes_the_sockets_to_other_accounts(pair):
    for name in ("postgres", "valkey"):
        about = (pair.place.sockets / name).stat()
        assert stat.S_IMODE(about.st_mode) == 0o700
        assert about.st_uid == pair.place.account.uid


def test_sorts_by_postgresqls_own_locale(pair):
    assert _ask(pair, "SELECT datlocprovider FROM pg_database WHERE datname = 'mvch'") == "b"
    assert _ask(pair, "SELECT datlocale FROM pg_database WHERE datname = 'mvch'") == "C.UTF-8"


def test_refuses_rather_than_drops_queued_work(pair):
    assert _queue(pair).config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_names_both_versions(pair):
    assert versions(pair.place.account).startswith("PostgreSQL 18.")
    assert ", Valkey 9." in versions(pair.place.account)


def test_never_runs_servers_as_root(pair):
    for child in (pair.postgres, pair.valkey):
        assert Path(f"/proc/{child.process.pid}").stat().st_uid != 0


def test_removes_throw_away_data():
    with throw_away_pair() as pair:
        folder = pair.place.sockets
        processes = [pair.postgres, pair.valkey]
    assert not folder.exists()
    assert [child.alive for child in processes] == [False, False]


def test_keeps_data_in_a_deep_folder_with_spaces(open_folder):
    deep = open_folder / ("a long name " * 6) / ("b" * 60)
    with data_pair(deep) as pair:
        assert _ask(pair, "SHOW fsync") == "on"
        with psycopg.connect(pair.environment["DATABASE_URL"]) as connection:
            connection.execute("CREATE TABLE kept ()")
        _queue(pair).set("kept", "yes")
    with data_pair(deep) as pair:
        assert _ask(pair, "SELECT to_regclass('kept')::text") == "kept"
        assert _queue(pair).get("kept") == b"yes"


def test_refuses_a_data_folder_in_use(open_folder):
    with data_pair(open_folder / "data") as pair:
        with pytest.raises(EmbeddedError, match=rf"in use by process {os.getpid()}.*--data"):
            data_pair(open_folder / "data").__enter__()
        assert addresses_of_running_pair(open_folder / "data") == pair.environment
        assert _ask(pair, "SELECT 1") == 1
    assert addresses_of_running_pair(open_folder / "data") is None


def test_refuses_a_folder_with_other_things_in_it(open_folder):
    (open_folder / "thesis.txt").write_text("years of work")
    with pytest.raises(EmbeddedError, match="something else than our data"):
        data_pair(open_folder).__enter__()
    assert (open_folder / "thesis.txt").exists()


def test_shows_the_servers_last_words_when_it_cannot_start(open_folder):
    with data_pair(open_folder / "data"):
        pass
    (open_folder / "data" / "postgres" / "postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(EmbeddedError, match=r'ended at once(.|\n)*parameter "nonsense"'):
        data_pair(open_folder / "data").__enter__()


def test_runs_as_nobody_when_there_is_no_postgres_account(needs_root, monkeypatch):
    monkeypatch.setattr(accounts, "SERVICE_ACCOUNTS", ("no-such-account", "nobody"))
    with throw_away_pair() as pair:
        assert pair.place.account.name == "nobody"
        assert _ask(pair, "SELECT 1") == 1


def test_takes_the_account_from_the_owner_of_existing_data(needs_root, open_folder, monkeypatch):
    monkeypatch.setattr(accounts, "SERVICE_ACCOUNTS", ("nobody",))
    with data_pair(open_folder / "data"):
        pass
    monkeypatch.setattr(accounts, "SERVICE_ACCOUNTS", ("no-such-account",))
    with data_pair(open_folder / "data") as pair:
        assert pair.place.account.uid == pwd.getpwnam("nobody").pw_uid


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_refuses_half_of_the_addresses(monkeypatch, name):
    for other in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "somewhere")
    with pytest.raises(EmbeddedError, match=f"{name} is set and .* is not"):
        addresses_from_outside()


def test_valkey_comes_back_on_the_same_socket_after_kill_9(pair):
    _queue(pair).set("kept", "until it dies")
    for _ in range(2):
        pair.valkey.process.kill()
        pair.valkey.process.wait()
        assert pair.restart_valkey().alive
        assert _queue(pair).ping()
    assert _queue(pair).get("kept") is None
