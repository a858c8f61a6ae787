"""Offers of a released round."""

from datetime import datetime

from clearinghouse.matching.models import Run
from clearinghouse.matching.queries import find_live_run
from clearinghouse.offers import services
from clearinghouse.offers.models import Offer
from tests.factories.matching import RELEASED, World, execute


def offer_of(world: World, number: int) -> Offer:
    """Return the newest offer of the worker with this number in the world."""
    return Offer.objects.filter(worker=world.workers[number]).latest("pk")


def refill_whole(world: World, *, now: datetime = RELEASED) -> list[Run]:
    """Refill until nothing is under way any more, as sweep and workers would; return the runs."""
    runs = []
    while services.refill(number=world.number, now=now):
        live = find_live_run(world.round)
        assert live is not None
        execute(live, now=now)
        runs.append(live)
    return runs
