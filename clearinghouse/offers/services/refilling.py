"""Refilling freed places: the same sealed input once more, without those who left.

Why by a run and not by hand or by a waiting list: docs/decisions/0005-refill-by-rerun.md.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from clearinghouse.access.checks import SYSTEM
from clearinghouse.applications import services as applications
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.matching import queries as matching
from clearinghouse.matching import services as rounds
from clearinghouse.matching.enums import Status as RoundStatus
from clearinghouse.matching.queries import Placement
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.offers import queries
from clearinghouse.offers.enums import LIVE_STATUSES, Status
from clearinghouse.offers.models import Offer
from clearinghouse.offers.services.bookkeeping import Kept, book_refill
from clearinghouse.offers.services.steps import count_again, end, offer_places
from clearinghouse.people.queries import contacts_of
from clearinghouse.shared.failpoints import pass_failpoint

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round, Run

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Changes:
    """What a finished refill asks of the offers of its round."""

    improved: list[tuple[Offer, Placement]]
    reseated: list[tuple[Offer, Placement]]
    new: list[Placement]


@transaction.atomic
def refill(*, number: int, now: datetime) -> "Run | None":
    """Bring the offers of a released round and its sealed lists together.

    Follows a finished refill, then asks for another one if places are free that nobody holds.
    Doing it twice changes nothing. Returns the run that is under way, if one is.
    """
    round_ = matching.lock_round(number)
    if round_.status != RoundStatus.RELEASED:
        return None
    finished = matching.find_unapplied_run(round_)
    if finished is not None:
        _follow(round_, finished, now)
        pass_failpoint("refilling")
    live = matching.find_live_run(round_)
    return live or _ask(round_, now)


def refill_all(*, now: datetime) -> list[int]:
    """Do `refill` for every released round, each by itself; return the numbers of those under way.

    This is the sweep: it finds what a lost nudge has forgotten.
    """
    return [
        number
        for number in queries.list_rounds_to_refill().values_list("number", flat=True)
        if refill(number=number, now=now)
    ]


def _ask(round_: "Round", now: datetime) -> "Run | None":
    applied = matching.find_applied_run(round_)
    if applied is None:
        return None
    freed = matching.list_unclaimed(applied, queries.list_holders(round_))
    if not freed:
        return None
    run = rounds.request_refill(
        round_=round_,
        withdrawn=[*applied.withdrawn, *freed],
        accepted=queries.list_pinned(round_) | queries.list_accepted(round_),
        now=now,
    )
    pass_failpoint("asking")
    return run


def _follow(round_: "Round", run: "Run", now: datetime) -> None:
    offers = queries.lock_round_offers(round_)
    placements = list(matching.placements_of(run))
    changes = _compare(offers, placements)
    if changes is None:
        rounds.discard_refill(run=run, now=now)
        return
    kept = Kept.of(offers, [offer for offer, _placement in changes.improved])
    for offer, _placement in changes.improved:
        end(offer, Status.IMPROVED, now=now)
        trail.record(Verb.OFFER_IMPROVED, by=SYSTEM, on=offer)
        pass_failpoint("improving")
    for offer, placement in changes.reseated:
        offer.seat = placement.seat
        offer.save(update_fields=["seat"])
    better = [placement for _offer, placement in changes.improved]
    made = offer_places([*better, *changes.new], run=run, now=now)
    touched = {offer.quota_id for offer in offers} | {offer.quota_id for offer in made}
    count_again(sorted(touched), now=now)
    book_refill(run, kept, made, now=now)
    applications.settle(
        placed_ids=[offer.application_id for offer in made],
        unplaced_ids=[],
        by=SYSTEM,
        now=now,
        round_number=round_.number,
    )
    _tell(made, {placement.candidate for placement in better}, now)
    rounds.mark_applied(run=run, now=now)
    trail.record(Verb.OFFERS_CREATED, by=SYSTEM, on=round_, facts={"offers": len(made)})


def _compare(offers: list[Offer], placements: list[Placement]) -> _Changes | None:
    """Compare offers with a plan; None if somebody has meanwhile accepted what the plan moves,
    or hidden themselves from the state that it moves them to."""
    planned = {placement.candidate: placement for placement in placements}
    live = {offer.candidate: offer for offer in offers if offer.status in LIVE_STATUSES}
    left = {offer.candidate for offer in offers} - live.keys()
    changes = _Changes([], [], [])
    for candidate, offer in live.items():
        placement = planned.get(candidate)
        same = placement is not None and placement.quota_id == offer.quota_id
        if offer.status == Status.ACCEPTED and not same:
            return None
        if not same and placement is not None and _is_hidden(offer, placement):
            return None
        if placement is None or placement.quota_id is None:
            raise RuntimeError("a refill takes no place away")
        if not same:
            changes.improved.append((offer, placement))
        elif placement.seat != offer.seat:
            changes.reseated.append((offer, placement))
    changes.new.extend(
        placement
        for placement in placements
        if placement.quota_id is not None
        and placement.candidate not in live
        and placement.candidate not in left
    )
    return changes


def _is_hidden(offer: Offer, placement: Placement) -> bool:
    """Tell whether a plan moves a person to a state that they have hidden themselves from."""
    if placement.quota_id is None or not offer.shield:
        return False
    return bool(queries.hidden_pairs([(offer.worker_id, placement.quota_id)]))


def _tell(offers: list[Offer], better: set[str], now: datetime) -> None:
    contacts = contacts_of((offer.worker_id for offer in offers), now)
    for offer in offers:
        user = contacts.get(offer.worker_id)
        if user is not None:
            kind = Kind.OFFER_IMPROVED if offer.candidate in better else Kind.RESULT_READY
            facts = {"answer_by": offer.deadline.isoformat()}
            notices.send(user=user, kind=kind, facts=facts, now=now)
