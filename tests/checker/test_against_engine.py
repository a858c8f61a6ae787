"""The checker and the engine, which share no line, agree on random markets; faults are found."""

import copy
from typing import Any

import pytest

import verify_round
from clearinghouse import engine
from tests.engine.markets import random_market

Json = dict[str, Any]


class Silent(verify_round.Report):
    """Counts without printing."""

    def say(self, good: bool, *_words: Any) -> None:
        self.faults += not good


def faults_of(market: Json, plan: Json) -> int:
    report = Silent()
    verify_round.check_plan(
        verify_round.Market(market, "market"), verify_round.Plan(plan, "plan"), "it", report
    )
    return report.faults


def solved(seed: int) -> tuple[Json, Json]:
    market = engine.read_market(random_market(seed))
    return engine.market_to_json(market), engine.plan_to_json(engine.match(market))  # type: ignore[return-value]


@pytest.mark.parametrize("start", range(0, 400, 100))
def test_agrees_with_the_engine_with_and_without_caps(start: int) -> None:
    for seed in range(start, start + 100):
        assert faults_of(*solved(seed)) == 0, seed


def test_finds_every_other_assignment_of_one_person() -> None:
    found = 0
    for seed in range(60):
        market, plan = solved(seed)
        wishes = {row["id"]: [w["posting"] for w in row["wishes"]] for row in market["candidates"]}
        for place, row in enumerate(plan["assignments"]):
            for posting in [None, *wishes[row["candidate"]]]:
                for seat in ["open", "reserved", "reverted"] if posting else [None]:
                    if (posting, seat) == (row["posting"], row["seat"]):
                        continue
                    forged = copy.deepcopy(plan)
                    forged["assignments"][place].update(posting=posting, seat=seat)
                    del forged["digest"]
                    forged["digest"] = verify_round.sha(verify_round.canonical(forged))
                    assert faults_of(market, forged) > 0, (seed, place, posting, seat)
                    found += 1
    assert found > 400
