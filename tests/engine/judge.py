"""Which promises of section 2 a plan keeps, by definition and brute force; imports no engine.

Markets and plans are plain JSON objects. It is slow on purpose: every cut-off is found by asking
what the posting would do with a newcomer at every height.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import rfc8785

from tests.engine.oracle import Chosen, Contract, Oracle

Json = dict[str, Any]
Bar = Json | None

CLOSED: Final[Json] = {"points": 65_536, "candidate": None}
GROUPS: Final = {"others": False, "protected": True}
SHAPE: Final = frozenset({"people", "asked", "capacity", "caps", "seats"})
"""While one of these is broken, the other promises have no exact meaning."""


class Judge:
    """One market, and what it says about any plan."""

    def __init__(self, market: Json) -> None:
        self.market = market
        self.oracle = Oracle(market)
        self.members = {row["id"]: [row["id"]] for row in market["postings"]}
        for cap in market["caps"]:
            self.members |= dict.fromkeys(cap["postings"], cap["postings"])
        self.names = [row["id"] for row in market["candidates"]]
        # Nobody in a market is called by a group's empty name.
        self.oracle.people |= {f"\0{group}": {"protected": flag} for group, flag in GROUPS.items()}
        self._bars: dict[tuple[str, str, frozenset[Contract]], Bar] = {}
        self.market_digest = digest(_canonical(market))

    def broken(self, plan: Json) -> set[str]:
        """Name every promise that the plan breaks; an empty set means a sound plan."""
        return set(self._broken(plan))

    def _broken(self, plan: Json) -> Iterator[str]:
        if plan["market_digest"] != self.market_digest or plan["digest"] != plan_digest(plan):
            yield "digests"
        people = [row["candidate"] for row in plan["assignments"]]
        nodes = [node(row) for row in plan["cutoffs"]]
        if people != sorted(people) or nodes != sorted(nodes):
            yield "sorting"
        if Counter(people) != Counter(self.names):
            yield "people"
        rows = {row["candidate"]: row for row in reversed(plan["assignments"])}
        yield from self._limits(plan)
        result = {name: rows.get(name, {}).get("posting") for name in self.names}
        result = {
            name: place if place in self.oracle.wishes(name) else None
            for name, place in result.items()
        }
        seats = {(name, place): rows[name]["seat"] for name, place in result.items() if place}
        if seats != self.labels(set(seats)):
            yield "seats"
        yield from self._rights(result, seats)
        if sorted(plan["cutoffs"], key=node) != self.cutoffs(set(seats)):
            yield "cut-offs"
        if not self._certified(plan, rows):
            yield "certificate"

    def _limits(self, plan: Json) -> Iterator[str]:
        given = Counter(row["posting"] for row in plan["assignments"])
        for row in plan["assignments"]:
            known = row["candidate"] in self.names
            wishes = self.oracle.wishes(row["candidate"]) if known else []
            if row["posting"] is not None and row["posting"] not in wishes:
                yield "asked"
        if any(given[row["id"]] > row["quota"] for row in self.market["postings"]):
            yield "capacity"
        for cap in self.market["caps"]:
            if sum(given[name] for name in cap["postings"]) > cap["limit"]:
                yield "caps"

    def labels(self, held: set[Contract]) -> Chosen:
        """What every posting makes of its holders: the kept ones with their kinds of places."""
        labels: Chosen = {}
        for posting in self.members:
            labels |= self.oracle.choose(posting, held)
        return labels

    def _rights(self, result: dict[str, str | None], seats: Chosen) -> Iterator[str]:
        held = set(seats)
        wanted = set(self.oracle.preferred(result))
        for posting in self.members:
            here = [contract for contract in held if contract[1] in self.members[posting]]
            if set(self.oracle.choose(posting, held, wanted)) != set(here):
                yield "stability"
        for name, posting in wanted:
            yield from self._right(name, posting, seats)

    def _right(self, name: str, posting: str, seats: Chosen) -> Iterator[str]:
        """The words of the table, for one person who prefers one posting."""
        protected = self._protected(name)
        mine = self._height((name, posting))
        holders = {contract: seat for contract, seat in seats.items() if contract[1] == posting}
        below = [contract for contract in holders if self._height(contract) < mine]
        reverted = "reverted" in holders.values()
        if self._has_free_place(posting, set(seats)):
            yield "non-wastefulness"
        if protected:
            placed = sum(self._protected(who) for who, _ in holders)
            if reverted or placed < self.oracle.postings[posting]["reserve"]:
                yield "reserve"
            if reverted:
                yield "envy of a reverted place"
        if any(self._protected(who) is protected for who, _ in below):
            yield "envy within a group"
        if any(holders[contract] == "open" for contract in below):
            yield "envy of an open place"

    def _has_free_place(self, posting: str, held: set[Contract]) -> bool:
        """Somebody with the least priority of all would be taken, and nobody would leave."""
        order = self._order(posting, held)
        newcomer = ("\0others", posting)
        return set(self._choose(posting, [*order, newcomer])) == {*order, newcomer}

    def cutoffs(self, held: set[Contract]) -> list[Json]:
        """The right cut-offs of all nodes, postings before caps."""
        bars = {
            posting: {group: self._bar(posting, group, held) for group in GROUPS}
            for posting in self.members
        }
        caps = {
            cap["id"]: {
                group: min((bars[name][group] for name in cap["postings"]), key=self._demand)
                for group in GROUPS
            }
            for cap in self.market["caps"]
        }
        return [
            *({"posting": name, **bars[name]} for name in sorted(bars)),
            *({"cap": name, **caps[name]} for name in sorted(caps)),
        ]

    def _bar(self, posting: str, group: str, held: set[Contract]) -> Bar:
        order = self._order(posting, held)
        key = (posting, group, frozenset(order))
        if key not in self._bars:
            newcomer = (f"\0{group}", posting)
            taken = [
                newcomer in self._choose(posting, [*order[:place], newcomer, *order[place:]])
                for place in range(len(order) + 1)
            ]
            assert taken == sorted(taken, reverse=True), "more priority never hurts"
            self._bars[key] = self._bar_at(order, sum(taken) - 1)
        return self._bars[key]

    def _bar_at(self, order: list[Contract], last: int) -> Bar:
        """The bar when a newcomer just above `order[last]` is the last one to be taken."""
        if last == len(order):
            return None
        if last < 0:
            return CLOSED
        return {"points": self.oracle.points[order[last]], "candidate": order[last][0]}

    def _certified(self, plan: Json, rows: dict[str, Json]) -> bool:
        bars = {node(row): row for row in plan["cutoffs"]}
        above = {name: cap["id"] for cap in self.market["caps"] for name in cap["postings"]}
        for name in self.names:
            group = "protected" if self._protected(name) else "others"
            due = None
            for posting in self.oracle.wishes(name):
                path = [(False, posting), (True, above.get(posting, ""))]
                demands = [self._demand(bars[step][group]) for step in path if step in bars]
                if self._height((name, posting)) >= max(demands, default=(-1, 0)):
                    due = posting
                    break
            if due != rows.get(name, {}).get("posting"):
                return False
        return True

    def _demand(self, bar: Bar) -> tuple[int, int]:
        if bar is None:
            return -1, 0
        ticket = self.oracle.ticket.get(bar["candidate"] or "")
        return (CLOSED["points"], 0) if ticket is None else (bar["points"], -ticket)

    def _height(self, contract: Contract) -> tuple[int, int]:
        """Larger is better here."""
        return self.oracle.points[contract], -self.oracle.ticket[contract[0]]

    def _order(self, posting: str, held: set[Contract]) -> list[Contract]:
        here = [contract for contract in held if contract[1] in self.members[posting]]
        return sorted(here, key=self.oracle.priority)

    def _choose(self, posting: str, order: list[Contract]) -> Chosen:
        cap = self.oracle.cap_of.get(posting)
        return self.oracle._state(cap, order) if cap else self.oracle._alone(posting, order)

    def _protected(self, name: str) -> bool:
        return bool(self.oracle.people[name]["protected"])


def node(cutoff: Json) -> tuple[bool, str]:
    """What a cut-off belongs to: whether it is a cap, and its id."""
    return "cap" in cutoff, cutoff.get("cap") or cutoff["posting"]


def digest(value: Json) -> str:
    """The SHA-256 of the RFC 8785 bytes, by somebody else's package."""
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def plan_digest(plan: Json) -> str:
    """The digest a plan should carry."""
    return digest({name: value for name, value in plan.items() if name != "digest"})


def _canonical(market: Json) -> Json:
    caps = [cap | {"postings": sorted(cap["postings"])} for cap in market["caps"]]
    rows = {"postings": market["postings"], "caps": caps, "candidates": market["candidates"]}
    return market | {name: sorted(value, key=_id) for name, value in rows.items()}


def _id(row: Json) -> str:
    return str(row["id"])
