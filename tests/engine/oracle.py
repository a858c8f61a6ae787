"""The matching rule by brute force, from the words of the matching page; imports no engine.

It lists every assignment of a small market, keeps the stable ones and picks the one that everybody
likes best. Markets and plans are plain JSON objects here.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

Json = dict[str, Any]
Contract = tuple[str, str]
Chosen = dict[Contract, str]


class Oracle:
    """One market, with the questions the tests ask about it."""

    def __init__(self, market: Json) -> None:
        self.postings = {row["id"]: row for row in market["postings"]}
        self.people = {row["id"]: row for row in market["candidates"]}
        self.points = {
            (person["id"], wish["posting"]): wish["points"]
            for person in market["candidates"]
            for wish in person["wishes"]
        }
        seed = bytes.fromhex(market["seed"])
        self.ticket = {
            name: int.from_bytes(hashlib.sha256(seed + name.encode()).digest(), "big")
            for name in self.people
        }
        self.cap_of = {name: cap for cap in market["caps"] for name in cap["postings"]}
        self.memory: dict[tuple[frozenset[Contract], frozenset[Contract]], Chosen] = {}

    def priority(self, contract: Contract) -> tuple[float, ...]:
        """Smaller is better here."""
        return (-self.points[contract], self.ticket[contract[0]])

    def wishes(self, name: str) -> list[str]:
        return [wish["posting"] for wish in self.people[name]["wishes"]]

    def choose(
        self, posting: str, asked: Iterable[Contract], wanted: Iterable[Contract] = ()
    ) -> Chosen:
        """What the posting, or the state above it, picks among all who ask it.

        Only one person's own two wishes under a cap can tie; the wanted one then goes first.
        """
        cap = self.cap_of.get(posting)
        members = cap["postings"] if cap else [posting]
        asking = frozenset(contract for contract in asked if contract[1] in members)
        first = frozenset(contract for contract in wanted if contract[1] in members)
        key = (asking | first, first)
        if key not in self.memory:
            order = sorted(asking | first, key=lambda c: (self.priority(c), c not in first, c[1]))
            self.memory[key] = self._state(cap, order) if cap else self._alone(posting, order)
        return self.memory[key]

    def _alone(self, posting: str, order: list[Contract]) -> Chosen:
        row = self.postings[posting]
        quota, reserve = row["quota"], row["reserve"]
        if row["order"] == "open_first":
            best, rest = order[: quota - reserve], order[quota - reserve :]
            kept = [contract for contract in rest if self._protected(contract)][:reserve]
            back = [contract for contract in rest if contract not in kept][: reserve - len(kept)]
            return self._label(open=best, reserved=kept, reverted=back)
        kept = [contract for contract in order if self._protected(contract)][:reserve]
        best = [contract for contract in order if contract not in kept][: quota - len(kept)]
        return self._label(open=best, reserved=kept)

    def _state(self, cap: Json, order: list[Contract]) -> Chosen:
        rows = [self.postings[name] for name in cap["postings"]]
        limit, kept_back = cap["limit"], sum(row["reserve"] for row in rows)
        chosen: Chosen = {}

        def count(posting: str | None, *kinds: str) -> int:
            return sum(
                posting in (None, contract[1]) and kind in kinds
                for contract, kind in chosen.items()
            )

        for kind in self._phases(rows[0]["order"]):
            for contract in order:
                row = self.postings[contract[1]]
                name, quota, reserve = row["id"], row["quota"], row["reserve"]
                if contract in chosen or (kind == "reserved" and not self._protected(contract)):
                    continue
                room = {
                    ("open_first", "open"): (quota - reserve, limit - kept_back),
                    ("open_first", "reserved"): (reserve, limit),
                    ("open_first", "reverted"): (
                        reserve - count(name, "reserved"),
                        limit - count(None, "open", "reserved"),
                    ),
                    ("reserve_first", "reserved"): (reserve, limit),
                    ("reserve_first", "open"): (
                        quota - count(name, "reserved"),
                        limit - count(None, "reserved"),
                    ),
                }[row["order"], kind]
                if count(name, kind) < room[0] and count(None, kind) < room[1]:
                    chosen[contract] = kind
        return chosen

    @staticmethod
    def _phases(order: str) -> tuple[str, ...]:
        return ("open", "reserved", "reverted") if order == "open_first" else ("reserved", "open")

    def _protected(self, contract: Contract) -> bool:
        return bool(self.people[contract[0]]["protected"])

    @staticmethod
    def _label(**kinds: list[Contract]) -> Chosen:
        return {contract: kind for kind, contracts in kinds.items() for contract in contracts}

    def preferred(self, result: dict[str, str | None]) -> Iterator[Contract]:
        """Everything that somebody likes better than what they got."""
        for name, got in result.items():
            for posting in self.wishes(name):
                if posting == got:
                    break
                yield name, posting

    def holds(self, result: dict[str, str | None]) -> set[Contract]:
        return {(name, posting) for name, posting in result.items() if posting is not None}

    def is_stable(self, result: dict[str, str | None]) -> bool:
        """Everyone who holds is chosen, and nobody who prefers would be."""
        held = self.holds(result)
        return all(contract in self.choose(contract[1], held) for contract in held) and not any(
            contract in self.choose(contract[1], held, [contract])
            for contract in self.preferred(result)
        )

    def stable_results(self) -> list[dict[str, str | None]]:
        names = sorted(self.people)
        options = [[*self.wishes(name), None] for name in names]
        results = (dict(zip(names, choice, strict=True)) for choice in product(*options))
        return [result for result in results if self.is_stable(result)]

    def position(self, name: str, posting: str | None) -> int:
        """Smaller is better; no place comes after all wishes."""
        wishes = self.wishes(name)
        return len(wishes) if posting is None else wishes.index(posting)

    def best_stable(self) -> dict[str, tuple[str | None, str | None]]:
        """The stable result everyone likes best, with the kind of place; there must be one."""
        stable = self.stable_results()
        best = min(stable, key=self._sum)
        for other in stable:
            for name in self.people:
                assert self.position(name, best[name]) <= self.position(name, other[name])
        held = self.holds(best)
        return {
            name: (posting, self.choose(posting, held)[name, posting] if posting else None)
            for name, posting in best.items()
        }

    def _sum(self, result: dict[str, str | None]) -> int:
        return sum(self.position(name, posting) for name, posting in result.items())

    def takes_newcomer(
        self,
        held: set[Contract],
        posting: str,
        *,
        protected: bool,
        points: float,
        ticket: int,
    ) -> bool:
        """Would the posting take one more person with this priority?"""
        self.people["newcomer"] = {"protected": protected}
        self.points["newcomer", posting] = points
        self.ticket["newcomer"] = ticket
        self.memory.clear()
        taken = ("newcomer", posting) in self.choose(posting, held | {("newcomer", posting)})
        del self.people["newcomer"], self.points["newcomer", posting], self.ticket["newcomer"]
        self.memory.clear()
        return taken
