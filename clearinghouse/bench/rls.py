"""What row-level security costs: the busiest lists with and without it, in one run.

`python3 run.py bench rls [--people N] [--repeats R] [--json]`. A throw-away cluster is filled with
rows made by PostgreSQL itself; then each list is read by the owner, whom no policy stops, and by
its own login, turn about, in one process (`rls_lists`). Queries are counted both ways.
"""

import argparse
import json
import subprocess
import sys
from typing import Any

from clearinghouse.embedded.environment import child_environment, new_key
from clearinghouse.embedded.pair import throw_away_pair

GOAL = 2.0


def main(words: list[str]) -> int:
    """Measure, print a table or JSON, and return 1 if a list costs more than the goal.

    A list that asks more often with policies than without misses it too.
    """
    given = _arguments(words)
    with throw_away_pair() as pair:
        env = child_environment(
            pair.environment,
            SECRET_KEY="for the bench only",
            LOG_LEVEL="ERROR",
            DEMO_MODE="1",
            WRAPPING_KEY=new_key(),
            SHIELD_KEY=new_key(),
        )
        command = [sys.executable, "-m", "clearinghouse.bench.rls_lists"]
        done = subprocess.run(
            [*command, str(given.people), str(given.repeats)],
            env=env, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    report = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(report, indent=1) if given.json else table(report))
    return int(any(row["ratio"] > GOAL or _asks_more(row) for row in report["lists"]))


def table(report: dict[str, Any]) -> str:
    """Print a report as Markdown; milliseconds."""
    lines = [
        (
            f"{report['people']:,} people, {report['applications']:,} applications,"
            f" {report['wishes']:,} wishes; medians of {report['repeats']}, milliseconds"
        ),
        "",
        "| List | Login | Without | With | Ratio | Longest with | Queries without, with |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['list']} | {row['login']} | {row['without']:.1f} | {row['with']:.1f} |"
        f" {row['ratio']:.2f} | {row['longest']:.1f} | {row['queries_without']}, {row['queries']} |"
        for row in report["lists"]
    ]
    return "\n".join(lines)


def _asks_more(row: dict[str, Any]) -> bool:
    return bool(row["queries"] != row["queries_without"])


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench rls", description=__doc__)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args(words)
