"""Comparing the ledger of places with what it stands for."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from clearinghouse.ledger import services as ledger
from clearinghouse.offers import queries

if TYPE_CHECKING:
    from clearinghouse.ledger.models import Reconciliation

log = logging.getLogger(__name__)
# A broken ledger has one cause and many faults; the first ones lead to it.
MOST = 200


def reconcile_ledger(*, now: datetime) -> "Reconciliation":
    """Compute all balances from quotas, plans and offers, and keep what differs; repairs nothing.

    Called by the clock and by operators; anyone may do it, and it writes one row.
    """
    postings, differences = queries.find_differences()
    if differences:
        log.error("places ledger differs", extra={"differences": len(differences)})
    return ledger.note_reconciliation(postings=postings, differences=differences[:MOST], now=now)
