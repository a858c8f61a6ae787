"""`run.py nightly`: the long versions of the tests that are short in the gate, and one table.

Each part is a run of pytest with its numbers in the environment (tests/README.md lists them all).
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Part:
    """Some tests, and the numbers that make them long."""

    paths: tuple[str, ...]
    numbers: Mapping[str, str]


PARTS = {
    "engine": Part(
        ("tests/engine",),
        {
            "ENGINE_MARKETS": "10000",
            "ENGINE_MUTATIONS": "1000",
            "ENGINE_FUZZ": "5000",
            "GOLDEN_SCALE": "1",
        },
    ),
    "accounts": Part(
        ("tests/accounts", "tests/web/test_sessions.py"),
        {"REVOCATIONS": "31", "SIGN_IN_TIMING": "300"},
    ),
    "audit": Part(
        ("tests/audit",),
        {"AUDIT_TAMPERINGS": "50", "AUDIT_WRITES": "10000", "AUDIT_SPEED_ROWS": "500000"},
    ),
    "statistics": Part(("tests/statistics",), {"STATISTICS_PAIRS": "200"}),
    "fire": Part(("tests/fire",), {}),
    "journeys": Part(("tests/demo", "tests/background", "tests/races"), {}),
    "worlds": Part(
        ("tests/worlds/test_two_worlds.py",), {"WORLDS_HISTORIES": "2000", "WORLDS_ASKS": "20"}
    ),
    "canaries": Part(("tests/worlds/test_canaries.py",), {"CANARY_REQUESTS": "250000"}),
    "timing": Part(("tests/worlds/test_timing.py",), {"TIMING_PAIRS": "6000"}),
    "guard": Part(("tests/guard",), {"RLS_BENCH": "1"}),
    "matrix": Part(("tests/matrix",), {"MATRIX_WHOLE": "1"}),
}


def main(words: Sequence[str]) -> int:
    """Run the chosen parts one after the other, print the table, return 1 if any failed."""
    parser = argparse.ArgumentParser(prog="run.py nightly", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; or all")
    parser.add_argument("--json", action="store_true", help="print the table as JSON")
    chosen = parser.parse_args(words)
    if unknown := set(chosen.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        reports = {
            "FIRE_REPORT": Path(folder) / "fire.jsonl",
            "PROOF_REPORT": Path(folder) / "proofs.jsonl",
        }
        rows = [run(name, reports) for name in chosen.parts or PARTS]
        drills, proofs = (lines_of(path) for path in reports.values())
    about = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}",
        "date": datetime.now(UTC).date().isoformat(),
    }
    if chosen.json:
        table = {**about, "parts": rows, "drills": drills, "proofs": proofs}
        print(json.dumps(table, indent=1))
    else:
        show(about, rows, drills, proofs)
    return any(row["status"] for row in rows)


def lines_of(path: Path) -> list[dict[str, object]]:
    """Return what tests have noted, a line of JSON each."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def run(name: str, reports: Mapping[str, Path]) -> dict[str, str | int | float]:
    """Run one part; return its name, pytest's status and last line, and the seconds."""
    part = PARTS[name]
    print(
        f"\n== {name}: {' '.join(f'{key}={value}' for key, value in part.numbers.items())}",
        file=sys.stderr,
        flush=True,
    )
    began, lines = time.monotonic(), [""]
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", *part.paths],
        cwd=ROOT,
        env=os.environ
        | {"NIGHTLY": "1"}
        | {key: str(path) for key, path in reports.items()}
        | part.numbers,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            sys.stderr.write(line)
            lines.append(line.strip() or lines[-1])
    return {
        "part": name,
        "status": process.returncode,
        "result": lines[-1],
        "seconds": round(time.monotonic() - began),
    }


def show(
    about: Mapping[str, str],
    rows: Sequence[Mapping[str, object]],
    drills: Sequence[Mapping[str, object]],
    proofs: Sequence[Mapping[str, object]],
) -> None:
    """Print what was done as up to three tables."""
    print(f"\n{about['date']}, {about['machine']}\n")
    print("| part | result | seconds |\n|---|---|---|")
    for row in rows:
        word = "pass" if row["status"] == 0 else "FAIL"
        print(f"| {row['part']} | {word}: {row['result']} | {row['seconds']} |")
    if drills:
        print("\n| fault | repetitions | result | seconds |\n|---|---|---|---|")
    for drill in drills:
        print("| {fault} | {repetitions} | {result} | {seconds} |".format(**drill))
    if proofs:
        print("\n| proof | size | result | seconds |\n|---|---|---|---|")
    for proof in proofs:
        print("| {proof} | {size} | {result} | {seconds} |".format(**proof))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
