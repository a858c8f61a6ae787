"""The verifier for arrays: quiet on every sound plan, loud on every change that matters."""

import random
from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest

from clearinghouse.bench.market import generate
from clearinghouse.engine import (
    ArrayMarket,
    ArrayPlan,
    InputError,
    match_arrays,
    read_market,
    to_arrays,
    to_plan,
    verify,
    verify_arrays,
)
from tests.engine.arrays import changed, differences, some_market
from tests.engine.markets import ORDERS, Json, candidate, market, posting

Change = Callable[[random.Random, ArrayMarket, ArrayPlan], ArrayPlan]


def swap(pick: random.Random, market: ArrayMarket, plan: ArrayPlan) -> ArrayPlan:
    one, other = (pick.randrange(len(plan.seat)) for _ in range(2))
    order = np.arange(len(plan.seat))
    order[[one, other]] = other, one
    return replace(plan, assignment=plan.assignment[order], seat=plan.seat[order])


def move(pick: random.Random, market: ArrayMarket, plan: ArrayPlan) -> ArrayPlan:
    if not len(market.posting):
        return plan
    wish = pick.randrange(len(market.posting))
    person = int(np.searchsorted(market.indptr, wish, side="right")) - 1
    plan = changed(plan, "assignment", person, int(market.posting[wish]))
    return changed(plan, "seat", person, pick.randrange(3))


def drop(pick: random.Random, market: ArrayMarket, plan: ArrayPlan) -> ArrayPlan:
    person = pick.randrange(len(plan.seat))
    return changed(changed(plan, "assignment", person, -1), "seat", person, -1)


def reseat(pick: random.Random, market: ArrayMarket, plan: ArrayPlan) -> ArrayPlan:
    person = pick.randrange(len(plan.seat))
    return changed(plan, "seat", person, pick.choice([-1, 0, 1, 2, 3]))


def stray(pick: random.Random, market: ArrayMarket, plan: ArrayPlan) -> ArrayPlan:
    person = pick.randrange(len(plan.seat))
    return changed(plan, "assignment", person, pick.choice([-2, len(market.quota), 10**6]))


def forge(pick: random.Random, market: ArrayMarket, plan: ArrayPlan) -> ArrayPlan:
    name = pick.choice(["others", "protected", "cap_others", "cap_protected"])
    if not len(getattr(plan, f"{name}_points")):
        return plan
    spot = pick.randrange(len(getattr(plan, f"{name}_points")))
    points = pick.choice([-2, -1, 0, 1, 2, 65_535, 65_536, 70_000])
    who = -1 if points in {-1, 65_536} else pick.randrange(-1, len(plan.seat) + 1)
    return changed(changed(plan, f"{name}_points", spot, points), f"{name}_candidate", spot, who)


@pytest.mark.parametrize("change", [swap, move, drop, reseat, stray, forge])
def test_finds_every_change_that_the_other_verifier_finds(change: Change) -> None:
    found = 0
    for seed in range(250):
        pick = random.Random(seed)
        written = some_market(seed)
        market = to_arrays(written)
        plan = match_arrays(market)
        broken = change(pick, market, plan)
        if differences(plan, broken):
            findings = verify_arrays(market, broken)
            assert findings or not _judged(written, broken), seed
            found += bool(findings)

    assert found > 60


def _judged(written: object, plan: ArrayPlan) -> bool:
    """Tell what the verifier for objects says; what cannot be written as objects is wrong."""
    try:
        return bool(verify(written, to_plan(written, plan)))  # type: ignore[arg-type]
    except IndexError:
        return True


def test_misses_nothing_without_its_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: blind the walk down the lists, and a wasted place goes unseen."""
    module = "clearinghouse.engine.fast.verifying"
    data = market([posting("X", 1), posting("Y", 1)], [candidate("a", ("X", 1), ("Y", 1))])
    arrays = to_arrays(read_market(data))
    plan = match_arrays(arrays)
    turned = {name: getattr(plan, name)[::-1].copy() for name in (
        "others_points", "others_candidate", "protected_points", "protected_candidate"
    )}  # fmt: skip
    forged = replace(plan, assignment=np.array([1], np.int32), **turned)
    assert _codes(arrays, forged) == ["certificate_broken candidate 0", "place_wasted candidate 0"]

    def blind(market: ArrayMarket, *_: object) -> object:
        from clearinghouse.engine.fast.wishes import Path

        none = np.zeros(len(market.protected), np.bool_)
        return Path(np.full(len(none), 1), none, none)

    monkeypatch.setattr(f"{module}.follow", blind)
    assert _codes(arrays, forged) == []


def _codes(market: ArrayMarket, plan: ArrayPlan) -> list[str]:
    return [f"{row.code} {row.subject} {row.index}" for row in verify_arrays(market, plan)]


@pytest.mark.parametrize("order", ORDERS)
def test_names_what_is_wrong(order: str) -> None:
    data: Json = market(
        [posting("X", 2, 1, order=order), posting("Y", 1)],
        [
            candidate("a", ("X", 9)),
            candidate("b", ("X", 8), ("Y", 0)),
            candidate("c", ("X", 1), protected=True),
        ],
    )
    arrays = to_arrays(read_market(data))
    plan = match_arrays(arrays)
    assert plan.assignment.tolist() == [0, 1, 0]
    assert verify_arrays(arrays, plan) == []

    seats = np.array([0, 2 if order == "open_first" else 0, -1], np.int8)
    robbed = replace(plan, assignment=np.array([0, 0, -1], np.int32), seat=seats)
    codes = _codes(arrays, robbed)
    assert "reserve_ignored candidate 2" in codes
    assert "certificate_broken candidate 1" in codes
    crowded = replace(plan, assignment=np.array([0, 0, 0], np.int32))
    assert "posting_overfilled posting 0" in _codes(arrays, crowded)
    assert "seat_incomplete candidate 0" in _codes(arrays, changed(plan, "seat", 0, -1))
    assert "posting_not_wished candidate 0" in _codes(arrays, changed(plan, "assignment", 0, 1))
    assert "cutoff_wrong posting 0" in _codes(arrays, changed(plan, "others_points", 0, 3))


def test_sees_a_cap_broken() -> None:
    data = market(
        [posting("X", 1), posting("Y", 1)],
        [candidate("a", ("X", 2)), candidate("b", ("Y", 1))],
        caps=[{"id": "A", "limit": 1, "postings": ["X", "Y"]}],
    )
    arrays = to_arrays(read_market(data))
    plan = match_arrays(arrays)

    both = replace(plan, assignment=np.array([0, 1], np.int32), seat=np.array([0, 0], np.int8))

    assert verify_arrays(arrays, plan) == []
    assert "cap_overfilled cap 0" in _codes(arrays, both)


@pytest.mark.parametrize("caps", [False, True])
def test_passes_a_large_plan(caps: bool) -> None:
    arrays = generate(30_000, 1_200, 3, caps=caps)
    plan = match_arrays(arrays)

    assert verify_arrays(arrays, plan) == []
    placed = int(np.flatnonzero(plan.assignment >= 0)[100])
    assert verify_arrays(arrays, changed(plan, "assignment", placed, -1))


def test_refuses_arrays_of_another_form() -> None:
    arrays = generate(20, 3, 1)
    plan = match_arrays(arrays)
    for field in fields(plan):
        with pytest.raises(InputError, match=field.name):
            verify_arrays(arrays, replace(plan, **{field.name: np.zeros((99, 2))}))
