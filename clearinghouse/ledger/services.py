"""Every write of the ledger: book moves, and note what a comparison found."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.queries import roles_of
from clearinghouse.access.checks import Actor, System
from clearinghouse.ledger.models import Entry, Reconciliation, Transaction
from clearinghouse.ledger.rules import Move
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Conflict


def post(
    moves: Iterable[Move],
    *,
    by: Actor,
    now: datetime,
    round_number: int | None = None,
    run: uuid.UUID | None = None,
) -> list[Transaction]:
    """Book moves of places in the transaction that does what they stand for.

    Moves of nothing are left out. All entries are written by one statement: what counts for the
    balances is where places are after the last move. Raises `Conflict` "ledger_negative" if an
    account would hold fewer than no places, and refuses to run outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("places are booked in the transaction that moves them")
    real = [move for move in moves if any(move.entries.values())]
    if not real:
        return []
    role = "system" if isinstance(by, System) else ",".join(sorted(roles_of(by)))[:24]
    made = [
        Transaction(
            posting=move.posting,
            kind=move.kind,
            cause=move.cause,
            round_number=round_number,
            run=run,
            at=now,
            actor=role,
        )
        for move in real
    ]
    with refusals({"ledger_balance_not_negative": _too_few()}), transaction.atomic():
        Transaction.objects.bulk_create(made)
        Entry.objects.bulk_create(
            Entry(transaction=row, posting=move.posting, account=account, places=places)
            for row, move in zip(made, real, strict=True)
            for account, places in move.entries.items()
            if places
        )
    return made


@transaction.atomic
def note_reconciliation(
    *, postings: int, differences: list[dict[str, Any]], now: datetime
) -> Reconciliation:
    """Keep what a comparison of all balances with their sources has found."""
    return Reconciliation.objects.create(at=now, postings=postings, differences=differences)


def _too_few() -> Conflict:
    return Conflict(
        _("The ledger of places does not hold so many places there. Nothing was changed."),
        code="ledger_negative",
    )
