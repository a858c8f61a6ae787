"""Canonical bytes and what is sealed under them."""

import random
from typing import Any

import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from clearinghouse.engine import (
    canonical_bytes,
    market_digest,
    market_to_json,
    match,
    plan_digest,
    plan_to_json,
    read_market,
    read_plan,
)
from tests.engine.helpers import plan_of
from tests.engine.markets import Json, candidate, market, markets, posting

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KNOWN_MARKET = "d9cebf93a5f803f7de87bf0aebb4cf583379c101fb87ce5ca8efad5ae4b01532"
KNOWN_PLAN = "2f3480183e286efe18abd0d75045aceed73e76ce094f0c92ea081298291e6f2f"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc_xyzABC"), inner),
    max_leaves=20,
)


@given(VALUES)
def test_writes_the_bytes_of_rfc_8785(value: Any) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)


def test_writes_every_character_as_rfc_8785_does() -> None:
    text = "".join(map(chr, [*range(0x300), 0x2028, 0x2029, 0xFEFF, 0xFFFF, 0x1F600, 0x10FFFF]))

    assert canonical_bytes(text) == rfc8785.dumps(text)


def test_seals_a_known_market_with_known_digests() -> None:
    """Fail when formats or rules change by accident; written by hand and hashed with rfc8785."""
    data = market(
        [posting("DE-5321-A", 2, 1, state="DE")],
        [
            candidate("c1", ("DE-5321-A", 73), protected=True),
            candidate("c2", ("DE-5321-A", 70)),
            candidate("c3", ("DE-5321-A", 71)),
        ],
        caps=[{"id": "DE", "limit": 2, "postings": ["DE-5321-A"]}],
    )

    plan = plan_of(data)

    assert plan.market_digest == KNOWN_MARKET
    assert plan.digest == KNOWN_PLAN
    assert plan.digest == plan_digest(plan)


@settings(max_examples=150, deadline=None)
@given(markets(people=8), st.randoms(use_true_random=False))
def test_matches_to_the_same_bytes_whatever_the_order_of_rows(
    data: Json, chance: random.Random
) -> None:
    before = canonical_bytes(plan_to_json(plan_of(data)))

    shuffled = data | {name: _shuffled(chance, data[name]) for name in ("postings", "candidates")}
    shuffled["caps"] = _shuffled(
        chance, [cap | {"postings": _shuffled(chance, cap["postings"])} for cap in data["caps"]]
    )

    assert canonical_bytes(plan_to_json(plan_of(shuffled))) == before


@settings(max_examples=100, deadline=None)
@given(markets(people=8))
def test_reads_back_what_it_writes(data: Json) -> None:
    original = read_market(data)
    plan = match(original)

    assert read_market(market_to_json(original)) == original
    assert read_plan(plan_to_json(plan)) == plan
    assert market_digest(original) == plan.market_digest


def test_changes_the_digest_with_the_order_of_wishes() -> None:
    postings = [posting("X", 1), posting("Y", 1)]
    one = market(postings, [candidate("a", ("X", 1), ("Y", 1))])
    two = market(postings, [candidate("a", ("Y", 1), ("X", 1))])

    assert market_digest(read_market(one)) != market_digest(read_market(two))


def _shuffled(chance: random.Random, rows: list[Any]) -> list[Any]:
    return chance.sample(rows, len(rows))
