"""Django's commands that the demo runs around the start of its processes."""

import fcntl
import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from clearinghouse.embedded.errors import EmbeddedError
from clearinghouse.embedded.folders import ROOT, STATIC, VAR
from clearinghouse.embedded.processes import die_with_parent

Environment = Mapping[str, str]

# Each may run again on a filled database.
DATA_STEPS = {
    "Database": ["migrate", "--verbosity", "0"],
    "Reference data": ["load_reference"],
    "Example data": ["seed_demo"],
}
MAIN_JOB = "demo_main_job"
LOGINS = "demo_logins"


def fill_database(env: Environment) -> None:
    """Bring the database to the newest shape and put the demo's data in."""
    for headline, words in DATA_STEPS.items():
        say(f"{headline} ...")
        _manage(words, env)


def collect_static(env: Environment) -> None:
    """Collect and compress the static files if any changed since the last time."""
    stamp, wanted = VAR / "static.stamp", _describe_static_sources()
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


def demo_logins(env: Environment) -> str:
    """Return the table of example people and how to sign in as each."""
    return _manage([LOGINS], env, capture=True).rstrip()


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


def _describe_static_sources() -> str:
    digest = hashlib.sha256((ROOT / "requirements" / "runtime.txt").read_bytes())
    for path in sorted(_static_sources()):
        about = path.stat()
        digest.update(f"{path.relative_to(ROOT)} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _static_sources() -> Iterator[Path]:
    for pattern in ("static", "accounts/static", "clearinghouse/*/static"):
        for folder in ROOT.glob(pattern):
            yield from (path for path in folder.rglob("*") if path.is_file())
