"""Pools to simulate on, and simulations in any status."""

from datetime import datetime
from typing import Any

from accounts.models import User
from clearinghouse.simulation import services
from clearinghouse.simulation.models import Simulation
from tests.factories.matching import RELEASED, World, make_world

ASKED = RELEASED.replace(hour=20)


def make_pool(people: int = 8, **over: Any) -> World:
    """Make a released round of a German and a French posting; every second person is protected."""
    lists = [(0, 1) if number % 3 else (1, 0) for number in range(people)]
    given: dict[str, Any] = {
        "places": (4, 2),
        "reserve_share": (20, 20),
        "protected": tuple(range(0, people, 2)),
        "experience": [20 - number % 7 for number in range(people)],
        **over,
    }
    return make_world(lists, **given)


def ask(by: User, world: World, parameters: Any = None, *, now: datetime = ASKED) -> Simulation:
    """Ask for a simulation; without parameters it only compares both orders."""
    return services.simulate(by=by, number=world.number, parameters=parameters or {}, now=now)


def do(simulation: Simulation, *, now: datetime = ASKED) -> Simulation:
    """Do a simulation as the background worker does, at a fixed time."""
    done = services.execute(simulation_id=simulation.public_id, clock=lambda: now)
    assert done is not None
    return done


def count_round(*, now: datetime = ASKED) -> None:
    """Compute the counterfactuals of every released round."""
    services.ask_counterfactuals(now=now)
    for row in Simulation.objects.filter(kind="counterfactuals", status="waiting"):
        do(row, now=now)
