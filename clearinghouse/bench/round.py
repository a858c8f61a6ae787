"""A whole round in PostgreSQL, beside bare COPY of the same rows and the plain ORM way.

`python3 run.py bench round [--applicants N] [--repeats R] [--json]`. Everything runs in one
throw-away cluster; each way runs in a process of its own, so that its memory is its own. Rows are
those of `market.generate`, sealed under names of 32 hexadecimal digits, vacuumed as autovacuum
would have done.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from typing import Any

from clearinghouse.embedded.environment import child_environment
from clearinghouse.embedded.folders import ROOT
from clearinghouse.embedded.pair import throw_away_pair

# The ORM way is measured up to this size and scaled from there: its cost is linear.
ORM_MOST = 100_000
# A worker has done something before: the number and size of the round that warms it up.
WARM_UP = 1_000
PARTS = (
    "read", "lottery", "check", "match", "verify", "digests", "second", "copy", "key",
    "rows_checked", "attach",
)  # fmt: skip
EXTRA = ("digests", "second")


def main(words: list[str]) -> int:
    """Measure, print a table or JSON, and return 1 if a goal was missed."""
    given = _arguments(words)
    with throw_away_pair() as pair:
        env = child_environment(
            pair.environment,
            SECRET_KEY="for the bench only",
            LOG_LEVEL="ERROR",
            NUMBA_CACHE_DIR=os.environ.get("NUMBA_CACHE_DIR", str(ROOT / "var" / "numba")),
        )
        ask = _Asker(env, given.repeats)
        ask("seed", WARM_UP, round=WARM_UP)
        sealed = ask("seed", given.applicants, round=1)
        ways = {
            "copy": ask("copy", given.applicants, round=1),
            "numba": ask("whole", given.applicants, round=1, accelerator="numba"),
            "numpy": ask("whole", given.applicants, round=1, accelerator="numpy"),
        }
        small = min(given.applicants, ORM_MOST)
        if small < given.applicants:
            ask("seed", small, round=2)
        ways["orm"] = ask("orm", small, round=1 if small == given.applicants else 2)
        ways["orm"]["scale"] = given.applicants / small
    report = summary(given.applicants, given.repeats, sealed, ways)
    print(json.dumps(report, indent=1) if given.json else table(report))
    return int(any(row["verdict"] == "FAIL" for row in report["goals"]))


class _Asker:
    """Runs one part of the bench in a child process and reads its line of JSON."""

    def __init__(self, env: dict[str, str], repeats: int) -> None:
        self.env = env
        self.repeats = repeats

    def __call__(self, verb: str, size: int, *, round: int, accelerator: str = "") -> Any:  # noqa: A002
        words = [verb, str(size), str(round), str(self.repeats)]
        env = self.env | ({"ENGINE_ACCELERATOR": accelerator} if accelerator else {})
        done = subprocess.run(
            [sys.executable, "-m", "clearinghouse.bench.round_ways", *words],
            env=env, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout.splitlines()[-1])


def summary(size: int, repeats: int, sealed: Any, ways: dict[str, Any]) -> dict[str, Any]:
    """Return medians, ratios and goals."""
    bare = statistics.median(ways["copy"]["out"]) + statistics.median(ways["copy"]["into"])
    orm = statistics.median(ways["orm"]["seconds"]) * ways["orm"]["scale"]
    rows = {name: _whole(ways[name]) for name in ("numba", "numpy")}
    fast, plain = rows["numba"], rows["numpy"]
    goals = [
        ("whole round <= 1.3 x bare COPY", fast["whole"] / bare, 1.3, "most"),
        ("with digests (no goal of its own)", fast["with_digests"] / bare, None, "most"),
        ("with digests and second program (no goal)", fast["all"] / bare, None, "most"),
        ("whole round, NumPy only (no goal)", plain["whole"] / bare, None, "most"),
        ("ORM way >= 10 x, digests in both", orm / fast["with_digests"], 10, "least"),
        ("ORM way >= 6 x, NumPy only", orm / plain["with_digests"], 6, "least"),
        ("matching <= 15 % of the round", fast["parts"]["match"] / fast["whole"], 0.15, "most"),
    ]
    digests = {digest for name in rows for digest in ways[name]["digests"]}
    digests |= set(ways["orm"]["digests"]) if ways["orm"]["scale"] == 1 else set()
    return {
        "applicants": size,
        "repeats": repeats,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.python_version()}",
        "sealed": sealed,
        "bare_copy": {
            "out": statistics.median(ways["copy"]["out"]),
            "into": statistics.median(ways["copy"]["into"]),
            "sum": bare,
        },
        "whole": rows,
        "orm": {"seconds": orm, "scaled_from": size / ways["orm"]["scale"],
                "parts": ways["orm"]["parts"], "peak_mb": ways["orm"]["peak_mb"]},
        "one_plan_digest": len(digests) == 1,
        "goals": [
            {"goal": goal, "ratio": ratio, "verdict": _verdict(ratio, limit, sense)}
            for goal, ratio, limit, sense in goals
        ],
    }  # fmt: skip


def table(report: dict[str, Any]) -> str:
    """Print a report for people."""
    bare, fast, plain = report["bare_copy"], report["whole"]["numba"], report["whole"]["numpy"]
    lines = [
        f"{report['applicants']:,} applicants, {report['sealed']['wishes']:,} wishes,",
        f"{report['sealed']['postings']:,} postings; medians of {report['repeats']}, seconds",
        report["machine"],
        "",
        f"{'':26}{'Numba':>10}{'NumPy':>10}",
    ]
    lines += [
        f"  {part:24}{fast['parts'][part]:10.3f}{plain['parts'][part]:10.3f}" for part in PARTS
    ]
    for key, label in (
        ("whole", "read, match, verify, write"),
        ("with_digests", "... with digests"),
        ("all", "... and second program"),
        ("wall", "wall clock of the run"),
        ("peak_mb", "peak memory, MB"),
    ):
        lines.append(f"{label:26}{fast[key]:10.3f}{plain[key]:10.3f}")
    lines += [
        f"{'bare COPY out + in':26}{bare['out']:10.3f} +{bare['into']:8.3f} = {bare['sum']:.3f}",
        f"{'plain ORM way':26}{report['orm']['seconds']:10.3f}",
        f"  (measured at {report['orm']['scaled_from']:,.0f}: {report['orm']['parts']})",
        f"{'one plan digest':26}{'yes' if report['one_plan_digest'] else 'NO':>10}",
        "",
    ]
    lines += [f"{row['verdict']:5} {row['ratio']:9.3f}  {row['goal']}" for row in report["goals"]]
    return "\n".join(lines)


def _whole(way: dict[str, Any]) -> dict[str, Any]:
    parts = {part: statistics.median(run.get(part, 0.0) for run in way["parts"]) for part in PARTS}
    wall = statistics.median(way["seconds"])
    extra = {part: parts[part] for part in EXTRA}
    return {
        "parts": parts,
        "wall": wall,
        "all": wall,
        "with_digests": wall - extra["second"],
        "whole": wall - sum(extra.values()),
        "peak_mb": way["peak_mb"],
        "accelerator": way["checked_by"],
    }


def _verdict(ratio: float, limit: float | None, sense: str) -> str:
    if limit is None:
        return "-"
    return "pass" if (ratio <= limit if sense == "most" else ratio >= limit) else "FAIL"


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench round", description=__doc__)
    parser.add_argument("--applicants", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
