"""Markets and plans as arrays for the tests of the fast engine."""

import random
from dataclasses import fields, replace
from typing import Any

import numpy as np

from clearinghouse.engine import ArrayMarket, ArrayPlan, Market, read_market
from tests.engine.markets import Json, candidate, market, posting, random_market


def some_market(seed: int) -> Market:
    """Read the market of a seed: a few people or many, all points equal or few ties."""
    pick = random.Random(seed)
    return read_market(
        random_market(
            seed,
            people=pick.choice([3, 6, 12, 25, 60]),
            postings=pick.choice([2, 4, 8]),
            points=pick.choice([0, 2, 9]),
            wishes=pick.choice([2, 4, 8]),
        )
    )


def chain(length: int) -> Json:
    """Write a market where the last to ask moves everybody else by one posting.

    One place each; everyone sits at their first wish until the newcomer, best at the first
    posting, pushes its holder to the second, and so on to the end.
    """
    rows = [posting(f"p{index:05}", 1) for index in range(length)]
    people = [
        candidate(f"a{index:05}", (f"p{index:05}", 5), (f"p{index + 1:05}", 9))
        for index in range(length - 1)
    ]
    return market(rows, [*people, candidate("z", ("p00000", 9))])


def differences(one: ArrayMarket | ArrayPlan, other: ArrayMarket | ArrayPlan) -> list[str]:
    """Name the arrays that differ in type or content."""
    return [
        field.name
        for field in fields(one)
        if getattr(one, field.name).dtype != getattr(other, field.name).dtype
        or not np.array_equal(getattr(one, field.name), getattr(other, field.name))
    ]


def changed(form: Any, name: str, index: int, value: int) -> Any:
    """Return the arrays with one entry replaced."""
    array = getattr(form, name).copy()
    array[index] = value
    return replace(form, **{name: array})
