"""Django's commands that the demo runs around the start of its processes."""

import fcntl
import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from clearinghouse.embedded.errors import EmbeddedError
from clearinghouse.embedded.folders import ROOT, STATIC, VAR
from clearinghouse.embedded.processes import die_with_parent

Environment = Mapping[str, str]

PREPARE = "demo_prepare"
MAIN_JOB = "demo_main_job"
LOGINS = "demo_logins"
_LOGINS = "logins.txt"


def fill_database(env: Environment, data: Path) -> None:
    """Bring the database to the newest shape with the demo's data, unless this code did already."""
    stamp, wanted = data / "database.stamp", _describe(_database_sources())
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    _manage([PREPARE], env)
    (data / _LOGINS).unlink(missing_ok=True)  # written by an older version, perhaps
    stamp.write_text(wanted, encoding="ascii")


def collect_static(env: Environment) -> None:
    """Collect and compress the static files if any changed since the last time."""
    stamp, wanted = VAR / "static.stamp", _describe(_static_sources())
    with (VAR / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second demo waits for the first
        if STATIC.is_dir() and stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
            return
        say("Static files ...")
        _manage(["collectstatic", "--noinput", "--verbosity", "0"], env)
        stamp.write_text(wanted, encoding="ascii")


def run_main_job(env: Environment, *options: str, watch: Callable[[], None]) -> str:
    """Do the main job through the running portal and worker; return its line of JSON."""
    say("Main job ...")
    output = _manage([MAIN_JOB, *options], env, capture=True, watch=watch).strip()
    try:
        json.loads(output)
    except ValueError as error:
        raise EmbeddedError(
            f"{MAIN_JOB} should print one line of JSON and printed:\n{output[:2000]}"
        ) from error
    return output


def demo_logins(env: Environment, data: Path) -> str:
    """Return the table of example people and how to sign in as each, asked for once."""
    kept = data / _LOGINS
    if not kept.exists():
        kept.write_text(_manage([LOGINS], env, capture=True).rstrip(), encoding="utf-8")
    return kept.read_text(encoding="utf-8")


def say(text: str) -> None:
    """Show progress, leaving standard output to results."""
    print(text, file=sys.stderr, flush=True)


def _manage(
    words: list[str],
    env: Environment,
    *,
    capture: bool = False,
    watch: Callable[[], None] = lambda: None,
) -> str:
    """Run one command to its end, looking after other things meanwhile."""
    with subprocess.Popen(
        [sys.executable, ROOT / "manage.py", *words],
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if capture else sys.stderr,
        text=True,
        start_new_session=True,  # Ctrl-C is for us to handle
        preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - one thread
    ) as process:
        try:
            output = _wait_for_output(process, watch)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise EmbeddedError(
            f"`manage.py {' '.join(words)}` failed with status {process.returncode}; "
            "its own words stand above."
        )
    return output


def _wait_for_output(process: subprocess.Popen[str], watch: Callable[[], None]) -> str:
    while True:
        try:
            return process.communicate(timeout=0.5)[0] or ""
        except subprocess.TimeoutExpired:
            watch()


def _describe(sources: Iterable[Path]) -> str:
    digest = hashlib.sha256((ROOT / "requirements" / "runtime.txt").read_bytes())
    for path in sorted(sources):
        about = path.stat()
        digest.update(f"{path.relative_to(ROOT)} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _database_sources() -> Iterator[Path]:
    for pattern in (
        "*/migrations/*.py",
        "clearinghouse/*/migrations/*.py",
        "accounts/enums.py",
        "clearinghouse/registry/data/*",
        "clearinghouse/demo/*",
    ):
        yield from (path for path in ROOT.glob(pattern) if path.is_file())


def _static_sources() -> Iterator[Path]:
    for pattern in ("static", "accounts/static", "clearinghouse/*/static"):
        for folder in ROOT.glob(pattern):
            yield from (path for path in folder.rglob("*") if path.is_file())
