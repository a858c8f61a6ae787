"""The whole life of a small round, step by step, and what is left of it in the database."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from accounts.models import User
from clearinghouse import engine
from clearinghouse.applications.models import Application
from clearinghouse.audit.models import Event
from clearinghouse.matching import snapshot
from clearinghouse.matching.models import Decision, PostingResult, Run, SealedEntry
from clearinghouse.matching.queries import find_live_run
from clearinghouse.notices import services as notices
from clearinghouse.notices.models import Message
from clearinghouse.offers.models import Offer
from clearinghouse.quotas.models import Quota
from tests.factories.matching import (
    CERTIFIED,
    CLOSES,
    DRAWN,
    RAN,
    RELEASED,
    SEALED,
    World,
    make_world,
)
from tests.factories.offers import offer_of

LISTS = [(0, 1), (0, 1), (0, 1), (1, 0), (1, 0), (1,), (0, 1), (0,)]
MIDDLE = RELEASED + timedelta(days=8)
OVER = RELEASED + timedelta(days=40)

# `do(act, given)` does one act somewhere, however often that takes.
Do = Callable[[str, dict[str, Any]], None]


def new_world() -> World:
    """Make an open round: eight people, two postings of two and three places, one reserved.

    What its making has told to people is mailed, so that it does not count as a trace of its life.
    """
    world = make_world(LISTS, places=(2, 3), reserve_share=(0, 30), protected=(5,), status="open")
    notices.deliver_outbox(now=CLOSES)
    return world


def live(world: World, certifiers: list[User], do: Do) -> None:
    """Lead a round from the seal to its last refill; some accept, some decline, some forget."""
    number, operator = world.number, world.operator.pk
    do("seal", {"by": operator, "number": number, "now": SEALED})
    do("draw", {"by": operator, "number": number, "now": DRAWN})
    do("request", {"by": operator, "number": number, "now": RAN})
    _run(world, do)
    for certifier in certifiers:
        do("certify", {"by": certifier.pk, "number": number, "now": CERTIFIED})
    do("release", {"by": operator, "number": number, "now": RELEASED})
    do("mail", {"now": RELEASED})
    _answer(world, 3, "accept", do)
    _answer(world, 0, "decline", do)
    _refill(world, do, RELEASED)
    do("remind", {"now": MIDDLE})
    do("lapse", {"now": OVER})
    _refill(world, do, OVER)
    do("mail", {"now": OVER})


def left_by(world: World) -> dict[str, Any]:
    """Say what a life has left behind, so that two lives can be compared."""
    people = {worker.pk: number for number, worker in enumerate(world.workers)}
    postings = {quota.pk: number for number, quota in enumerate(world.quotas)}
    offers = Offer.objects.filter(round=world.round)
    runs = Run.objects.filter(round=world.round)
    quotas = Quota.objects.filter(pk__in=postings).order_by("pk")
    tickets = Application.objects.filter(worker__in=people).order_by("pk")
    return {
        "round": world.reload().status,
        "offers": sorted(
            (people[worker], postings[quota], seat, status, reminders)
            for worker, quota, seat, status, reminders in offers.values_list(
                "worker_id", "quota_id", "seat", "status", "reminders_sent"
            )
        ),
        "runs": sorted(runs.values_list("generation", "status", "people_placed")),
        "entries": SealedEntry.objects.filter(round=world.round).count(),
        "decisions": Decision.objects.filter(run__in=runs).count(),
        "results": PostingResult.objects.filter(run__in=runs).count(),
        "taken": list(quotas.values_list("open_taken", "reserved_taken", "reverted_taken")),
        "applications": list(tickets.values_list("status", flat=True)),
    }


def traces() -> Counter[str]:
    """Count audit rows by verb and messages by kind, as a sum over the whole house.

    A claim is no effect: an attempt that died has made one.
    """
    verbs = Event.objects.exclude(verb="run_claimed").values_list("verb", flat=True)
    kinds = Message.objects.values_list("kind", flat=True)
    sent = Message.objects.filter(sent_at__isnull=False).count()
    return Counter(verbs) + Counter(f"message {kind}" for kind in kinds) + Counter(sent=sent)


def check_plans(world: World) -> None:
    """Hold every finished run against what the engine makes of its sealed input."""
    for run in Run.objects.filter(round=world.round, status="finished"):
        market = snapshot.take_for(run)
        plan = engine.match(market)
        assert plan.digest == run.plan_digest
        assert snapshot.plan_of(run) == plan


def _run(world: World, do: Do) -> None:
    run = find_live_run(world.round)
    assert run is not None
    do("run", {"run_id": str(run.public_id)})


def _answer(world: World, number: int, act: str, do: Do) -> None:
    offer, worker = offer_of(world, number), world.workers[number]
    do(act, {"by": worker.user_id, "offer_id": str(offer.public_id), "now": RELEASED})


def _refill(world: World, do: Do, now: Any) -> None:
    """Refill until nothing is free that anybody wants, as the clock does every ten seconds."""
    do("refill", {"number": world.number, "now": now})
    while find_live_run(world.round) is not None:
        _run(world, do)
        do("refill", {"number": world.number, "now": now})
