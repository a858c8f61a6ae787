"""What must be true of an offer before an answer, whoever gives it."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from clearinghouse.offers.enums import Status
from clearinghouse.shared.errors import Conflict, NotNow

if TYPE_CHECKING:
    from clearinghouse.offers.models import Offer


def check_answer_possible(offer: "Offer", *, now: datetime) -> None:
    """Refuse a second, different answer, and any answer after the deadline."""
    if offer.status == Status.IMPROVED:
        raise Conflict(_("You have a better offer now. Please answer that one."), code="improved")
    if offer.status == Status.LAPSED or (offer.status == Status.OFFERED and offer.deadline <= now):
        raise NotNow(
            _("The time to answer this offer is over."), code="late", deadline=offer.deadline
        )
    if offer.status != Status.OFFERED:
        raise Conflict(_("You have answered this offer already."), code="answered")
