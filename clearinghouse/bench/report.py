"""Times things side by side and says plainly which goals were met."""

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

MOST_SECONDS: Final = 8.0


@dataclass(frozen=True, slots=True)
class Time:
    """One thing measured: median processor seconds of so many runs."""

    name: str
    size: str
    seconds: float | None
    runs: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio and its bound; `at_least` says on which side it must lie."""

    name: str
    ratio: float | None
    bound: float
    at_least: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """Return pass, FAIL, or absent if it could not be measured."""
        if self.ratio is None:
            return "absent"
        good = self.ratio >= self.bound if self.at_least else self.ratio <= self.bound
        return "pass" if good else "FAIL"


@dataclass(slots=True)
class Report:
    """What one run measured."""

    command: str
    times: list[Time] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    def race(self, size: str, runners: Mapping[str, Callable[[], object]], runs: int = 5) -> None:
        """Run all in turn, so many rounds, and note their medians; long ones run less often."""
        seconds: dict[str, list[float]] = {name: [] for name in runners}
        for _ in range(runs):
            for name, runner in runners.items():
                if sum(seconds[name]) > MOST_SECONDS:
                    continue
                start = time.process_time()
                runner()
                seconds[name].append(time.process_time() - start)
        for name, values in seconds.items():
            self.times.append(Time(name, size, statistics.median(values), len(values)))

    def seconds(self, name: str, size: str) -> float | None:
        """Return what was measured under that name and size, None if nothing was."""
        for row in self.times:
            if (row.name, row.size) == (name, size):
                return row.seconds
        return None

    def goal(
        self, text: str, pair: tuple[str, str], size: str, bound: float, *, at_least: bool = False
    ) -> None:
        """Note the ratio of two measured times as a goal."""
        over, under = (self.seconds(name, size) for name in pair)
        ratio = None if over is None or not under else over / under
        self.goals.append(Goal(text, ratio, bound, at_least))

    def show(self, *, as_json: bool) -> int:
        """Print everything; return 1 if a goal was missed."""
        missed = sum(goal.verdict == "FAIL" for goal in self.goals)
        if as_json:
            goals = [asdict(goal) | {"verdict": goal.verdict} for goal in self.goals]
            rows = [asdict(row) for row in self.times]
            value = {"command": self.command, **machine(), "times": rows, "goals": goals}
            print(json.dumps(value, indent=2))
            return int(missed > 0)
        print(f"{self.command}\n" + ", ".join(f"{key} {value}" for key, value in machine().items()))
        print("\nProcessor time, median:")
        _table([_time_cells(row) for row in self.times])
        print("\nGoals:")
        _table([_goal_cells(goal) for goal in self.goals])
        print(f"\n{missed} of {len(self.goals)} goals missed")
        return int(missed > 0)


def machine() -> dict[str, str]:
    """Describe what the figures were measured on."""
    model = platform.processor() or "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return {
        "processor": model,
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def progress(text: str) -> None:
    """Tell the person who waits what is being measured."""
    print(f"... {text}", file=sys.stderr, flush=True)


def _time_cells(row: Time) -> list[str]:
    shown = "absent" if row.seconds is None else f"{row.seconds * 1000:,.1f} ms"
    return [row.size, row.name, shown, f"{row.runs} runs" if row.runs else "", row.note]


def _goal_cells(goal: Goal) -> list[str]:
    ratio = "-" if goal.ratio is None else f"{goal.ratio:,.2f}"
    sign = ">=" if goal.at_least else "<="
    return [goal.name, ratio, f"{sign} {goal.bound:,g}", goal.verdict, goal.note]


def _table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  " + "  ".join(cells).rstrip())
