"""`run.py manage`: one of Django's commands, with the servers it needs."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from clearinghouse.embedded.environment import (
    child_environment,
    demo_environment,
    new_key,
    new_signing_key,
)
from clearinghouse.embedded.errors import exit_status
from clearinghouse.embedded.folders import DEMO_DATA, ROOT, find_data_folder
from clearinghouse.embedded.pair import (
    addresses_from_outside,
    addresses_of_running_pair,
    data_pair,
    throw_away_pair,
)
from clearinghouse.embedded.processes import die_with_parent

MANAGE = [sys.executable, str(ROOT / "manage.py")]


def main(words: list[str]) -> int:
    """Run the command on the caller's servers, else on the running demo's, else on own ones.

    `--data DIR` before the command chooses another demo's data, `--throw-away` an empty database.
    """
    data, throw_away = DEMO_DATA, False
    while words and words[0] in {"--data", "--throw-away"}:
        if words[0] == "--data":
            data, words = Path(words[1]), words[2:]
        else:
            throw_away, words = True, words[1:]
    if addresses_from_outside():
        _become(words, os.environ)
    if throw_away:
        with throw_away_pair() as pair:
            env = child_environment(pair.environment) | {
                "SECRET_KEY": "throw-away",
                "SIGNING_KEY": new_signing_key(),
                "WRAPPING_KEY": new_key(),
                "SHIELD_KEY": new_key(),
            }
            return _run(words, env)
    folder, _account = find_data_folder(data)
    if addresses := addresses_of_running_pair(data):
        _become(words, demo_environment(addresses, data=folder))
    with data_pair(data) as pair:
        return _run(words, demo_environment(pair.environment, data=folder))


def _become(words: list[str], env: Mapping[str, str]) -> NoReturn:
    os.execve(sys.executable, [*MANAGE, *words], dict(env))  # noqa: S606 - no shell is wanted


def _run(words: list[str], env: Mapping[str, str]) -> int:
    # The terminal sends Ctrl-C to the command as well: its answer counts, then the servers stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))

    def default_interrupt() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        arrange()

    arrange = die_with_parent(signal.SIGTERM)
    command = [*MANAGE, *words]
    return subprocess.run(command, env=env, check=False, preexec_fn=default_interrupt).returncode


if __name__ == "__main__":
    sys.exit(exit_status(lambda: main(sys.argv[1:])))
