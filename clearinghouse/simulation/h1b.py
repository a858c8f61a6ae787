"""What the words "20,000 reserved" meant for the H-1B visas of 2018 under four rules.

The sourced figures stand in `registry/data/h1b_2018.json`; `draw_counterfactuals` lets the engine
find them again by drawing lots. All points are equal, so that chance and the rule alone decide.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np

from clearinghouse import engine
from clearinghouse.registry import reference

SEPARATE: Final = "separate_pools"
MINIMUM: Final = "reserve_first_one_lottery"
REDRAWN: Final = "reserve_first_redrawn"
OPEN_FIRST: Final = "open_first"
RULES: Final = (SEPARATE, MINIMUM, REDRAWN, OPEN_FIRST)


@dataclass(frozen=True, slots=True)
class Sourced:
    """One rule with the visas that it gives to the reserved group and to the others."""

    rule: str
    reserved_group: int
    others: int


@dataclass(frozen=True, slots=True)
class Story:
    """The whole case: who applied for what, what each rule gives, and where that comes from."""

    reserved_applicants: int
    other_applicants: int
    open_places: int
    reserved_places: int
    outcomes: tuple[Sourced, ...]
    source_title: str
    source_url: str
    paper_title: str
    paper_url: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """What engine runs gave: the mean of visas of the reserved group, and its standard error."""

    rule: str
    mean: float
    error: float
    expected: float

    @property
    def agrees(self) -> bool:
        """Tell whether the mean is within 3.5 standard errors of the sourced figure."""
        return abs(self.mean - self.expected) <= 3.5 * self.error + 1e-9


def story() -> Story:
    """Return the sourced case."""
    data = reference.document(reference.H1B)
    given, expected = data["inputs"], data["expected"]
    return Story(
        reserved_applicants=given["applicants_advanced"],
        other_applicants=given["applicants_other"],
        open_places=given["places_open"],
        reserved_places=given["places_reserved"],
        outcomes=tuple(
            Sourced(rule, expected[rule]["advanced_visas"], expected[rule]["other_visas"])
            for rule in RULES
        ),
        source_title=data["source"]["title"],
        source_url=data["source"]["url"],
        paper_title=data["see_also"]["title"],
        paper_url=data["see_also"]["url"],
    )


def draw_counterfactuals(*, draws: int, scale: int = 1) -> Iterator[Drawn]:
    """Yield for each rule what the engine gives over so many draws, at 1/scale of the size."""
    case = story()
    sizes = (
        case.reserved_applicants // scale,
        case.other_applicants // scale,
        case.open_places // scale,
        case.reserved_places // scale,
    )
    expected = reference.document(reference.H1B)["expected"]
    for rule in RULES:
        counts = [_visas(rule, sizes, draw) for draw in range(draws)]
        exact = float(Fraction(expected[rule].get("advanced_visas_exact", "0"))) / scale
        mean = sum(counts) / draws
        yield Drawn(rule, mean, _deviation(rule, sizes) / math.sqrt(draws), exact)


def _visas(rule: str, sizes: tuple[int, int, int, int], draw: int) -> int:
    """Return how many of the reserved group get a visa in one draw."""
    group, others, opened, reserved = sizes
    seed = _seed(f"{draw}")
    if rule == SEPARATE:
        return _placed(group, 0, reserved, seed=seed)
    if rule == REDRAWN:
        # The second stage draws new lots among those whom the first one left without a visa.
        first = _placed(group, 0, reserved, seed=seed)
        return first + _placed(group - first, others, opened, seed=_seed(f"{draw}/second"))
    order = engine.Order.OPEN_FIRST if rule == OPEN_FIRST else engine.Order.RESERVE_FIRST
    return _placed(group, others, opened + reserved, seed=seed, reserve=reserved, order=order)


def _seed(name: str) -> str:
    """Return whole 32 bytes, as the seed of a round has."""
    return hashlib.sha256(f"h1b-2018/{name}".encode()).hexdigest()


def _placed(
    group: int,
    others: int,
    quota: int,
    *,
    seed: str,
    reserve: int = 0,
    order: engine.Order = engine.Order.OPEN_FIRST,
) -> int:
    """Match one posting that everybody wants with equal points; count the group's visas."""
    people = group + others
    names = [f"a{number}" for number in range(group)] + [f"b{number}" for number in range(others)]
    one: Any = np.zeros(1, dtype=np.int32)
    market = engine.ArrayMarket(
        indptr=np.arange(people + 1, dtype=np.int64),
        posting=np.zeros(people, dtype=np.int32),
        points=np.zeros(people, dtype=np.uint16),
        protected=(np.arange(people) < group).astype(np.uint8),
        lottery=engine.lottery_ranks_of(seed, names),
        quota=one + quota,
        reserve=one + reserve,
        order=np.array([list(engine.Order).index(order)], dtype=np.uint8),
        cap=one - 1,
        cap_limit=np.zeros(0, dtype=np.int32),
    )
    plan = engine.match_arrays(market)
    return int(np.count_nonzero(plan.assignment[:group] >= 0))


def _deviation(rule: str, sizes: tuple[int, int, int, int]) -> float:
    """Return the standard deviation of one draw: chance without replacement."""
    group, others, opened, reserved = sizes
    drawn = opened + reserved if rule == MINIMUM else opened
    if rule == SEPARATE:
        return 0.0
    if rule == REDRAWN:
        group -= reserved
    people = group + others
    variance = drawn * group * others * (people - drawn) / (people**2 * (people - 1))
    return math.sqrt(variance)
