"""A running pair of PostgreSQL and Valkey, and the two addresses that the settings read."""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from clearinghouse.embedded.accounts import Account, server_account
from clearinghouse.embedded.binaries import POSTGRES, VALKEY, program_for, version_of
from clearinghouse.embedded.errors import EmbeddedError
from clearinghouse.embedded.folders import (
    entrance_mode,
    find_data_folder,
    held_data_folder,
    is_held,
    make_folder,
    temporary_folder,
)
from clearinghouse.embedded.processes import Child
from clearinghouse.embedded.servers import (
    NAME,
    PATIENCE,
    Place,
    postgres_sockets,
    start_postgres,
    start_valkey,
    valkey_socket,
)

ADDRESSES = ("DATABASE_URL", "REDIS_URL")
RUNTIME_FILE = "runtime.json"


@dataclass(frozen=True)
class Pair:
    """Two running servers and where to find them."""

    place: Place
    postgres: Child
    valkeys: list[Child]  # the running one last

    @property
    def valkey(self) -> Child:
        """Return the running Valkey, or the one that ran last."""
        return self.valkeys[-1]

    def restart_valkey(self) -> Child:
        """Start Valkey again on the same socket after it died, and return it.

        Raises `EmbeddedError` if it does not come up: who watches need not count deaths.
        """
        self.valkeys.append(start_valkey(self.place))
        return self.valkey

    @property
    def environment(self) -> dict[str, str]:
        """Return the two addresses as environment variables."""
        host = quote(str(postgres_sockets(self.place)), safe="")
        return {
            "DATABASE_URL": f"postgresql://{NAME}@/{NAME}?host={host}",
            "REDIS_URL": f"redis+socket://{valkey_socket(self.place)}",
        }


@contextlib.contextmanager
def throw_away_pair() -> Iterator[Pair]:
    """Run a pair on empty data that is deleted at the end."""
    # A path without a cluster: nothing there decides the account.
    account = server_account(Path("/nonexistent"))
    with temporary_folder(account) as (folder, lock):
        data = make_folder(folder / "data", mode=entrance_mode())
        place = Place(data, folder, account, [lock], throw_away=True)
        with _running(place) as pair:
            yield pair


@contextlib.contextmanager
def data_pair(wanted: Path) -> Iterator[Pair]:
    """Run a pair on a data folder that stays; hold the folder meanwhile."""
    data, account = find_data_folder(wanted)
    with (
        held_data_folder(data) as lock,
        temporary_folder(account) as (folder, folder_lock),
        _running(Place(data, folder, account, [lock, folder_lock], throw_away=False)) as pair,
    ):
        runtime = data / RUNTIME_FILE
        unfinished = runtime.with_suffix(".unfinished")
        with open(unfinished, "w", encoding="utf-8", opener=_private) as file:
            json.dump(pair.environment, file)
        unfinished.rename(runtime)
        try:
            yield pair
        finally:
            runtime.unlink(missing_ok=True)


def addresses_of_running_pair(wanted: Path) -> dict[str, str] | None:
    """Return the addresses of the pair that runs on a data folder now, if one does."""
    data, _account = find_data_folder(wanted)
    deadline = time.monotonic() + PATIENCE
    while is_held(data):
        with contextlib.suppress(FileNotFoundError):
            addresses: dict[str, str] = json.loads((data / RUNTIME_FILE).read_text("utf-8"))
            return addresses
        if time.monotonic() > deadline:
            raise EmbeddedError(f"A run on {data} neither starts nor stops; is it hanging?")
        time.sleep(0.1)
    return None


def addresses_from_outside() -> dict[str, str] | None:
    """Return the addresses that the caller's environment names, or refuse half of them."""
    named = {name: os.environ[name] for name in ADDRESSES if os.environ.get(name)}
    if len(named) == 1:
        missing = next(name for name in ADDRESSES if name not in named)
        raise EmbeddedError(
            f"{next(iter(named))} is set and {missing} is not. "
            "Set both to use servers of your own, or neither to have them started."
        )
    return named or None


def versions(account: Account) -> str:
    """Name the servers' versions in one line."""
    postgres = version_of(account, program_for(account, POSTGRES)).removeprefix("postgres ")
    valkey = version_of(account, program_for(account, VALKEY)).split("v=")[-1].split(" ")[0]
    return f"{postgres.replace('(', '').replace(')', '')}, Valkey {valkey}"


@contextlib.contextmanager
def _running(place: Place) -> Iterator[Pair]:
    with contextlib.ExitStack() as stack:
        postgres = start_postgres(place)
        stack.callback(postgres.stop, patience=5)
        pair = Pair(place, postgres, [start_valkey(place)])
        stack.callback(lambda: pair.valkey.stop(patience=2))
        yield pair


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
