"""The engine against brute force from the definitions."""

from typing import Any

import pytest

from clearinghouse.engine import Bar, Cutoff, match, read_market, verify
from tests.engine.helpers import places
from tests.engine.markets import random_market
from tests.engine.oracle import Oracle

BATCHES = range(10)
PER_BATCH = 120


@pytest.mark.parametrize("batch", BATCHES)
def test_matches_the_best_stable_result_of_all_assignments(batch: int) -> None:
    for seed in range(batch * PER_BATCH, (batch + 1) * PER_BATCH):
        market = random_market(seed)

        assert places(market) == Oracle(market).best_stable(), seed


@pytest.mark.parametrize("batch", BATCHES)
def test_verifies_every_plan_of_its_own(batch: int) -> None:
    for seed in range(batch * PER_BATCH, (batch + 1) * PER_BATCH):
        market = read_market(random_market(seed, people=14, postings=6, wishes=5))

        assert verify(market, match(market)) == [], seed


def test_states_cutoffs_that_decide_about_any_newcomer() -> None:
    for seed in range(400):
        market = random_market(seed, people=8, postings=4, wishes=4)
        plan = match(read_market(market))
        oracle = Oracle(market)
        held = {(row.candidate, row.posting) for row in plan.assignments if row.posting}
        # One ticket between every two, and one before and after all.
        tickets = sorted(oracle.ticket.values())
        between = [tickets[0] - 1, *(ticket + 1 for ticket in tickets)]
        for cutoff in plan.cutoffs:
            if cutoff.posting is None:
                continue
            for protected, bar in ((False, cutoff.others), (True, cutoff.protected)):
                for points in range(-1, 5):
                    for ticket in between:
                        taken = oracle.takes_newcomer(
                            held, cutoff.posting, protected=protected, points=points, ticket=ticket
                        )
                        assert taken == _meets(oracle, bar, points, ticket), (seed, cutoff)


def test_states_caps_as_the_lowest_bar_of_their_postings() -> None:
    for seed in range(300):
        market = random_market(seed, people=8)
        cutoffs = {cutoff.posting or f"*{cutoff.cap}": cutoff for cutoff in _plan_cutoffs(market)}
        oracle = Oracle(market)
        for cap in market["caps"]:
            members = [cutoffs[name] for name in cap["postings"]]
            own = cutoffs[f"*{cap['id']}"]
            for group in ("others", "protected"):
                bars = [_height(oracle, getattr(member, group)) for member in members]
                assert _height(oracle, getattr(own, group)) == min(bars), seed


def _plan_cutoffs(market: dict[str, Any]) -> tuple[Cutoff, ...]:
    return match(read_market(market)).cutoffs


def _meets(oracle: Oracle, bar: Bar | None, points: int, ticket: int) -> bool:
    if bar is None:
        return True
    if bar.candidate is None:
        return False
    return (points, -ticket) > (bar.points, -oracle.ticket[bar.candidate])


def _height(oracle: Oracle, bar: Bar | None) -> tuple[int, int]:
    if bar is None:
        return -1, 0
    return bar.points, 0 if bar.candidate is None else -oracle.ticket[bar.candidate]
