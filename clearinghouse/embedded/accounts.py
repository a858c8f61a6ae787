"""Whom the servers run as. Creates no account and widens no folder's rights."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clearinghouse.embedded.errors import EmbeddedError

# PostgreSQL refuses to run as root; these accounts exist on every Linux machine or with PostgreSQL.
SERVICE_ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An existing account of this machine."""

    name: str
    uid: int
    gid: int

    @property
    def popen(self) -> dict[str, Any]:
        """Return what makes `subprocess` run as this account; nothing if we are it already."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account(cluster: Path) -> Account:
    """Choose the owner of an existing cluster, else ourselves, else a service account for root."""
    owner = _owner_of(cluster)
    myself = os.geteuid()
    if myself != 0:
        if owner not in {None, myself}:
            raise EmbeddedError(
                f"{cluster} belongs to the user with id {owner}. "
                "Start as that user, or choose another data folder with --data."
            )
        return _account(pwd.getpwuid, myself)
    if owner is not None:
        return _account(pwd.getpwuid, owner)
    for name in SERVICE_ACCOUNTS:
        try:
            return _account(pwd.getpwnam, name)
        except EmbeddedError:
            continue
    raise EmbeddedError(
        "PostgreSQL does not run as root and this machine has neither a `postgres` nor a `nobody` "
        "account. Start as an ordinary user."
    )


def can_enter(account: Account, folder: Path) -> bool:
    """Tell whether the account reaches the folder, by trying rather than by reading mode bits."""
    command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
    return not subprocess.run(
        command, cwd="/", check=False, stderr=subprocess.DEVNULL, **account.popen
    ).returncode


def _owner_of(cluster: Path) -> int | None:
    try:
        return (cluster / "PG_VERSION").stat().st_uid
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise EmbeddedError(f"{cluster} is not readable for you: {error.strerror}.") from error


def _account(look_up: Any, key: int | str) -> Account:
    try:
        entry = look_up(key)
    except KeyError as error:
        raise EmbeddedError(
            f"There is no account {key!r} on this machine and PostgreSQL needs one by name."
        ) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
