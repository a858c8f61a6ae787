"""Small steps that several services of offers share."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from clearinghouse.access.checks import SYSTEM
from clearinghouse.matching.queries import Placement
from clearinghouse.offers import queries
from clearinghouse.offers.enums import Status
from clearinghouse.offers.lifecycle import LIFECYCLE
from clearinghouse.offers.models import Offer
from clearinghouse.quotas import services as quotas
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Conflict
from clearinghouse.shared.failpoints import pass_failpoint

if TYPE_CHECKING:
    from clearinghouse.matching.models import Run


def end(offer: Offer, to: Status, *, now: datetime) -> None:
    """Move a locked offer to an answer, or to an end that takes its place."""
    LIFECYCLE.check(offer.status, to)
    offer.status, offer.answered_at = to.value, now
    offer.save(update_fields=["status", "answered_at"])


def offer_places(placements: Iterable[Placement], *, run: "Run", now: datetime) -> list[Offer]:
    """Offer the places that a run found, each with a fresh deadline.

    Who holds a live offer of another round gets none: one place a person, by the database too. The
    place is then free, and the next refill gives it to somebody else. The same goes for people who
    have hidden themselves from the state of the place since their list was sealed.
    """
    placed = [(each, each.quota_id) for each in placements if each.quota_id is not None]
    holders = queries.holders_elsewhere((each.worker_id for each, _quota in placed), run.round)
    hidden = queries.hidden_pairs((each.worker_id, quota_id) for each, quota_id in placed)
    deadline = now + timedelta(days=settings.OFFER_DAYS)
    offers = [
        Offer(
            worker_id=placement.worker_id,
            application_id=placement.application_id,
            quota_id=quota_id,
            round_id=run.round_id,
            run=run,
            candidate=placement.candidate,
            seat=placement.seat,
            offered_at=now,
            deadline=deadline,
        )
        for placement, quota_id in placed
        if placement.worker_id not in holders and (placement.worker_id, quota_id) not in hidden
    ]
    twice = Conflict(
        _("Somebody would hold two offers at once. Nothing was changed."), code="two_offers"
    )
    full = Conflict(_("All places of this quota are taken."), code="no_place_left")
    words = {"offers_offer_one_live_per_person": twice, "offers_offer_within_places": full}
    with refusals(words), transaction.atomic():
        made = Offer.objects.bulk_create(offers, batch_size=2000)
    pass_failpoint("offering")
    return made


def count_again(quota_ids: Collection[int], *, now: datetime) -> None:
    """Write how many places of these quotas (keys) are taken, where that has changed."""
    with refusals({}):
        counts = queries.lock_places(quota_ids)
    if counts:
        quotas.set_places_taken(by=SYSTEM, counts=counts, now=now)
        pass_failpoint("counting")
