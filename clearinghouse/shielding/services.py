"""Hiding a person, with everything that follows from it elsewhere. Doors call these.

Protection knows no application and no offer, and these know no protection: this room calls both.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.applications import queries as applications
from clearinghouse.applications import services as application_services
from clearinghouse.offers import queries as offers
from clearinghouse.offers import services as offer_services
from clearinghouse.offers.enums import Status
from clearinghouse.people import queries as people
from clearinghouse.protection import queries as protection
from clearinghouse.protection import services as protection_services
from clearinghouse.shared.errors import NotNow

if TYPE_CHECKING:
    from clearinghouse.offers.models import Offer
    from clearinghouse.people.models import Worker
    from clearinghouse.protection.models import Request


@transaction.atomic
def hide(
    *,
    by: User,
    states: Iterable[str],
    now: datetime,
    worker_id: uuid.UUID | str | None = None,
    give_up_offer: bool = False,
) -> "Worker":
    """Hide a person from states at once: wishes for them leave the list.

    An offer of such a state that waits for an answer is declined if `give_up_offer` says so;
    without it the step is refused (`NotNow` "offer_open") and nothing changes. An accepted place
    stays: that state knows the person already.
    """
    wanted = {state.upper() for state in states}
    offer = _open_offer(by, worker_id, wanted, now)
    if offer is not None:
        if not give_up_offer:
            raise NotNow(
                _(
                    "You have an open offer from this country. If you hide from it, you give the "
                    "offer up. Say that you want this, or answer the offer first."
                ),
                code="offer_open",
            )
        offer_services.decline(by=by, offer_id=offer.public_id, now=now)
    worker = protection_services.hide(by=by, states=wanted, worker_id=worker_id, now=now)
    _leave(by, worker, now)
    return worker


@transaction.atomic
def request_check(
    *, by: User, statement: str, now: datetime, worker_id: uuid.UUID | str | None = None
) -> "Request":
    """Ask the protection body to look at a case; the states fled from are kept out at once."""
    request = protection_services.request_check(
        by=by, statement=statement, worker_id=worker_id, now=now
    )
    _leave(by, request.worker, now)
    return request


@transaction.atomic
def sweep(*, now: datetime) -> dict[str, int]:
    """Do what waits: end what was agreed, hide whom nobody has hidden, set nominations aside."""
    ended, raised = protection_services.sweep_shields(now=now)
    found = applications.list_hidden_nominations()
    return {
        "ended": ended,
        "raised": raised,
        "set_aside": protection_services.set_aside(found, now=now),
    }


def _open_offer(
    by: User, worker_id: uuid.UUID | str | None, states: set[str], now: datetime
) -> "Offer | None":
    worker = protection.own_worker(by, worker_id, now)
    offer = offers.find_live(worker)
    if offer is None or offer.status != Status.OFFERED or offer.deadline <= now:
        return None
    return offer if offer.quota.state.iso2 in states else None


def _leave(by: User, worker: "Worker", now: datetime) -> None:
    # A helper who acts for such a state has just lost the person: the list is then left alone,
    # and no round takes the wishes up.
    if people.visible_to(by, now).filter(pk=worker.pk).exists():
        application_services.leave_hidden(by=by, worker=worker, now=now)
