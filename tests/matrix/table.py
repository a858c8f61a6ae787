"""The expectations of `expected.txt`, cell by cell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.matrix.routes import METHODS, Route
from tests.matrix.world import ACTORS, RELATIONS, STRANGERS, TOKENS

FILE = Path(__file__).with_name("expected.txt")
KINDS = ("public", "page", "open", "token", "role", "account")
OUTCOMES = "SCFHLN"
# Answers for every address that is left, so it takes every method.
MISSING = "api-missing"


@dataclass(frozen=True)
class Row:
    """The line of one address."""

    name: str
    kind: str
    roles: frozenset[str]
    methods: dict[str, dict[str, str]]

    def outcome(self, method: str, actor: str, relation: str) -> str:
        """Return the letters that may come, usually one."""
        index = RELATIONS.index(relation)
        method = "GET" if method == "HEAD" and self.kind != "account" else method
        if refused := self._refused(method, actor):
            return refused
        if method in self.methods:
            return self._listed(method, actor)[index]
        if self.kind == "account":
            return self._listed("POST", actor)[index] + "NS"
        if method == "OPTIONS" and self.kind in {"open", "token", "role"}:
            return "S" if self._passes(actor) else "F"
        return "N" if self._passes(actor) else "F"

    def _refused(self, method: str, actor: str) -> str:
        """Return L where nobody looks at the case before somebody has signed in."""
        if self.kind == "open":
            writes = bool({"POST", "PUT", "DELETE"} & set(self.methods)) and self.name != MISSING
            asks = writes and method not in {"GET", "OPTIONS"} and actor not in TOKENS
            return "L" if actor == "A10" or asks else ""
        if self.kind in {"token", "role"}:
            return "" if actor in TOKENS else "L"
        return ""

    def _passes(self, actor: str) -> bool:
        return self.kind != "role" or actor in self.roles

    def _listed(self, method: str, actor: str) -> str:
        cells = self.methods[method]
        if actor in cells:
            return cells[actor]
        stranger = actor in STRANGERS or (self.kind == "open" and actor not in TOKENS)
        return ("L" if stranger else "F") * len(RELATIONS)


@cache
def table() -> dict[str, Row]:
    """Read the table."""
    text = FILE.read_text(encoding="utf-8")
    rows = [_row(line) for line in text.splitlines() if line and not line.startswith("#")]
    assert len({row.name for row in rows}) == len(rows), "an address stands twice in the table"
    return {row.name: row for row in rows}


def _row(line: str) -> Row:
    name, kind, *methods = (part.strip() for part in line.split("|"))
    kind, _, roles = kind.partition(" ")
    assert kind in KINDS, line
    found: dict[str, dict[str, str]] = {}
    for part in methods:
        method, _, cells = part.partition(" ")
        found[method] = found["GET"] if cells.strip() == "=" else _cells(cells)
    if kind == "page":
        for method in set(METHODS) - set(found) - {"HEAD"}:
            found[method] = dict.fromkeys(ACTORS, "N" * 7)
    return Row(name, kind, frozenset(filter(None, roles.split(","))), found)


def _cells(text: str) -> dict[str, str]:
    groups = {"*": list(ACTORS), "in": [a for a in ACTORS if a not in STRANGERS], "tok": TOKENS}
    cells: dict[str, str] = {}
    named = {actor for who in re.findall(r"(\S+):", text) for actor in who.split(",")}
    for part in text.split():
        who, _, letters = part.partition(":")
        letters = letters * len(RELATIONS) if len(letters) == 1 else letters
        assert len(letters) == len(RELATIONS) and set(letters) <= set(OUTCOMES), part
        actors = [a for a in TOKENS if a not in named] if who == "rest" else groups.get(who)
        cells |= dict.fromkeys(actors or who.split(","), letters)
    assert set(cells) <= set(ACTORS), text
    return cells


def cells(route: Route, row: Row) -> Iterator[tuple[str, str, str, str]]:
    """Yield (method, actor, relation, expected letters) of an address."""
    for method in METHODS:
        for actor in ACTORS:
            for relation in RELATIONS:
                yield method, actor, relation, row.outcome(method, actor, relation)
