"""Start PostgreSQL and Valkey on unix sockets in closed folders; no TCP port, no password."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from clearinghouse.embedded.accounts import Account
from clearinghouse.embedded.binaries import POSTGRES, VALKEY, program_for
from clearinghouse.embedded.errors import EmbeddedError
from clearinghouse.embedded.folders import make_folder
from clearinghouse.embedded.processes import Child, start

NAME = "mvch"  # of the database and of the role that owns it
# What the portal's processes work as; clearinghouse/guard says what each may do.
LOGINS = tuple(f"{NAME}_{name}" for name in ("web", "matcher", "protection", "auditor", "backup"))
UNPRIVILEGED = "NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION NOINHERIT"
PATIENCE = 30.0
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
INITDB = (
    *("-U", NAME, "-E", "UTF8", "--auth-local=trust", "--auth-host=reject"),
    # Built into PostgreSQL: names sort the same on every machine.
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"),
)
# Tests open hundreds of connections at once.
FOR_A_MOMENT = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off"),
    "max_connections=400",
)


@dataclass(frozen=True)
class Place:
    """Where one pair of servers lives, as whom, and which locks it holds."""

    data: Path
    sockets: Path
    account: Account
    locks: Sequence[int]
    throw_away: bool

    @property
    def logs(self) -> Path:
        """Make the folder of the logs, which are ours and not the servers'."""
        return make_folder(self.data / "log")

    def folder(self, parent: Path, name: str) -> Path:
        """Make a folder that only the servers' account can enter."""
        path = parent / name
        if not path.exists():
            make_folder(path)
            os.chown(path, self.account.uid, self.account.gid)
        return path


def start_postgres(place: Place) -> Child:
    """Start PostgreSQL on the place's cluster, made on first use, with our database in it."""
    program = program_for(place.account, POSTGRES)
    cluster = place.data / "postgres"
    if not cluster.exists():
        _make_cluster(program.with_name("initdb"), cluster, place)
    sockets = place.folder(place.sockets, "postgres")
    settings = [
        "listen_addresses=",
        f"unix_socket_directories={sockets}",
        "unix_socket_permissions=0700",
        "timezone=UTC",
        *(FOR_A_MOMENT if place.throw_away else ()),
    ]
    child = start(
        "PostgreSQL",
        [program, "-D", cluster, *(word for setting in settings for word in ("-c", setting))],
        log=place.logs / "postgres.log",
        env=ENVIRONMENT,
        account=place.account,
        stop_signal=signal.SIGINT,  # PostgreSQL's word for "now, but cleanly"
        pass_fds=place.locks,
    )
    wait_until(child, lambda: _has_database(sockets), (psycopg.OperationalError,))
    return child


def start_valkey(place: Place) -> Child:
    """Start Valkey; it forgets on purpose in throw-away places only."""
    place.folder(place.sockets, "valkey")
    socket = valkey_socket(place)
    child = start(
        "Valkey",
        [
            *(program_for(place.account, VALKEY), "--port", "0", "--save", ""),
            *("--unixsocket", socket, "--unixsocketperm", "700"),
            *("--dir", place.folder(place.data, "valkey")),
            *("--appendonly", "no" if place.throw_away else "yes"),
            # A full queue must refuse work, never drop it.
            *("--maxmemory-policy", "noeviction"),
        ],
        log=place.logs / "valkey.log",
        env=ENVIRONMENT,
        account=place.account,
        pass_fds=place.locks,
    )
    client = redis.Redis(unix_socket_path=str(socket))
    wait_until(child, lambda: bool(client.ping()), (redis.ConnectionError,))
    client.close()
    return child


def postgres_sockets(place: Place) -> Path:
    """Return the folder of PostgreSQL's socket."""
    return place.sockets / "postgres"


def valkey_socket(place: Place) -> Path:
    """Return the path of Valkey's socket."""
    return place.sockets / "valkey" / "s"


def wait_until(
    child: Child, ready: Callable[[], bool], not_yet: tuple[type[Exception], ...]
) -> None:
    """Poll until the child answers; end with its last words if it dies or never does."""
    deadline = time.monotonic() + PATIENCE
    while child.alive and time.monotonic() < deadline:
        try:
            if ready():
                return
        except not_yet:
            pass
        time.sleep(0.03)
    problem = "did not become ready" if child.alive else "ended at once"
    last_words = child.tail()
    child.stop(patience=2)
    raise EmbeddedError(f"{child.name} {problem}. The end of {child.log}:\n{last_words}")


def _make_cluster(initdb: Path, cluster: Path, place: Place) -> None:
    # Renamed when complete: an interrupted start leaves no half cluster under the real name.
    unfinished = cluster.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    place.folder(place.data, unfinished.name)
    result = subprocess.run(
        [initdb, "-D", unfinished, *INITDB, *(["--no-sync"] if place.throw_away else [])],
        cwd="/",
        env=ENVIRONMENT,
        check=False,
        capture_output=True,
        text=True,
        **place.account.popen,
    )
    if result.returncode:
        raise EmbeddedError(f"initdb failed in {unfinished}:\n{result.stderr}")
    unfinished.rename(cluster)


def _has_database(sockets: Path) -> bool:
    with psycopg.connect(
        host=str(sockets), user=NAME, dbname="postgres", autocommit=True
    ) as connection:
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [NAME]).rowcount:
            connection.execute(f"CREATE DATABASE {NAME}")
        for login in LOGINS:
            known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [login]).rowcount
            words = "ALTER" if known else "CREATE"
            connection.execute(f"{words} ROLE {login} LOGIN {UNPRIVILEGED}")
    return True
