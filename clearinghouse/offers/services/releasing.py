"""Releasing a round: results, offers, counters and messages at one instant."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from clearinghouse.access.checks import SYSTEM, Actor
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.matching import queries as matching
from clearinghouse.matching import services as rounds
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.offers.services.bookkeeping import book_release
from clearinghouse.offers.services.steps import count_again, offer_places
from clearinghouse.people.queries import contacts_of
from clearinghouse.shared.failpoints import pass_failpoint

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round, Run


@transaction.atomic
def release_round(*, by: Actor, number: int, now: datetime) -> "Round":
    """Release a certified round and offer its places; everybody gets the same message at once."""
    round_ = rounds.release(by=by, number=number, now=now)
    run = matching.find_applied_run(round_)
    if run is None:
        raise RuntimeError("a released round has a run that counts")
    create_offers(round_, run, now)
    rounds.publish_numbers(round_=round_, now=now)
    pass_failpoint("releasing")
    return round_


@transaction.atomic
def create_offers(round_: "Round", run: "Run", now: datetime) -> int:
    """Offer every place that the first run of a round found, and tell every entrant.

    The message is the same for those with and without a place. Returns how many offers were made.
    """
    placements = list(matching.placements_of(run))
    offers = offer_places(placements, run=run, now=now)
    count_again(sorted({offer.quota_id for offer in offers}), now=now)
    book_release(run, offers, now=now)
    trail.record(Verb.OFFERS_CREATED, by=SYSTEM, on=round_, facts={"offers": len(offers)})
    contacts = contacts_of((placement.worker_id for placement in placements), now)
    # A helper who acts for many people gets one message, not one a person.
    users = {user.pk: user for user in contacts.values()}
    notices.send_many(
        users=users.values(), kind=Kind.RESULT_READY, facts={"round": round_.number}, now=now
    )
    return len(offers)
