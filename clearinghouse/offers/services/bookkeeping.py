"""What offers book in the ledger of places, in the transaction that moves the places."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from clearinghouse.access.checks import SYSTEM, Actor
from clearinghouse.ledger import queries as ledger
from clearinghouse.ledger import rules
from clearinghouse.ledger import services as book
from clearinghouse.ledger.enums import Account, Kind
from clearinghouse.ledger.rules import Move, Refill
from clearinghouse.matching import queries as matching
from clearinghouse.matching.queries import Fill
from clearinghouse.offers.enums import LIVE_STATUSES
from clearinghouse.offers.models import Offer

if TYPE_CHECKING:
    from clearinghouse.matching.models import Run

Seats = dict[int, Counter[str]]


@dataclass
class Kept:
    """The offers that stay where they are in a refill, by quota and kind of place before it.

    Made before the refill changes anything; `offers` are the rows that it then changes.
    """

    offers: list[Offer]
    before: Seats
    improved: Counter[int] = field(default_factory=Counter)

    @classmethod
    def of(cls, offers: Collection[Offer], improved: Collection[Offer]) -> "Kept":
        """Note the live offers of a round that a refill leaves at their posting."""
        leaving = {offer.pk for offer in improved}
        staying = [
            offer for offer in offers if offer.status in LIVE_STATUSES and offer.pk not in leaving
        ]
        return cls(staying, _seats(staying), Counter(offer.quota_id for offer in improved))

    @property
    def after(self) -> Seats:
        """Count the same offers by the kind of place that they have now."""
        return _seats(self.offers)


def book_answers(offers: Collection[Offer], kind: Kind, *, by: Actor, now: datetime) -> None:
    """Book that offers of one round were accepted, were declined or have lapsed."""
    if not offers:
        return
    counts = Counter(offer.quota_id for offer in offers)
    number = next(iter(offers)).round.number
    moves = [rules.answered(quota_id, kind, count) for quota_id, count in sorted(counts.items())]
    book.post(moves, by=by, now=now, round_number=number)


def book_release(run: "Run", made: Collection[Offer], *, now: datetime) -> None:
    """Book the first plan of a round and the offers made from it."""
    fills = matching.fills_of(run)
    causes = matching.causes_of(run)
    counts = Counter(offer.quota_id for offer in made)
    moves = [
        move
        for quota_id, fill in sorted(fills.items())
        for move in rules.released(
            quota_id, fill.seats, made=counts[quota_id], causes=causes.get(quota_id, {})
        )
    ]
    _post(moves, run, now)


def book_refill(run: "Run", kept: Kept, made: Collection[Offer], *, now: datetime) -> None:
    """Book what a refill changes; the run before it is still the one in force."""
    previous = matching.find_applied_run(run.round)
    if previous is None:
        raise RuntimeError("a refill follows a run that counts")
    before, after = matching.fills_of(previous), matching.fills_of(run)
    causes, reverted = matching.causes_of(run), ledger.reverted_by_cause(list(after))
    balances = ledger.balances(list(after))
    was, now_kept = kept.before, kept.after
    offered = Counter(offer.quota_id for offer in made)
    moves: list[Move] = []
    for quota_id, fill in sorted(after.items()):
        refill = Refill(
            posting=quota_id,
            before=before[quota_id].seats,
            after=fill.seats,
            kept_before=_taken(fill, was.get(quota_id)),
            kept_after=_taken(fill, now_kept.get(quota_id)),
            improved=kept.improved[quota_id],
            lapsed=balances[quota_id][Account.LAPSED],
            held=balances[quota_id][Account.HELD],
            made=offered[quota_id],
            causes=rules.grown(reverted.get(quota_id, {}), causes.get(quota_id, {})),
        )
        moves += rules.refilled(refill)
    _post(moves, run, now)


def _taken(fill: Fill, counts: Counter[str] | None) -> rules.Seats:
    return rules.seats_of(counts or {}, places=fill.places, reserve=fill.reserve)


def _seats(offers: Collection[Offer]) -> Seats:
    found: Seats = {}
    for offer in offers:
        found.setdefault(offer.quota_id, Counter())[offer.seat] += 1
    return found


def _post(moves: list[Move], run: "Run", now: datetime) -> None:
    book.post(moves, by=SYSTEM, now=now, round_number=run.round.number, run=run.public_id)
