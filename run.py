#!/usr/bin/env python3
"""Mobility Visa Clearing House: sets this folder up, then runs what you ask for.

Needs Python 3.11 or newer and nothing else: no database, no queue, no account, no root.

  python3 run.py demo              the portal with example data on http://127.0.0.1:8000/
                                     --port 8001   another port
                                     --data DIR    another data folder (two demos at a time)
                                     --reset       start again from empty data
                                     --once        do the main job once, print one JSON line, stop
  python3 run.py test [ARGS]       the tests (ARGS go to pytest)
  python3 run.py nightly [PART]    the long versions of the proofs, or one part (hours)
  python3 run.py check             everything a change must pass besides the tests
  python3 run.py fix               format, mend what the linter can mend, refresh the messages
  python3 run.py manage ARGS       Django's commands, with the servers they need

  python3 run.py match MARKET --out PLAN           match a market file, no database needed
  python3 run.py verify MARKET PLAN                check a plan against every promise
  python3 run.py explain MARKET PLAN CANDIDATE     say why one candidate got what they got

  python3 run.py bench engine [--applicants N] [--json]   measure the engine against other ways
  python3 run.py bench round [--applicants N] [--json]    and a whole round in PostgreSQL
  python3 run.py bench rls [--people N] [--json]          what row-level security costs
  python3 run.py bench audit [--rows N] [--json]          what the audit costs, how fast it verifies

  python3 run.py lock [--upgrade]  compile requirements/*.txt from pyproject.toml again (needs uv)
  python3 run.py help              this page

Everything it makes stays in `.venv` and `var` beside this file. Only root in a closed home such as
/root keeps the data under /var/lib instead, and says so.
"""

import contextlib
import datetime
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

# Only syntax of Python 3.6 in this file, so that an old Python reaches this sentence.
if sys.version_info < (3, 11):  # noqa: UP036 - people do start it with an older one
    sys.exit(
        "This needs Python 3.11 or newer; you started it with Python {}.{}.\n"
        "Try: python3.11 run.py {}".format(*sys.version_info[:2], " ".join(sys.argv[1:]) or "demo")
    )

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".installed-list"
REQUIREMENTS = ROOT / "requirements"
LISTS = ("runtime", "embedded", "test", "e2e", "bench")  # each holds all of the one before it

# Lets the settings load where no server is needed, such as in the type checker's Django plugin.
NO_SERVERS = {
    "DATABASE_URL": "postgresql://nobody@/nothing?host=/nonexistent",
    "REDIS_URL": "redis+socket:///nonexistent",
    "SECRET_KEY": "for reading the code only",
}


def main(words: list[str]) -> int:
    """Run one command and return its exit status."""
    name, *rest = words or ["help"]
    if name in {"help", "-h", "--help"}:
        print(__doc__)
        return 0
    if name not in COMMANDS:
        print(f"run.py does not know {name!r}. It knows: {', '.join(COMMANDS)}, help.")
        return 2
    # Not the caller's folder but this one comes first on Python's path, whatever it contains.
    os.environ.update(PYTHONPATH=str(ROOT), PYTHONSAFEPATH="1")
    os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / "var" / "numba"))
    return COMMANDS[name](rest)


# The commands


def demo(rest: list[str]) -> int:
    """Start the portal with its servers, worker and clock."""
    prepare("embedded")
    become("-m", "clearinghouse.embedded.demo", *rest)


def test(rest: list[str]) -> int:
    """Run the tests, with the browser when it was asked for or installed before."""
    prepare("e2e" if os.environ.get("REQUIRE_BROWSER") == "1" else "test")
    os.chdir(ROOT)
    become("-m", "pytest", *rest)


def nightly(rest: list[str]) -> int:
    """Run the long versions of the tests and print one table."""
    prepare("test")
    os.chdir(ROOT)
    become("-m", "tests.nightly", *rest)


def manage(rest: list[str]) -> int:
    """Run one of Django's commands with a database and a queue behind it."""
    prepare("embedded")
    become("-m", "clearinghouse.embedded.manage", *rest)


def check(_rest: list[str]) -> int:
    """Run every check, also after a failure, and name the failed ones at the end."""
    prepare("test")
    servers = "clearinghouse.embedded.manage", "--throw-away"
    return run_all(
        {
            "Format": ["-m", "ruff", "format", "--check", "."],
            "Lint": ["-m", "ruff", "check", "."],
            "Types": ["-m", "mypy"],
            "Import contracts": [str(VENV / "bin" / "lint-imports")],
            "Migrations": ["-m", *servers, "makemigrations", "--check", "--dry-run"],
            "Messages": ["-m", "clearinghouse.shared.messages", "check"],
        }
    )


def fix(_rest: list[str]) -> int:
    """Format, mend what the linter can mend and refresh the message catalogues."""
    prepare("test")
    return run_all(
        {
            "Format": ["-m", "ruff", "format", "."],
            "Lint": ["-m", "ruff", "check", "--fix", "."],
            "Messages": ["-m", "clearinghouse.shared.messages", "update"],
        }
    )


def match(rest: list[str]) -> int:
    """Match a market file."""
    engine("match", rest)


def verify(rest: list[str]) -> int:
    """Verify a plan against its market file."""
    engine("verify", rest)


def explain(rest: list[str]) -> int:
    """Explain one decision of a plan."""
    engine("explain", rest)


def bench(rest: list[str]) -> int:
    """Measure ours and the comparisons in one run; those not installed are named as absent."""
    prepare("bench" if installed_list() == "bench" else "test")
    become("-m", "clearinghouse.bench", *rest)


def lock(rest: list[str]) -> int:
    """Compile the requirement lists from pyproject.toml, smallest first."""
    uv = shutil.which("uv")
    if not uv:
        return complain("`lock` needs uv: python3 -m pip install uv")
    os.chdir(ROOT)
    a_week_ago = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=7)
    plans = [(name, LISTS[1 : number + 1], LISTS[number - 1]) for number, name in enumerate(LISTS)]
    for name, groups, smaller in [*plans, ("worker", ("accelerator",), "runtime")]:
        command = [uv, "pip", "compile", "-q", "--python-version", "3.11", "--generate-hashes"]
        command += ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate"]
        command += ["--exclude-newer", str(a_week_ago), *rest]
        command += [word for group in groups for word in ("--group", group)]
        command += ["-c", f"requirements/{smaller}.txt"] if groups else []
        subprocess.run([*command, "pyproject.toml", "-o", f"requirements/{name}.txt"], check=True)
        print(f"requirements/{name}.txt")
    return 0


COMMANDS = {
    command.__name__: command
    for command in (demo, test, nightly, check, fix, manage, match, verify, explain, bench, lock)
}


# How commands run


def engine(name: str, rest: list[str]) -> NoReturn:
    """Become the matching engine's own command line, in the caller's folder."""
    prepare("runtime")
    become("-m", "clearinghouse.engine", name, *rest)


def become(*words: str) -> NoReturn:
    """Replace this process, so that signals and exit statuses need no relay."""
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), *words])  # noqa: S606 - no shell is wanted


def run_all(steps: dict[str, list[str]]) -> int:
    """Run every step under its headline; return 1 if any failed."""
    os.chdir(ROOT)
    failed = []
    for headline, words in steps.items():
        print(f"\n== {headline}", flush=True)
        # The migrations check brings its own servers unless the caller names some.
        env = os.environ if "--throw-away" in words else NO_SERVERS | os.environ
        if subprocess.run([PYTHON, *words], env=env, check=False).returncode:
            failed.append(headline)
    print(f"\n== {'Failed: ' + ', '.join(failed) if failed else 'All passed'}")
    return 1 if failed else 0


def complain(text: str) -> int:
    """Print one error and return the exit status that goes with it."""
    print(text, file=sys.stderr)
    return 1


# Setting up


def prepare(need: str) -> None:
    """Make `.venv` hold at least the list `need`; quick when it already does."""
    if is_current(need) and not stale_messages():
        return
    with alone():
        if not is_current(need):
            install(max(need, installed_list() or need, key=LISTS.index))
        if stale_messages():
            run([PYTHON, "-m", "clearinghouse.shared.messages", "compile"])


def is_current(need: str) -> bool:
    """Tell whether the installed list is as large as `need` and unchanged since."""
    have = installed_list()
    if have is None or LISTS.index(have) < LISTS.index(need):
        return False
    return STAMP.read_text(encoding="utf-8") == stamp_of(have)


def installed_list() -> str | None:
    """Name the list that `.venv` was filled from, if there is a working `.venv`."""
    if not (PYTHON.exists() and STAMP.exists()):
        return None
    name = STAMP.read_text(encoding="utf-8").partition(" ")[0]
    return name if name in LISTS else None


def stamp_of(name: str) -> str:
    """Describe a list so that any change of it shows."""
    return f"{name} {hashlib.sha256((REQUIREMENTS / f'{name}.txt').read_bytes()).hexdigest()}"


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one set-up at a time work in this folder; the others wait."""
    import fcntl  # noqa: PLC0415 - Windows has none and should see the help page at least

    folder = ROOT / "var"
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another run.py is setting up this folder; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install(name: str) -> None:
    """Fill `.venv` from a list whose every package carries its hash."""
    STAMP.unlink(missing_ok=True)
    requirements = ["-q", "--require-hashes", "-r", str(REQUIREMENTS / f"{name}.txt")]
    uv = shutil.which("uv")
    say(f"Setting up .venv from requirements/{name}.txt with {'uv' if uv else 'pip'} ...")
    if not (uv and install_with_uv(uv, requirements)):
        make_venv_with_pip()
        run([PYTHON, "-m", "pip", "install", "--no-input", *requirements])
    STAMP.write_text(stamp_of(name), encoding="utf-8")


def install_with_uv(uv: str, requirements: list[str]) -> bool:
    """Install with uv; where it fails, pip may know a mirror or a certificate that uv does not."""
    make: list[str | Path] = [uv, "venv", "-q", "--clear", "-p", sys.executable, VENV]
    fill: list[str | Path] = [uv, "pip", "install", "--compile-bytecode", "-p", PYTHON]
    works = PYTHON.exists() or succeeds(make)
    if works and succeeds([*fill, *requirements]):
        return True
    say("uv could not do it (its reason stands above); trying pip ...")
    return False


def make_venv_with_pip() -> None:
    """Make `.venv` with pip in it, or say which system package is missing."""
    has_pip = (
        PYTHON.exists()
        and not subprocess.run(
            [PYTHON, "-c", "import pip"], check=False, stderr=subprocess.DEVNULL
        ).returncode
    )
    if has_pip:
        return
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        sys.exit(
            "This Python cannot make virtual environments: its `venv` or `ensurepip` is missing,\n"
            "and there is no uv either. Install one of them and start again:\n"
            "  Debian, Ubuntu:  apt-get install python3-venv\n"
            "  anywhere:        python3 -m pip install uv"
        )
    run([sys.executable, "-m", "venv", "--clear", VENV])


def stale_messages() -> list[Path]:
    """Find the message catalogues that are newer than their compiled files."""
    compiler = ROOT / "clearinghouse" / "shared" / "messages.py"
    catalogues = ROOT.glob("clearinghouse/locale/*/LC_MESSAGES/*.po")
    return [path for path in catalogues if compiler.exists() and is_stale(path)]


def is_stale(catalogue: Path) -> bool:
    """Tell whether a catalogue lacks a compiled file of its own age."""
    compiled = catalogue.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < catalogue.stat().st_mtime


def run(command: list[str | Path]) -> None:
    """Run a command of the set-up; end with one sentence if it fails."""
    if not succeeds(command):
        sys.exit(f"The set-up stopped at: {' '.join(map(str, command))}\nThe reason stands above.")


def succeeds(command: list[str | Path], *, quiet: bool = False) -> bool:
    """Run a command and tell whether it ended well."""
    silence = subprocess.DEVNULL if quiet else None
    return not subprocess.run(command, check=False, stdout=silence, stderr=silence).returncode


def say(text: str) -> None:
    """Tell the person what happens, leaving standard output to the commands."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
