"""Small markets as JSON objects, from any source of integers: a seeded generator or Hypothesis."""

import random
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]
Pick = Callable[[int, int], int]

ORDERS = ("open_first", "reserve_first")


def make_market(
    pick: Pick,
    *,
    people: int = 5,
    postings: int = 4,
    caps: bool = True,
    points: int = 3,
    wishes: int = 3,
) -> Json:
    """Build a market: ties, empty lists, zero quotas, reserves of 0..q, caps now and then."""
    rows = [_posting(pick, index) for index in range(pick(1, postings))]
    capped = [_cap(pick, state, rows) for state in "AB" if caps and pick(0, 1)]
    return {
        "format": "mvch-market/1",
        "seed": f"{pick(0, 2**32 - 1):08x}",
        "postings": rows,
        "caps": [cap for cap in capped if cap],
        "candidates": [
            _candidate(pick, index, rows, points, wishes) for index in range(pick(1, people))
        ],
    }


def random_market(seed: int, **sizes: Any) -> Json:
    """Build the market of a seed."""
    return make_market(random.Random(seed).randint, **sizes)


@st.composite
def markets(draw: st.DrawFn, /, **sizes: Any) -> Json:
    """Let Hypothesis build and shrink a market."""
    return make_market(lambda low, high: draw(st.integers(low, high)), **sizes)


def candidate(name: str, *wishes: tuple[str, int], protected: bool = False) -> Json:
    """Write one candidate's row."""
    return {
        "id": name,
        "protected": protected,
        "wishes": [{"posting": posting, "points": points} for posting, points in wishes],
    }


def posting(
    name: str, quota: int, reserve: int = 0, *, order: str = "open_first", state: str = "A"
) -> Json:
    """Write one posting's row."""
    return {"id": name, "state": state, "quota": quota, "reserve": reserve, "order": order}


def market(
    postings: list[Json],
    candidates: list[Json],
    *,
    caps: list[Json] | None = None,
    seed: str = "00",
) -> Json:
    """Write a whole market."""
    return {
        "format": "mvch-market/1",
        "seed": seed,
        "postings": postings,
        "caps": caps or [],
        "candidates": candidates,
    }


def _posting(pick: Pick, index: int) -> Json:
    quota = pick(0, 3)
    return posting(
        f"p{index}",
        quota,
        pick(0, quota),
        order=ORDERS[pick(0, 1)],
        state="AB"[pick(0, 1)],
    )


def _cap(pick: Pick, state: str, rows: list[Json]) -> Json | None:
    members = [row for row in rows if row["state"] == state]
    if not members:
        return None
    for row in members:
        row["order"] = members[0]["order"]
    quotas = sum(row["quota"] for row in members)
    reserves = sum(row["reserve"] for row in members)
    return {
        "id": state,
        "limit": pick(reserves, max(reserves, quotas)),
        "postings": [row["id"] for row in members],
    }


def _candidate(pick: Pick, index: int, rows: list[Json], points: int, wishes: int) -> Json:
    left = [row["id"] for row in rows]
    length = pick(0, min(wishes, len(left)))
    return candidate(
        f"c{index}",
        *((left.pop(pick(0, len(left) - 1)), pick(0, points)) for _ in range(length)),
        protected=bool(pick(0, 1)),
    )
