"""The main job: seal, draw, match in the background worker, verify, certify, release, offer."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db.models import F, Sum

from accounts.models import User
from clearinghouse.applications.models import Application, Nomination
from clearinghouse.demo.cast import DOMAIN
from clearinghouse.matching import queries as rounds
from clearinghouse.matching import services as matching
from clearinghouse.matching.enums import RunStatus, Stage
from clearinghouse.matching.models import Decision, PostingResult, Round, Run, SealedEntry
from clearinghouse.offers import services as offers
from clearinghouse.offers.models import Offer
from clearinghouse.quotas.models import Quota
from clearinghouse.registry.models import State
from clearinghouse.shared.errors import Conflict

Say = Callable[[str], None]
Clock = Callable[[], datetime]

PATIENCE = 300.0


def do_main_job(number: int, *, clock: Clock, say: Say) -> dict[str, Any]:
    """Take a round from its seal to its offers and return the figures, read from the database."""
    started = time.monotonic()
    operator = _person("operator")
    say(f"sealing round {number}: rows are copied, the input digest is fixed")
    matching.seal_round(by=operator, number=number, now=clock())
    say("drawing the seed from the input digest and the revealed secrets")
    matching.draw_seed(by=operator, number=number, now=clock())
    run = matching.request_run(by=operator, number=number, now=clock())
    wait_for(run, say=say)
    for name in ("certifier.one", "certifier.two"):
        matching.certify(by=_person(name), number=number, now=clock())
        say(f"certified by {name}")
    offers.release_round(by=operator, number=number, now=clock())
    say("results released to everyone at one instant, offers made")
    return figures(number) | {"seconds": round(time.monotonic() - started, 2)}


def wait_for(run: Run, *, say: Say) -> None:
    """Wait for the background worker, showing each stage; give up after five minutes."""
    deadline, shown = time.monotonic() + PATIENCE, ""
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if run.stage != shown:
            shown = run.stage
            say(f"background worker (process {run.pid or '-'}): {Stage(run.stage).label}")
        if run.status == RunStatus.FINISHED:
            return
        if run.status == RunStatus.FAILED:
            raise RuntimeError(f"the run failed: {run.failure}")
        time.sleep(0.1)
    raise RuntimeError("the background worker did not finish in five minutes")


def figures(number: int) -> dict[str, Any]:
    """Read the figures of a released round back from the database."""
    round_ = Round.objects.get(number=number)
    run = rounds.latest_finished_run(round_)
    placed = Decision.objects.filter(run=run, quota__isnull=False)
    totals = PostingResult.objects.filter(run=run).aggregate(
        filled=Sum("reserved_filled"), reverted=Sum("reverted")
    )
    quotas = Quota.objects.aggregate(places=Sum("places"), reserved=Sum("reserved"))
    entries = SealedEntry.objects.filter(round=round_)
    return {
        "states": State.objects.count(),
        "quotas": Quota.objects.count(),
        "places": quotas["places"],
        "reserved_places": quotas["reserved"],
        "applications": Application.objects.count(),
        "nominations": Nomination.objects.count(),
        "protected_candidates": entries.filter(protected=True).count(),
        "placed": placed.count(),
        "protected_placed": placed.filter(entry__protected=True).count(),
        "reserve_filled": totals["filled"],
        "reserve_reverted": totals["reverted"],
        "offers": Offer.objects.filter(round=round_).count(),
        "verified": Round.objects.filter(pk=round_.pk, verified_at__isnull=False).exists(),
        "market_digest": round_.market_digest,
        "plan_digest": round_.plan_digest,
        "task_ran_in_pid": run.pid if run else None,
    }


def answer_some(
    number: int, *, clock: Clock, say: Say, accept: int = 90, decline: int = 15
) -> None:
    """Let some workers answer their offers, and the worker refill what was declined."""
    waiting = list(
        Offer.objects.filter(round__number=number, status="offered", worker__user__isnull=False)
        .order_by("candidate")
        .annotate(person=F("worker__user"))[: accept + decline]
    )
    people = User.objects.in_bulk([offer.person for offer in waiting])
    declined = waiting[::7]
    accepted = [offer for offer in waiting if offer not in declined]
    # Accepts first: a decline starts a refill, which may better the offers of those who wait.
    for act, answered in ((offers.accept, accepted), (offers.decline, declined)):
        for offer in answered:
            with suppress(Conflict):
                act(by=people[offer.person], offer_id=offer.public_id, now=clock())
    say(f"{len(waiting)} people have answered their offers")


def leave_rounds_waiting(certify: int, draw: int, *, clock: Clock, say: Say) -> None:
    """Leave one round for the certifiers and one for the operator to go on with."""
    operator = _person("operator")
    for number in (certify, draw):
        matching.seal_round(by=operator, number=number, now=clock())
    matching.draw_seed(by=operator, number=certify, now=clock())
    wait_for(matching.request_run(by=operator, number=certify, now=clock()), say=say)
    say(f"round {certify} waits for its certifiers, round {draw} for its draw")


def _person(name: str) -> User:
    return User.objects.get(email=f"{name}@{DOMAIN}")
