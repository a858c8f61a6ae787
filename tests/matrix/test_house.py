"""The authorization matrix: signing in, rounds, administration; and the table itself."""

import re

import pytest

from tests.house.sources import ROOT
from tests.matrix.parts import REST, Note, assert_part
from tests.matrix.routes import METHODS, routes
from tests.matrix.table import table
from tests.matrix.world import ACTORS, RELATIONS, MatrixWorld

pytestmark = pytest.mark.django_db


def test_has_one_line_for_every_address() -> None:
    assert {route.name for route in routes()} == set(table())
    size = len(routes()) * len(METHODS) * len(ACTORS) * len(RELATIONS)
    assert size > 150_000


def test_answers_as_the_table_says(world: MatrixWorld, note: Note) -> None:
    assert_part(REST, world, note)


def test_asks_nowhere_whether_a_call_is_a_get() -> None:
    """HEAD shares the calls of GET in the gate only while nothing tells them apart."""
    ours = [*ROOT.glob("clearinghouse/**/*.py"), *ROOT.glob("accounts/**/*.py")]
    assert len(ours) > 100
    assert [str(file) for file in ours if _tells_apart(file.read_text(encoding="utf-8"))] == []
    assert _tells_apart('if request.method == "GET":')
    assert _tells_apart('if request.method in ("POST", "GET"):')


def _tells_apart(text: str) -> bool:
    """Tell whether a line compares the method with GET or HEAD alone."""
    asks = re.compile(r"method\s*(?:[!=]=|(?:not )?in\b)")
    lines = [line for line in text.splitlines() if asks.search(line)]
    return any(('"GET"' in line) != ('"HEAD"' in line) for line in lines)
