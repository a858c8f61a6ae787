"""How often each drill is repeated: little in the gate, much in the nightly run.

`NIGHTLY=1` asks for the long versions; `FIRE_<NAME>=n` sets one number by hand.
"""

import json
import os
import time
from pathlib import Path

NIGHTLY = os.environ.get("NIGHTLY") == "1"
# Where a line of JSON for each drill goes, for the table that `run.py nightly` prints.
REPORT = os.environ.get("FIRE_REPORT", "")


def times(name: str, *, gate: int, nightly: int) -> int:
    """Say how often a drill is repeated in this run."""
    return int(os.environ.get(f"FIRE_{name.upper()}", nightly if NIGHTLY else gate))


def report(fault: str, *, repetitions: int, result: str, began: float) -> None:
    """Keep what a drill has found, if somebody asked for a report."""
    if REPORT:
        line = {
            "fault": fault,
            "repetitions": repetitions,
            "result": result,
            "seconds": round(time.monotonic() - began, 1),
        }
        with Path(REPORT).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
