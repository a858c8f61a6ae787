"""Short ways to say what the engine tests say often."""

from typing import Any

from clearinghouse.engine import Plan, match, plan_to_json, read_market

Json = dict[str, Any]


def plan_of(market: Json) -> Plan:
    """Read and match a market."""
    return match(read_market(market))


def results(market: Json) -> dict[str, str | None]:
    """Return who got which posting."""
    return {row.candidate: row.posting for row in plan_of(market).assignments}


def places(market: Json) -> dict[str, tuple[str | None, str | None]]:
    """Return who got which posting on which kind of place."""
    return {
        row.candidate: (row.posting, row.seat.value if row.seat else None)
        for row in plan_of(market).assignments
    }


def cutoffs(market: Json) -> dict[str, tuple[Json | None, Json | None]]:
    """Return both bars per posting, and per cap with a star before its name."""
    rows: Any = plan_to_json(plan_of(market))["cutoffs"]
    return {
        row.get("posting", f"*{row.get('cap')}"): (row["others"], row["protected"]) for row in rows
    }


def position(market: Json, name: str, posting: str | None) -> int:
    """Return how far down the list a result is, smaller is better, by the market's own list."""
    row = next(row for row in market["candidates"] if row["id"] == name)
    listed = [wish["posting"] for wish in row["wishes"]]
    return listed.index(posting) if posting in listed else len(listed)
