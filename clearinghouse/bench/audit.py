"""What the audit costs and how fast a long trail is verified, in one run.

`python3 run.py bench audit [--rows N] [--repeats R] [--json]`. A throw-away cluster is filled with
acts, changed rows and reads; then the whole trail is verified, beside a bare COPY of the same
entries and beside plain Python row by row. Writes are done with and without their triggers, turn
about. Everything runs in one process (`audit_ways`).
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from typing import Any

from clearinghouse.embedded.environment import child_environment, new_key, new_signing_key
from clearinghouse.embedded.pair import throw_away_pair

# Entries verified in a second, at least.
GOAL = 50_000


def main(words: list[str]) -> int:
    """Measure, print a table or JSON, and return 1 if verification is slower than the goal."""
    given = _arguments(words)
    with throw_away_pair() as pair:
        env = child_environment(
            pair.environment,
            SECRET_KEY="for the bench only",
            LOG_LEVEL="ERROR",
            DEMO_MODE="1",
            WRAPPING_KEY=new_key(),
            SHIELD_KEY=new_key(),
            SIGNING_KEY=new_signing_key(),
        )
        command = [sys.executable, "-m", "clearinghouse.bench.audit_ways"]
        done = subprocess.run(
            [*command, str(given.rows), str(given.repeats)],
            env=env, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    report = json.loads(done.stdout.splitlines()[-1])
    report["machine"] = (
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    report["goal"] = GOAL
    report["verdict"] = "PASS" if report["verify"]["speed"] >= GOAL else "FAIL"
    print(json.dumps(report, indent=1) if given.json else table(report))
    return int(report["verdict"] == "FAIL")


def table(report: dict[str, Any]) -> str:
    """Print a report as Markdown."""
    verify = report["verify"]
    lines = [
        (
            f"{report['entries']:,} entries, {report['live_rows']:,} live rows,"
            f" {report['checkpoints']} checkpoints; medians of {report['repeats']};"
            f" {report['machine']}"
        ),
        "",
        "| Way | Seconds | Processor | Entries a second | Ratio to COPY |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {way['way']} | {way['seconds']:.2f} | {way['processor']:.2f} |"
        f" {way['speed']:,.0f} | {way['ratio']:.1f} |"
        for way in report["ways"]
    ]
    lines += [
        "",
        (
            f"Verification: {verify['speed']:,.0f} entries a second by the clock,"
            f" {verify['per_processor']:,.0f} a second of processor time;"
            f" goal {report['goal']:,}: {report['verdict']}"
        ),
        "",
        "| Write | Rows | Without (ms) | With (ms) | Ratio | More a row (µs) |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['write']} | {row['rows']:,} | {row['without']:.2f} | {row['with']:.2f} |"
        f" {row['ratio']:.2f} | {row['more']:.1f} |"
        for row in report["writes"]
    ]
    return "\n".join(lines)


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench audit", description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args(words)
