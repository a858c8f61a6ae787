"""Which accounts each event moves places between. Values in, moves out; no tables.

Sums of the moves of one posting are always 0; the database checks it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from clearinghouse.ledger.enums import WAITING, Account, Cause, Kind

Causes = Mapping[Cause, int]


@dataclass(frozen=True, slots=True)
class Move:
    """One transaction to book: places that come to accounts of a posting (below zero: leave)."""

    posting: int
    kind: Kind
    entries: Mapping[Account, int]
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Seats:
    """How many places of each kind are taken, by a plan or by people who hold an offer."""

    opened: int = 0
    reserved: int = 0
    reverted: int = 0

    @property
    def total(self) -> int:
        """Return all places taken."""
        return self.opened + self.reserved + self.reverted


@dataclass(frozen=True, slots=True)
class Refill:
    """One posting before and after a refill.

    `before` and `after` are what the plans take; `kept_before` and `kept_after` the part of it
    that people hold who stay, by the kind of place they had and have. `improved` holders leave for
    a better place; `lapsed` and `held` places wait; `causes` is by how much each cause has grown.
    """

    posting: int
    before: Seats
    after: Seats
    kept_before: Seats
    kept_after: Seats
    improved: int
    lapsed: int
    held: int
    made: int
    causes: Causes


def seats_of(counts: Mapping[str, int], *, places: int, reserve: int) -> Seats:
    """Return taken places by kind, from counts by the seat of the engine.

    With reserve-first the engine calls every place outside the reserve open; those beyond places
    minus reserve are reserved places that reverted.
    """
    beyond = max(0, counts.get("open", 0) - (places - reserve))
    return Seats(
        opened=counts.get("open", 0) - beyond,
        reserved=counts.get("reserved", 0),
        reverted=counts.get("reverted", 0) + beyond,
    )


def published(posting: int, places: int) -> Move:
    """Put the places of a published quota into the book."""
    entries = {Account.POSTED: -places, Account.UNALLOTTED: places}
    return Move(posting, Kind.PUBLISHED, entries)


def withdrawn(posting: int, places: int) -> Move:
    """Take the places of a withdrawn quota out of play; they stay in the book."""
    entries = {Account.UNALLOTTED: -places, Account.WITHDRAWN: places}
    return Move(posting, Kind.WITHDRAWN, entries)


def allotted(posting: int, places: int, reserve: int) -> Move:
    """Divide places into open and reserved ones when a round opens."""
    return Move(posting, Kind.ALLOTTED, _division(places, reserve, 1))


def voided(posting: int, places: int, reserve: int) -> Move:
    """Undo the division when the round was voided; nothing was offered by then."""
    return Move(posting, Kind.VOIDED, _division(places, reserve, -1))


def answered(posting: int, kind: Kind, count: int) -> Move:
    """Move offered places to accepted ones, or to those that wait for the next refill."""
    target = Account.ACCEPTED if kind == Kind.ACCEPTED else Account.LAPSED
    return Move(posting, kind, {Account.OFFERED: -count, target: count})


def released(posting: int, plan: Seats, *, made: int, causes: Causes) -> list[Move]:
    """Book what a released plan does with one posting: revert, take, offer."""
    return [*_reverts(posting, causes), _taken(posting, plan, Seats()), _offered(posting, made)]


def refilled(refill: Refill) -> list[Move]:
    """Book what a refill does with one posting.

    Waiting places become free in the kind they had, holders change kinds as the plan says, the
    reserve reverts or comes back, and then the plan takes places and offers are made.
    """
    posting, was, now = refill.posting, refill.kept_before, refill.kept_after
    back = {
        Account.LAPSED: -(refill.lapsed + refill.improved),
        Account.HELD: -refill.held,
        Account.OPEN: refill.before.opened - was.opened,
        Account.RESERVED: refill.before.reserved - was.reserved,
        Account.REVERTED: refill.before.reverted - was.reverted,
    }
    changed = {
        Account.OPEN: was.opened - now.opened,
        Account.RESERVED: was.reserved - now.reserved,
        Account.REVERTED: was.reverted - now.reverted,
    }
    return [
        answered(posting, Kind.IMPROVED, refill.improved),
        Move(posting, Kind.RETURNED, back),
        Move(posting, Kind.RESEATED, changed),
        *_reverts(posting, refill.causes),
        _taken(posting, refill.after, now),
        _offered(posting, refill.made),
    ]


def grown(before: Mapping[str, int], after: Causes) -> dict[Cause, int]:
    """Return by how much each cause has grown (below zero: shrunk)."""
    return {cause: after.get(cause, 0) - before.get(cause, 0) for cause in Cause}


def standing(
    *, division: str, places: int, reserve: int, plan: Seats | None, offered: int, accepted: int
) -> dict[str, int]:
    """Return what balances must be, by account, from everything but the ledger.

    `division` is the account of all places while nothing is divided (unallotted, withdrawn), or
    empty. Held and lapsed places both wait for the next refill: they are one number, "waiting".
    """
    found = {account.value: 0 for account in Account if account not in WAITING}
    found |= {Account.POSTED.value: -places, "waiting": 0}
    if division:
        found[division] = places
        return found
    taken = plan or Seats()
    lost = 0 if plan is None else reserve - taken.reserved
    found[Account.OPEN] = places - reserve - taken.opened
    found[Account.RESERVED] = reserve - taken.reserved - lost
    found[Account.REVERTED] = lost - taken.reverted
    found[Account.OFFERED], found[Account.ACCEPTED] = offered, accepted
    found["waiting"] = taken.total - offered - accepted
    return found


def as_standing(balances: Mapping[str, int]) -> dict[str, int]:
    """Return balances in the shape of `standing`."""
    found = {account: count for account, count in balances.items() if account not in WAITING}
    return {**found, "waiting": sum(balances[account] for account in WAITING)}


def _division(places: int, reserve: int, sign: int) -> dict[Account, int]:
    return {
        Account.UNALLOTTED: -places * sign,
        Account.OPEN: (places - reserve) * sign,
        Account.RESERVED: reserve * sign,
    }


def _reverts(posting: int, causes: Causes) -> list[Move]:
    return [
        Move(
            posting,
            Kind.REVERTED,
            {Account.RESERVED: -causes[cause], Account.REVERTED: causes[cause]},
            cause.value,
        )
        for cause in Cause
        if causes.get(cause)
    ]


def _taken(posting: int, plan: Seats, kept: Seats) -> Move:
    entries = {
        Account.OPEN: kept.opened - plan.opened,
        Account.RESERVED: kept.reserved - plan.reserved,
        Account.REVERTED: kept.reverted - plan.reverted,
        Account.HELD: plan.total - kept.total,
    }
    return Move(posting, Kind.TAKEN, entries)


def _offered(posting: int, made: int) -> Move:
    return Move(posting, Kind.OFFERED, {Account.HELD: -made, Account.OFFERED: made})
