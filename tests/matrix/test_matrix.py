"""The authorization matrix: the pages of people and states, and what the walk must notice."""

import pytest

from tests.matrix.parts import Note, assert_part
from tests.matrix.probe import Answer
from tests.matrix.walk import walk
from tests.matrix.world import MatrixWorld

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("part", ["people", "states"])
def test_answers_as_the_table_says(part: str, world: MatrixWorld, note: Note) -> None:
    assert_part(part, world, note)


def test_notices_a_page_without_its_guard(
    world: MatrixWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clearinghouse.web.guard.roles_of", lambda _user: frozenset({"operator"}))
    found = walk(world, lambda route: route.name == "operations-round-plan")
    assert any("expected F, got S" in line for line in found.wrong)


def test_notices_a_list_without_its_scope(
    world: MatrixWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clearinghouse.offers import queries
    from clearinghouse.offers.models import Offer

    monkeypatch.setattr(queries, "_answerable", lambda _actor, _now: Offer.objects.all())
    found = walk(world, lambda route: route.name == "api-offer")
    assert any("expected H, got S" in line for line in found.wrong)


def test_notices_hidden_that_costs_more() -> None:
    one, other = Answer(404, b"", (), 3), Answer(404, b"", (), 4)
    assert one.differs(other) == ["queries"]
    assert one.differs(other, cost=False) == []
