"""Forges plans by the thousand and writes the table of what the verifier made of them.

`python -m tests.engine.mutation_table` writes docs/mutations.md (about three minutes).
"""

import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from clearinghouse.engine import Fault, match, plan_to_json, read_market, read_plan, verify
from tests.engine.judge import SHAPE, Judge
from tests.engine.markets import random_market
from tests.engine.mutations import KINDS, PLACEMENT, CannotError, Case, restate, seal

Json = dict[str, Any]
TABLE: Final = Path(__file__).resolve().parents[2] / "docs" / "mutations.md"
RUNS: Final = [(name, False) for name in KINDS] + [(name, True) for name in PLACEMENT]
POINTS: Final = {"draw with another seed": 0}
"""The most points anybody has, where it is not 3: with many ties the lottery decides more."""

PROMISE_OF: Final = {
    Fault.MARKET_DIGEST_WRONG: "digests",
    Fault.PLAN_DIGEST_WRONG: "digests",
    Fault.ROWS_NOT_SORTED: "sorting",
    Fault.CANDIDATE_UNKNOWN: "people",
    Fault.CANDIDATE_MISSING: "people",
    Fault.CANDIDATE_REPEATED: "people",
    Fault.POSTING_NOT_WISHED: "asked",
    Fault.POSTING_OVERFILLED: "capacity",
    Fault.CAP_OVERFILLED: "caps",
    Fault.SEAT_WRONG: "seats",
    Fault.PLACE_WASTED: "non-wastefulness",
    Fault.RESERVE_IGNORED: "reserve",
    Fault.ENVY_SAME_GROUP: "envy within a group",
    Fault.ENVY_OPEN_PLACE: "envy of an open place",
    Fault.ENVY_REVERTED_PLACE: "envy of a reverted place",
    Fault.POSTING_UNSTABLE: "stability",
    Fault.CUTOFF_UNKNOWN: "cut-offs",
    Fault.CUTOFF_MISSING: "cut-offs",
    Fault.CUTOFF_REPEATED: "cut-offs",
    Fault.CUTOFF_WRONG: "cut-offs",
    Fault.CERTIFICATE_BROKEN: "certificate",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One forged plan: what is broken by definition, and what the verifier says is broken."""

    seed: int
    broken: frozenset[str]
    found: frozenset[str]

    @property
    def agrees(self) -> bool:
        """Tell whether both name the same promises, as far as those have an exact meaning."""
        if self.broken & SHAPE:
            return self.found >= self.broken & (SHAPE | {"digests", "sorting"})
        return self.found == self.broken


@dataclass(slots=True)
class Tally:
    """What became of the forgeries of one kind."""

    tried: int = 0
    breaking: int = 0
    found: int = 0
    false_alarms: int = 0
    promises: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: Verdict) -> None:
        self.tried += 1
        self.breaking += bool(verdict.broken)
        self.found += bool(verdict.broken and verdict.found)
        self.false_alarms += bool(verdict.found and not verdict.broken)
        self.promises.update(verdict.broken)


def verdicts(name: str, wanted: int, *, restated: bool = False) -> Iterator[Verdict]:
    """Yield what judge and verifier say about this many forgeries of a kind."""
    found = 0
    for seed in range(wanted * 400):
        case = _forged(name, seed, restated=restated)
        if case is None:
            continue
        judge = case.judge if case.market is case.judge.market else Judge(case.market)
        seal(case, judge)
        findings = verify(read_market(case.market), read_plan(case.plan))
        codes = frozenset(PROMISE_OF[Fault(finding.code)] for finding in findings)
        yield Verdict(seed, frozenset(judge.broken(case.plan)), codes)
        found += 1
        if found == wanted:
            return
    raise AssertionError(f"only {found} plans could be forged by {name!r}")


def _forged(name: str, seed: int, *, restated: bool) -> Case | None:
    market, plan, judge = _sound(seed, POINTS.get(name, 3))
    case = Case(random.Random(f"{name} {seed}"), judge, market, plan)
    try:
        KINDS[name](case)
        if restated:
            restate(case)
    except CannotError:
        return None
    unchanged = case.plan == plan and case.market == market
    return None if unchanged else case


@lru_cache(maxsize=4000)
def _sound(seed: int, points: int) -> tuple[Json, Json, Judge]:
    market = random_market(seed, people=8, postings=4, wishes=4, points=points)
    return market, plan_to_json(match(read_market(market))), Judge(market)


def tally(name: str, wanted: int, *, restated: bool = False) -> Tally:
    """Return the tally of one kind."""
    result = Tally()
    for verdict in verdicts(name, wanted, restated=restated):
        result.add(verdict)
    return result


HEAD: Final = """# Forged plans and the verifier

Written by `python -m tests.engine.mutation_table`; not edited by hand. The gate repeats it with
100 forgeries of each kind (`python3 run.py test tests/engine/test_mutations.py`), the nightly run
with `ENGINE_MUTATIONS=1000`.

Each forgery starts from the engine's own plan of a random market (up to 8 people, 4 postings,
ties, empty lists, zero quotas, both orders, reserves of 0..q, state caps), is really different
from it, and is **sealed again with fitting digests**, as any attacker can do (except where the
digest is what is forged). *Restated* means a careful forger: after moving people, the kinds of
seats and all cut-offs are rewritten to fit.

*Breaks a promise* is decided without the verifier and without the engine: `tests/engine/judge.py`
asks the choice rule of the matching page, by brute force, what each posting would do, and finds
each cut-off by offering it a newcomer at every height. A forgery that breaks nothing is another
sound plan: sometimes another stable one, since that everybody got the best stable place cannot be
seen in one plan; then matching again shows it. The verifier must accept those: anything else is a
false alarm.
"""


def write(wanted: int) -> str:
    """Return the page with the measured table."""
    tallies = {run: tally(run[0], wanted, restated=run[1]) for run in RUNS}
    lines = [
        HEAD,
        (
            "| forgery | tried | breaks a promise | found | sound, accepted | false alarms"
            " | breaks most |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    for (name, restated), row in tallies.items():
        most = ", ".join(
            promise
            for promise, _ in sorted(row.promises.items(), key=lambda item: (-item[1], item[0]))[:3]
        )
        label = f"{name}, restated" if restated else name
        sound = row.tried - row.breaking - row.false_alarms
        lines.append(
            f"| {label} | {row.tried:,} | {row.breaking:,} | {row.found:,} | {sound:,} |"
            f" {row.false_alarms:,} | {most} |"
        )
    tried, breaking, found, alarms = (
        sum(getattr(row, name) for row in tallies.values())
        for name in ("tried", "breaking", "found", "false_alarms")
    )
    lines.append(
        f"| **all** | {tried:,} | {breaking:,} | {found:,} | {tried - breaking - alarms:,} |"
        f" {alarms:,} | |"
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(write(int(sys.argv[1]) if sys.argv[1:] else 1000), encoding="utf-8")
