"""The golden figures of the H-1B visas of 2018, at a hundredth of their size (GOLDEN_SCALE).

190,000 applicants (96,000 with an advanced degree) for 85,000 places, 20,000 of them reserved for
advanced degrees, all points equal. Figures: Nick Arnosti, "H-1B visas" (blog); Pathak, Rees-Jones
& Soenmez, NBER working paper 26767; matching page, section 1.
"""

import math
import os
import statistics
from itertools import pairwise

import pytest

from tests.engine.helpers import places
from tests.engine.markets import ORDERS, Json, candidate, market, posting

SCALE = int(os.environ.get("GOLDEN_SCALE", "100"))
ADVANCED, OTHER = 96_000 // SCALE, 94_000 // SCALE
OPEN, RESERVED = 65_000 // SCALE, 20_000 // SCALE
EXPECTED = {"open_first": 1_004_000 / 19 / SCALE, "reserve_first": 816_000 / 19 / SCALE}
DRAWS = 20


def visas(order: str, reserve: int, draw: int) -> int:
    """Return how many advanced-degree applicants get a visa in one draw."""
    lots = lottery_market(order, reserve, draw)
    return sum(name[0] == "a" and place is not None for name, (place, _) in places(lots).items())


def lottery_market(order: str, reserve: int, draw: int) -> Json:
    return market(
        [posting("H-1B", OPEN + RESERVED, reserve, order=order, state="US")],
        [
            *(candidate(f"a{index}", ("H-1B", 0), protected=True) for index in range(ADVANCED)),
            *(candidate(f"b{index}", ("H-1B", 0)) for index in range(OTHER)),
        ],
        seed=f"{draw:04x}",
    )


@pytest.mark.parametrize("order", ORDERS)
def test_gives_the_reserved_group_the_golden_number_of_visas(order: str) -> None:
    counts = [visas(order, RESERVED, draw) for draw in range(DRAWS)]

    # Chance draws without replacement for the places that both groups compete for.
    people = ADVANCED + OTHER
    drawn = OPEN if order == "open_first" else OPEN + RESERVED
    variance = drawn * ADVANCED * OTHER * (people - drawn) / (people**2 * (people - 1))
    error = math.sqrt(variance / DRAWS)
    assert abs(statistics.fmean(counts) - EXPECTED[order]) < 3 * error
    # Draws that were all alike, or not fair, would spread less or more (chi-square, 1 in 10,000).
    spread = (DRAWS - 1) * statistics.variance(counts) / variance
    assert 3.6 < spread < 53
    # The two orders and the figure of the authority (new lots for the second stage) lie far apart.
    figures = sorted([*EXPECTED.values(), 49_059 / SCALE])
    assert min(high - low for low, high in pairwise(figures)) > 6 * error


def test_gives_exactly_as_many_as_no_reserve_when_the_minimum_does_not_bind() -> None:
    for draw in range(4):
        without = visas("open_first", 0, draw)
        assert visas("reserve_first", 0, draw) == without
        assert visas("reserve_first", RESERVED, draw) == without


def test_gives_more_when_open_places_go_first() -> None:
    for draw in range(4):
        assert visas("open_first", RESERVED, draw) > visas("reserve_first", RESERVED, draw)
