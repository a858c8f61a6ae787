"""What a person answers to an offer."""

import uuid
from datetime import datetime

from django.db import transaction

from accounts.models import User
from clearinghouse.access.checks import SYSTEM
from clearinghouse.applications import services as applications
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.ledger.enums import Kind
from clearinghouse.offers import guards, queries
from clearinghouse.offers.enums import Status, Task
from clearinghouse.offers.models import Offer
from clearinghouse.offers.services.bookkeeping import book_answers
from clearinghouse.offers.services.steps import count_again, end
from clearinghouse.shared.failpoints import pass_failpoint
from clearinghouse.shared.queue import enqueue_after_commit


@transaction.atomic
def accept(*, by: User, offer_id: uuid.UUID | str, now: datetime) -> Offer:
    """Accept an offer before its deadline; a second click returns the same offer.

    The person keeps this place whatever becomes free later.
    """
    offer = queries.lock_own(by, offer_id, now)
    if offer.status == Status.ACCEPTED:
        return offer
    guards.check_answer_possible(offer, now=now)
    end(offer, Status.ACCEPTED, now=now)
    book_answers([offer], Kind.ACCEPTED, by=by, now=now)
    trail.record(Verb.OFFER_ACCEPTED, by=by, on=offer, state=offer.quota.state.iso2)
    pass_failpoint("accepting")
    return offer


@transaction.atomic
def decline(*, by: User, offer_id: uuid.UUID | str, now: datetime) -> Offer:
    """Decline an offer before its deadline; a second click returns the same offer.

    The place is free at once, and the sealed lists decide who gets it. Nothing later gets worse
    for the person.
    """
    offer = queries.lock_own(by, offer_id, now)
    if offer.status == Status.DECLINED:
        return offer
    guards.check_answer_possible(offer, now=now)
    end(offer, Status.DECLINED, now=now)
    applications.settle(
        placed_ids=[],
        unplaced_ids=[offer.application_id],
        by=SYSTEM,
        now=now,
        round_number=offer.round.number,
    )
    count_again([offer.quota_id], now=now)
    book_answers([offer], Kind.DECLINED, by=by, now=now)
    trail.record(Verb.OFFER_DECLINED, by=by, on=offer, state=offer.quota.state.iso2)
    enqueue_after_commit(Task.REFILL, number=offer.round.number)
    pass_failpoint("declining")
    return offer
