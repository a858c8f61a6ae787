"""Data folders that one run holds at a time, and temporary folders that end with their run."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from clearinghouse.embedded.accounts import Account, can_enter, server_account
from clearinghouse.embedded.errors import EmbeddedError

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var"
DEMO_DATA = VAR / "demo"
STATIC = VAR / "static"

LOCK_NAME = ".clearing-house-lock"  # also marks a folder as ours
TEMPORARY_PREFIX = "mvch-"
# A unix socket's path holds 107 bytes; "/mvch-12345678/postgres/.s.PGSQL.5432" takes 40 of them.
LONGEST_TEMPORARY_BASE = 60
PATIENCE_FOR_DYING_SERVERS = 10.0
YOUNGEST_STALE_AGE = 60.0


def make_folder(path: Path, *, mode: int = 0o700) -> Path:
    """Make a folder with exactly this mode; leave one that exists as it is."""
    with contextlib.suppress(FileExistsError):
        path.mkdir()
        path.chmod(mode)
    return path


def entrance_mode() -> int:
    """Return the mode of our own folders on the way to the servers' folders."""
    return 0o711 if os.geteuid() == 0 else 0o700


def find_data_folder(wanted: Path) -> tuple[Path, Account]:
    """Return the folder to use for `wanted` and its account; root may have to go elsewhere.

    Under a closed home such as /root the servers' account cannot reach the checkout, and opening
    that home is not ours to do.
    """
    wanted = wanted.absolute()
    account = server_account(wanted / "postgres")
    if account.uid == os.geteuid() or can_enter(account, _nearest_existing(wanted)):
        return wanted, account
    key = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    elsewhere = Path("/var/lib") / f"mvch-{key}"
    return elsewhere, server_account(elsewhere / "postgres")


@contextlib.contextmanager
def held_data_folder(path: Path) -> Iterator[int]:
    """Hold a data folder for this run; yield the lock's descriptor for the servers to inherit.

    The servers hold the lock too, so that after a `kill -9` of this process the folder counts as
    in use until they are really gone.
    """
    _make_parents(path)
    if path.exists() and any(path.iterdir()) and not (path / LOCK_NAME).exists():
        raise EmbeddedError(
            f"{path} holds something else than our data. Choose an empty folder with --data."
        )
    make_folder(path, mode=entrance_mode())
    with (path / LOCK_NAME).open("a+", encoding="ascii") as file:
        _lock(file, path)
        yield file.fileno()


def empty_data_folder(path: Path) -> None:
    """Delete what a held data folder contains, except the lock that holds it."""
    for entry in path.iterdir():
        if entry.name != LOCK_NAME:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


@contextlib.contextmanager
def temporary_folder(account: Account) -> Iterator[tuple[Path, int]]:
    """Make a short-named folder for this run; yield it with the descriptor of its lock."""
    base = _temporary_base(account)
    remove_stale_temporary_folders(base)
    path = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=base))
    try:
        path.chmod(entrance_mode())
        with (path / LOCK_NAME).open("a+", encoding="ascii") as file:
            _lock(file, path)
            yield path, file.fileno()
    finally:
        shutil.rmtree(path, ignore_errors=True)


def remove_stale_temporary_folders(base: Path) -> None:
    """Delete temporary folders of ours whose run, servers included, is dead."""
    for path in base.glob(f"{TEMPORARY_PREFIX}*"):
        with contextlib.suppress(OSError):
            about = path.lstat()
            # The age covers the moment between making a folder and locking it.
            old = time.time() - about.st_mtime > YOUNGEST_STALE_AGE
            lock = path / LOCK_NAME
            if old and about.st_uid == os.geteuid() and lock.exists() and not is_held(path):
                shutil.rmtree(path, ignore_errors=True)


def is_held(path: Path) -> bool:
    """Tell whether a live run or its dying servers use the folder."""
    try:
        with (path / LOCK_NAME).open("r", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _lock(file: IO[str], path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_FOR_DYING_SERVERS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            if _is_alive(holder) or time.monotonic() > deadline:
                raise EmbeddedError(
                    f"{path} is in use by process {holder or 'unknown'}: another demo or "
                    "`manage` runs on it. Stop that one, or add --data with another folder "
                    "(a second demo needs its own --port too)."
                ) from None
            time.sleep(0.1)
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()


def _is_alive(holder: str) -> bool:
    if not holder.isdigit():
        return False
    try:
        os.kill(int(holder), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _make_parents(path: Path) -> None:
    for parent in reversed(path.parents):
        if not parent.exists():
            make_folder(parent, mode=entrance_mode())


def _nearest_existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _temporary_base(account: Account) -> Path:
    for name in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - mkdtemp is used in it
        short = len(os.fsencode(name)) <= LONGEST_TEMPORARY_BASE
        # The sockets' addresses are URLs and nobody should have to quote them.
        plain = re.fullmatch(r"[\w./-]+", name, re.ASCII)
        if short and plain and os.access(name, os.W_OK) and can_enter(account, Path(name)):
            return Path(name)
    raise EmbeddedError("Neither TMPDIR nor /tmp nor /var/tmp is writable; the sockets need one.")
