"""Walking the matrix: which cells are called, and what is asserted of each."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

from tests.matrix.probe import ABSENT, Answer, Callers, Doors, readable
from tests.matrix.routes import METHODS, Route, routes
from tests.matrix.table import Row, table
from tests.matrix.world import ACTORS, RELATIONS, MatrixWorld

# Nightly every cell is called by itself; in the gate cells that cannot differ share a call.
WHOLE = bool(os.environ.get("MATRIX_WHOLE"))
# Who calls what the house answers to everybody alike: methods that nobody uses, and HEAD, which is
# a GET without its body (no code of ours asks whether a call is a GET; `test_house` watches that).
ONE_OF_EACH_SORT = ("A0", "A1", "A8")
# Whose names an actor may read somewhere: oneself, who gave a mandate, who was nominated by it.
KNOWS = {"A1": {"R7"}, "A2": {"R7h"}, "A5": {"R3"}, "A7": set(RELATIONS) | {"R7h"}}


@dataclass(frozen=True)
class Cell:
    """One place of the matrix."""

    route: Route
    method: str
    actor: str
    relation: str
    expected: str

    def __str__(self) -> str:
        return f"{self.route.name} {self.method} {self.actor} {self.relation}"


@dataclass
class Findings:
    """What was asserted, and what was not as expected."""

    cells: int = 0
    calls: int = 0
    wrong: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    def note(self, cell: Cell, what: str) -> None:
        """Keep a cell that is not as expected."""
        self.wrong.append(f"{cell}: {what}")


def cells(only: Callable[[Route], bool] = lambda _route: True) -> Iterator[Cell]:
    """List the cells that are called: all nightly, one of those that share a call in the gate."""
    expected = table()
    # By actor first: the database is told who acts when that changes.
    for actor, route, method in product(ACTORS, filter(only, routes()), METHODS):
        row = expected[route.name]
        for relation in _relations(route, row, method, actor):
            letters = row.outcome(method, actor, relation)
            yield Cell(route, method, actor, relation, letters)


def _relations(route: Route, row: Row, method: str, actor: str) -> tuple[str, ...]:
    if WHOLE and route.objects:
        return RELATIONS
    letters = {row.outcome(method, actor, relation) for relation in RELATIONS}
    looks = route.objects and letters & set("SCH") and method != "HEAD"
    used = method in {"GET", "POST"} or (method in row.methods and row.kind != "page")
    if WHOLE or (used and method != "HEAD") or actor in ONE_OF_EACH_SORT:
        return RELATIONS if looks else RELATIONS[:1]
    return ()


def walk(world: MatrixWorld, only: Callable[[Route], bool] = lambda _route: True) -> Findings:
    """Call and assert every cell; hidden ones beside an object that does not exist."""
    doors, browser, found = Doors(world), Callers(world), Findings()
    pattern = canary_pattern(world)
    with doors.standing:
        for cell in cells(only):
            ways: Doors | Callers = doors
            if cell.route.name.startswith(("account_", "mfa_")):
                ways = browser
                doors.standing.leave()
            _look(cell, ways, world, pattern, found)
    found.calls = len(doors.seen) + browser.calls
    return found


def _look(
    cell: Cell,
    ways: Doors | Callers,
    world: MatrixWorld,
    pattern: re.Pattern[str],
    found: Findings,
) -> None:
    plain = cell.method != "GET" or "S" not in cell.expected
    answer = ways.call(cell.route, cell.method, cell.actor, cell.relation, plain=plain)
    found.cells += 1
    found.outcomes[answer.letter] += 1
    judge(cell, answer, found)
    for name in canaries_in(answer, pattern, world, cell.actor):
        found.note(cell, f"shows {name}")
    if answer.letter == "H" and cell.route.objects and "H" in cell.expected:
        nothing = ways.call(cell.route, cell.method, cell.actor, ABSENT, plain=plain)
        if differing := answer.differs(nothing, cost=_compares_cost(cell)):
            found.note(cell, f"hidden differs from absent in {', '.join(differing)}")


# Everybody knows these postings (R1, R2, R4); R3 and R7 are the own ones of the three of the state.
_KNOWN_POSTINGS = {"R1", "R2", "R4"}


def _compares_cost(cell: Cell) -> bool:
    """Leave out what is hidden of something that the actor knows to exist."""
    if cell.route.objects == ("quota_id",):
        own = cell.actor in {"A3", "A3c", "A4"} and cell.relation in {"R3", "R7"}
        return not own and cell.relation not in _KNOWN_POSTINGS
    if cell.route.name == "simulation-csv":
        return False
    # A helper's own person is no secret to the helper; planned rounds are no person's.
    own = cell.actor == "A2" and cell.relation == "R7"
    return not own and cell.route.objects != ("number",)


def judge(cell: Cell, answer: Answer, found: Findings) -> None:
    """Compare an outcome with the table."""
    if answer.letter not in cell.expected:
        found.note(cell, f"expected {cell.expected}, got {answer.letter} ({answer.status})")


def canary_pattern(world: MatrixWorld) -> re.Pattern[str]:
    """Compile everything by which a person of the world can be known."""
    texts = {text for person in world.people.values() for text in person.canaries}
    return re.compile("|".join(sorted(map(re.escape, texts), key=len, reverse=True)))


def canaries_in(
    answer: Answer, pattern: re.Pattern[str], world: MatrixWorld, actor: str
) -> list[str]:
    """List what an answer shows of people whom the actor may not know."""
    text = readable(answer.body) + "\n".join(value for _name, value in answer.headers)
    shown = set(pattern.findall(text))
    if not shown:
        return []
    known = {canary for key in KNOWS.get(actor, set()) for canary in world.people[key].canaries}
    return sorted(shown - known)
