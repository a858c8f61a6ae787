"""The verifier against forged plans of every kind; docs/mutations.md shows the full run."""

import os
import random
from itertools import product

import pytest

from clearinghouse.engine import match, plan_to_json, read_market, read_plan, verifier, verify
from tests.engine.judge import Judge
from tests.engine.markets import Json, candidate, market, posting, random_market
from tests.engine.mutation_table import RUNS, TABLE, verdicts
from tests.engine.mutations import Case, restate, seal

WANTED = int(os.environ.get("ENGINE_MUTATIONS", "100"))


@pytest.mark.parametrize(
    ("name", "restated"), RUNS, ids=[f"{name}{', restated' * late}" for name, late in RUNS]
)
def test_finds_every_forgery_and_raises_no_false_alarm(name: str, restated: bool) -> None:
    for verdict in verdicts(name, WANTED, restated=restated):
        assert bool(verdict.found) is bool(verdict.broken), verdict
        assert verdict.agrees, verdict


@pytest.mark.parametrize("check", verifier._CHECKS, ids=lambda check: check.__name__)
def test_misses_forgeries_without_any_one_of_its_checks(
    check: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "_CHECKS", tuple(c for c in verifier._CHECKS if c is not check))

    agreed = (verdict.agrees for name, late in RUNS for verdict in verdicts(name, 5, restated=late))

    assert not all(agreed)


def test_accepts_anything_without_its_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "_CHECKS", ())

    assert not any(verdict.found for verdict in verdicts("over-fill a posting", 20))


TWO_STABLE = market(
    [posting("X", 1), posting("Y", 1)],
    [candidate("a", ("X", 1), ("Y", 2)), candidate("b", ("Y", 1), ("X", 2))],
)


def test_accepts_another_stable_plan_because_one_plan_cannot_show_the_best() -> None:
    best = plan_to_json(match(read_market(TWO_STABLE)))
    other = restated(Judge(TWO_STABLE), best, {"a": "Y", "b": "X"})

    assert [row["posting"] for row in best["assignments"]] == ["X", "Y"]
    assert verify(read_market(TWO_STABLE), read_plan(other)) == []


def test_accepts_exactly_the_stable_ones_among_all_assignments_of_a_market() -> None:
    sound = 0
    for seed in range(max(WANTED // 5, 20)):
        data = random_market(seed, people=4, postings=3)
        judge = Judge(data)
        ready = read_market(data)
        plan = plan_to_json(match(ready))
        options = [[*judge.oracle.wishes(name), None] for name in judge.names]
        for places in product(*options):
            result = dict(zip(judge.names, places, strict=True))
            forged = restated(judge, plan, result)

            accepted = not verify(ready, read_plan(forged))

            assert accepted is judge.oracle.is_stable(result), (seed, result)
            assert accepted is (not judge.broken(forged)), (seed, result)
            sound += accepted
    assert sound


def test_judges_every_plan_of_the_engine_sound() -> None:
    for seed in range(WANTED):
        data = random_market(seed, people=8, postings=4, wishes=4)
        assert Judge(data).broken(plan_to_json(match(read_market(data)))) == set(), seed


def test_shows_every_kind_in_the_published_table() -> None:
    rows = [line.split(" | ") for line in TABLE.read_text(encoding="utf-8").splitlines()]
    table = {row[0].removeprefix("| "): row[1:] for row in rows if len(row) > 4}

    expected = {f"{name}, restated" if late else name for name, late in RUNS}
    assert table.keys() - {"forgery", "**all**"} == expected
    for name in expected:
        tried, breaking, found, _, alarms = table[name][:5]
        assert (tried, found, alarms) == ("1,000", breaking, "0"), name


def restated(judge: Judge, plan: Json, result: dict[str, str | None]) -> Json:
    """Write the plan of any assignment with the seats and cut-offs that fit it."""
    case = Case(random.Random(0), judge, judge.market, plan)
    for row in case.plan["assignments"]:
        row["posting"] = result[row["candidate"]]
        row["seat"] = "open" if row["posting"] else None
    restate(case)
    seal(case, judge)
    return case.plan
