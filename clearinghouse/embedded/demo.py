"""`run.py demo`: the whole portal on this machine, until Ctrl-C or once."""

import argparse
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from clearinghouse.embedded.environment import demo_environment
from clearinghouse.embedded.errors import EmbeddedError, exit_status
from clearinghouse.embedded.folders import (
    DEMO_DATA,
    empty_data_folder,
    find_data_folder,
    held_data_folder,
    make_folder,
)
from clearinghouse.embedded.pair import ADDRESSES, Pair, data_pair, throw_away_pair, versions
from clearinghouse.embedded.services import Services
from clearinghouse.embedded.steps import (
    collect_static,
    demo_logins,
    fill_database,
    run_main_job,
    say,
)

DEFAULT_PORT = 8000
FIRST_START = "first-start-begun"
FIRST_START_DONE = "first-start-done"
LIVED_IN = "--lived-in"  # people answer after the main job, so that every role has something to see
# The operator's share of the draw comes from the secret key: the same key, the same digests. The
# data is invented and gone in a minute, so that nothing is protected by it.
SAME_EVERY_TIME = "throw-away demonstration"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(words: list[str]) -> int:
    """Run the demo as the command line asks."""
    options = _parse(words)
    _stop_on_signals()
    if any(name in os.environ for name in ADDRESSES):
        say("The demo starts its own servers; DATABASE_URL and REDIS_URL are not used.")
    try:
        if options.once:
            print(run_once(options.port or _free_port()), flush=True)
        else:
            serve(options.port or DEFAULT_PORT, data=options.data, reset=options.reset)
    except KeyboardInterrupt:
        say("Stopped.")
        return 130 if options.once else 0
    return 0


def serve(port: int, *, data: Path, reset: bool) -> None:
    """Keep the portal running on a data folder that stays."""
    _check_port(port)
    if reset or was_interrupted(data):
        reset_data(data)
    with data_pair(data) as pair, _portal(pair, port) as (services, env):
        if pair.place.data != data.absolute():
            say(f"(The account {pair.place.account.name} cannot reach {data.absolute()}.)")
        first_start = pair.place.data / FIRST_START
        if first_start.exists():
            print(run_main_job(env, LIVED_IN, watch=services.check), flush=True)
            first_start.replace(pair.place.data / FIRST_START_DONE)
        logs = pair.place.logs
        say(f"\nLogs: {logs}\nMail: {env['EMAIL_FILE_PATH']}\n")
        print(
            f"{demo_logins(env, pair.place.data)}\n\nhttp://127.0.0.1:{port}/   Ctrl-C stops.",
            flush=True,
        )
        while True:
            services.check()
            time.sleep(0.5)


def run_once(port: int) -> str:
    """Do the main job once on throw-away data; return its line of JSON."""
    _check_port(port)
    with throw_away_pair() as pair, _portal(pair, port) as (services, env):
        return run_main_job(env, watch=services.check)


@contextlib.contextmanager
def _portal(pair: Pair, port: int) -> Iterator[tuple[Services, dict[str, str]]]:
    data = pair.place.data
    say(f"{versions(pair.place.account)} as {pair.place.account.name}, data in {data}")
    env = demo_environment(pair.environment, data=data) | {"SITE_URL": f"http://127.0.0.1:{port}"}
    if pair.place.throw_away:
        env["SECRET_KEY"] = SAME_EVERY_TIME
    services = Services(
        port=port,
        data=data,
        env=env,
        servers=(pair.postgres, pair.valkey),
        revive={pair.valkey.name: pair.restart_valkey},
    )
    try:
        if not (data / FIRST_START_DONE).exists():
            (data / FIRST_START).touch()
        make_folder(data / "mail")
        fill_database(env, data)
        collect_static(env)
        say("Web server, worker, clock ...")
        services.start()
        services.wait_until_healthy()
        yield services, env
    except EmbeddedError:
        if pair.place.throw_away:  # the logs go with the data
            say(services.tails())
        else:
            say(f"Logs: {pair.place.logs}   `demo --reset` starts again from empty data.")
        raise
    finally:
        services.stop()


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py demo", description=__doc__)
    parser.add_argument("--port", type=int, help=f"default {DEFAULT_PORT}; with --once a free one")
    parser.add_argument("--once", action="store_true", help="do the main job once and stop")
    parser.add_argument("--reset", action="store_true", help="start again from empty data")
    parser.add_argument("--data", type=Path, default=DEMO_DATA, help="the data folder")
    return parser.parse_args(words)


def was_interrupted(wanted: Path) -> bool:
    """Tell whether a first start left half of its example data, which nobody has used yet."""
    data, _account = find_data_folder(wanted)
    interrupted = (data / FIRST_START).exists()
    if interrupted:
        say("The first start on this data folder was interrupted.")
    return interrupted


def reset_data(wanted: Path) -> None:
    """Delete what a data folder of ours holds, unless somebody uses it."""
    data, _account = find_data_folder(wanted)
    with held_data_folder(data):
        empty_data_folder(data)
    say(f"Deleted what was in {data}.")


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise EmbeddedError(
                f"Port {port} of 127.0.0.1 cannot be used: {error.strerror}. "
                "Choose another one with --port."
            ) from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _stop_on_signals() -> None:
    def stop(*_: object) -> None:
        for number in SIGNALS:  # stopping takes seconds and happens once
            signal.signal(number, signal.SIG_IGN)
        say("\nStopping ...")
        raise KeyboardInterrupt

    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, stop)


if __name__ == "__main__":
    sys.exit(exit_status(lambda: main(sys.argv[1:])))
