"""Every write of offers, by occasion."""

from clearinghouse.offers.services.answering import accept, decline
from clearinghouse.offers.services.reconciling import reconcile_ledger
from clearinghouse.offers.services.refilling import refill, refill_all
from clearinghouse.offers.services.releasing import create_offers, release_round
from clearinghouse.offers.services.waiting import lapse_due, remind_due

__all__ = [
    "accept",
    "create_offers",
    "decline",
    "lapse_due",
    "reconcile_ledger",
    "refill",
    "refill_all",
    "release_round",
    "remind_due",
]
