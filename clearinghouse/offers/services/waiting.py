"""What the clock does with offers that nobody has answered."""

from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.db import transaction

from clearinghouse.access.checks import SYSTEM
from clearinghouse.applications import services as applications
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.ledger.enums import Kind as BookKind
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.offers import queries
from clearinghouse.offers.enums import Status, Task
from clearinghouse.offers.models import Offer
from clearinghouse.offers.services.bookkeeping import book_answers
from clearinghouse.offers.services.steps import count_again, end
from clearinghouse.people.queries import contacts_of
from clearinghouse.shared.failpoints import pass_failpoint
from clearinghouse.shared.queue import enqueue_after_commit

BATCH = 500
# Parts of the time to answer after which a reminder goes out: with 14 days, on days 7 and 12.
REMINDERS = (1 / 2, 6 / 7)


def lapse_due(*, now: datetime) -> int:
    """Let every offer lapse whose deadline has passed; return how many.

    In batches of one transaction each, so that a crash in between loses no finished batch.
    """
    count = 0
    while lapsed := _lapse_batch(now):
        count += lapsed
    return count


def remind_due(*, now: datetime) -> int:
    """Send the reminders that are due, two for each offer at most; return how many."""
    count = 0
    while reminded := _remind_batch(now):
        count += reminded
    return count


@transaction.atomic
def _lapse_batch(now: datetime) -> int:
    offers = queries.lock_due(now, BATCH)
    by_round = attrgetter("round_id")
    for _round_id, group in groupby(sorted(offers, key=by_round), key=by_round):
        _lapse(list(group), now)
    pass_failpoint("lapsing")
    return len(offers)


def _lapse(offers: list[Offer], now: datetime) -> None:
    number = offers[0].round.number
    for offer in offers:
        end(offer, Status.LAPSED, now=now)
        trail.record(Verb.OFFER_LAPSED, by=SYSTEM, on=offer)
    applications.settle(
        placed_ids=[],
        unplaced_ids=[offer.application_id for offer in offers],
        by=SYSTEM,
        now=now,
        round_number=number,
    )
    count_again(sorted({offer.quota_id for offer in offers}), now=now)
    book_answers(offers, BookKind.LAPSED, by=SYSTEM, now=now)
    _tell(offers, Kind.OFFER_LAPSED, now)
    enqueue_after_commit(Task.REFILL, number=number)


@transaction.atomic
def _remind_batch(now: datetime) -> int:
    offers = [
        offer
        for offer in queries.lock_to_remind(now, BATCH, len(REMINDERS))
        if _reminders_due(offer, now) > offer.reminders_sent
    ]
    for offer in offers:
        offer.reminders_sent = _reminders_due(offer, now)
        offer.save(update_fields=["reminders_sent"])
    _tell(offers, Kind.OFFER_REMINDER, now)
    pass_failpoint("reminding")
    return len(offers)


def _reminders_due(offer: Offer, now: datetime) -> int:
    gone = (now - offer.offered_at) / (offer.deadline - offer.offered_at)
    return sum(gone >= part for part in REMINDERS)


def _tell(offers: list[Offer], kind: Kind, now: datetime) -> None:
    contacts = contacts_of((offer.worker_id for offer in offers), now)
    for offer in offers:
        user = contacts.get(offer.worker_id)
        if user is not None:
            waits = offer.status == Status.OFFERED
            facts = {"answer_by": offer.deadline.isoformat()} if waits else {}
            notices.send(user=user, kind=kind, facts=facts, now=now)
