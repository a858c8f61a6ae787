"""The authorization matrix: every address x method x actor x relation, expected and asserted."""

import pytest

from tests.matrix.probe import Answer
from tests.matrix.routes import METHODS, Route, routes
from tests.matrix.table import table
from tests.matrix.walk import walk
from tests.matrix.world import ACTORS, RELATIONS, MatrixWorld

pytestmark = pytest.mark.django_db

# Parts, so that two processes share the work.
PARTS = {
    "programs": lambda route: route.is_api,
    "people": lambda route: route.name.startswith(("worker-", "helper-", "my-", "protection-")),
    "states": lambda route: route.name.startswith(("state-", "public-", "simulation")),
}


def _part_of(route: Route) -> str:
    return next((name for name, has in PARTS.items() if has(route)), "house")


def test_has_one_line_for_every_address() -> None:
    assert {route.name for route in routes()} == set(table())
    size = len(routes()) * len(METHODS) * len(ACTORS) * len(RELATIONS)
    assert size > 150_000


@pytest.mark.parametrize("part", [*PARTS, "house"])
def test_answers_as_the_table_says(
    part: str, world: MatrixWorld, record_property: pytest.FixtureRequest
) -> None:
    found = walk(world, lambda route: _part_of(route) == part)
    record_property("cells", found.cells)  # type: ignore[operator]
    record_property("calls", found.calls)  # type: ignore[operator]
    assert not found.wrong, "\n".join([f"{len(found.wrong)} cells are wrong", *found.wrong])
    assert found.cells > 1000


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
