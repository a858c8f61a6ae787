"""What the database refuses about simulations."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from clearinghouse.shared.database import violated_constraint
from clearinghouse.simulation.models import Simulation
from tests.factories.accounts import make_user
from tests.factories.matching import NOW, World, make_world
from tests.factories.simulation import ask, do, make_pool

pytestmark = pytest.mark.django_db


def refused(constraint: str, world: World, **over: Any) -> None:
    given: dict[str, Any] = {
        "round": world.round,
        "requested_by": world.operator,
        "requested_at": NOW,
        "parameters": {},
        **over,
    }
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Simulation.objects.create(**given)
    assert violated_constraint(refusal.value) == constraint


def test_refuses_rows_that_can_never_exist() -> None:
    world = make_pool()
    whole = {"finished_at": NOW, "result": {}, "market_digest": "a", "plan_digest": "b"}
    refused("simulation_simulation_words", world, kind="guess")
    refused("simulation_simulation_percent", world, percent=101)
    refused("simulation_simulation_failed_has_reason", world, status="failed")
    refused("simulation_simulation_somebody_asked", world, requested_by=None)
    refused("simulation_simulation_mapping", world, mapped_to="DE-1")
    for lacking in whole:
        over = {**whole, lacking: None if lacking in {"finished_at", "result"} else ""}
        refused("simulation_simulation_finished_is_whole", world, status="finished", **over)
    Simulation.objects.create(
        round=world.round, kind="counterfactuals", requested_at=NOW, parameters={}
    )
    refused("simulation_simulation_one_counterfactual", world, kind="counterfactuals")


def test_refuses_the_pool_of_a_round_that_is_not_released() -> None:
    refused("simulation_simulation_released_pool", make_world([(0,)], status="sealed"))


def test_keeps_what_was_asked_and_what_was_found_and_moves_by_the_lifecycle() -> None:
    world = make_pool()
    simulation = ask(make_user("operator"), world)
    mine = Simulation.objects.filter(pk=simulation.pk)
    for change in ({"parameters": {"caps": {}}}, {"state": "DE"}, {"requested_by": None}):
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            mine.update(**change)
        assert violated_constraint(refusal.value) == "simulation_simulation_stays"
    do(simulation)
    changes: tuple[dict[str, Any], ...] = ({"result": {}}, {"percent": 7}, {"plan_digest": "x"})
    for change in changes:
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            mine.update(**change)
        assert violated_constraint(refusal.value) == "simulation_simulation_stays"
    with pytest.raises(DatabaseError), transaction.atomic():
        mine.delete()
    # Moves that the lifecycle does not know.
    simulation = ask(make_user("operator"), world)
    mine = Simulation.objects.filter(pk=simulation.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        mine.update(
            status="finished", finished_at=NOW, result={}, market_digest="a", plan_digest="b"
        )
    mine.update(status="cancelled")
    with pytest.raises(DatabaseError), transaction.atomic():
        mine.update(status="running")
