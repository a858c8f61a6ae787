"""What the database refuses in the book, and that it is the database who refuses it."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from clearinghouse.access.checks import SYSTEM
from clearinghouse.ledger import services
from clearinghouse.ledger.enums import Account, Kind
from clearinghouse.ledger.models import Balance, Entry, Reconciliation, Transaction
from clearinghouse.ledger.rules import Move, published
from clearinghouse.shared.errors import Conflict
from tests.factories.ledger import switched_off
from tests.factories.matching import NOW

pytestmark = pytest.mark.django_db

POSTING = 987_654


def put(places: int = 5, posting: int = POSTING) -> Transaction:
    (row,) = services.post([published(posting, places)], by=SYSTEM, now=NOW)
    settle()
    return row


def settle() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def book(*entries: tuple[int, str, int], kind: str = "published", cause: str = "") -> Any:
    """Write a transaction as an attacker with a database console would."""
    with transaction.atomic():
        row = Transaction.objects.create(
            posting=POSTING, kind=kind, cause=cause, at=NOW, actor="system"
        )
        with connection.cursor() as cursor:
            for posting, account, places in entries:
                cursor.execute(
                    "INSERT INTO ledger_entry (transaction_id, posting, account, places)"
                    " VALUES (%s, %s, %s, %s)",
                    [row.pk, posting, account, places],
                )
        settle()
    return row


def have(account: str) -> int:
    return Balance.objects.get(posting=POSTING, account=account).places


def refused(name: str) -> Any:
    return pytest.raises(IntegrityError, match=name)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [(POSTING, "unallotted", 5)],
        [(POSTING, "posted", -5), (POSTING, "unallotted", 4)],
        [(POSTING, "posted", -5), (POSTING + 1, "unallotted", 5)],
    ],
)
def test_refuses_what_is_not_balanced(entries: list[tuple[int, str, int]]) -> None:
    with refused("sums to 0"):
        book(*entries)
    assert not Balance.objects.exists()
    assert book((POSTING, "posted", -5), (POSTING, "unallotted", 5))


def test_takes_what_is_not_balanced_when_the_trigger_is_off() -> None:
    with switched_off("ledger_entry", "balanced"), switched_off("ledger_transaction", "balanced"):
        book((POSTING, "unallotted", 5))
    assert have("unallotted") == 5


def test_refuses_entry_added_to_an_old_transaction() -> None:
    row = put()
    with refused("sums to 0"), transaction.atomic():
        Entry.objects.create(transaction=row, posting=POSTING, account="open", places=1)
        settle()


def test_refuses_balance_below_zero() -> None:
    put()
    with refused("ledger_balance_not_negative"):
        book((POSTING, "open", -1), (POSTING, "offered", 1), kind="offered")
    with refused("ledger_balance_not_negative"):
        book((POSTING, "unallotted", -6), (POSTING, "posted", 6))
    assert have("unallotted") == 5


def test_takes_balance_below_zero_when_the_check_is_off() -> None:
    put()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_balance DROP CONSTRAINT ledger_balance_not_negative")
    book((POSTING, "open", -1), (POSTING, "offered", 1), kind="offered")
    assert have("open") == -1


@pytest.mark.parametrize("table", ["ledger_transaction", "ledger_entry", "ledger_reconciliation"])
@pytest.mark.parametrize(
    "attack", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_refuses_to_change_what_is_booked(table: str, attack: str) -> None:
    put()
    services.note_reconciliation(postings=1, differences=[], now=NOW)
    with refused("Rows of this table are evidence"), transaction.atomic():
        execute(attack.format(table))
    off = switched_off(table, f"{table}_no_change", f"{table}_no_truncate")
    if "TRUNCATE" in attack and table == "ledger_transaction":
        with off, refused("Rows of this table are evidence"), transaction.atomic():
            # The entries go with it, and they have a trigger of their own.
            execute(attack.format(table))
    elif "DELETE" in attack and table == "ledger_transaction":
        with off, switched_off("ledger_entry", "ledger_entry_no_change"):
            execute("DELETE FROM ledger_entry")
            assert execute(attack.format(table)) == 1
    else:
        with off:
            execute(attack.format(table))
    assert Reconciliation.objects.count() + Transaction.objects.count() >= 1


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE ledger_balance SET places = places + 1 WHERE account = 'unallotted'",
        "INSERT INTO ledger_balance (posting, account, places) VALUES (1, 'open', 9)",
        "DELETE FROM ledger_balance WHERE account = 'unallotted'",
        "TRUNCATE ledger_balance",
    ],
)
def test_refuses_balances_written_by_hand(attack: str) -> None:
    put()
    with refused("Balances follow from entries"), transaction.atomic():
        execute(attack)
    assert have("unallotted") == 5
    with switched_off("ledger_balance", "only_by_entries", "no_truncate"):
        execute(attack)
    rows = {(row.posting, row.account): row.places for row in Balance.objects.all()}
    assert rows.get((POSTING, "unallotted")) != 5 or (1, "open") in rows


def test_refuses_unknown_words_and_empty_entries() -> None:
    pair = [(POSTING, "posted", -5), (POSTING, "unallotted", 5)]
    with refused("ledger_transaction_kind"):
        book(*pair, kind="gift")
    with refused("ledger_transaction_reverted_has_cause"):
        book(*pair, kind="reverted")
    with refused("ledger_transaction_reverted_has_cause"):
        book(*pair, cause="declined")
    with refused("ledger_entry_moves_something"):
        book(*pair, (POSTING, "open", 0))
    with refused("ledger_entry_account"):
        book((POSTING, "posted", -5), (POSTING, "pocket", 5))
    put()
    off = switched_off("ledger_balance", "only_by_entries")
    with off, refused("ledger_balance_once"), transaction.atomic():
        Balance.objects.create(posting=POSTING, account="unallotted", places=1)


def test_post_says_it_in_words_and_books_nothing() -> None:
    put()
    moves = [
        published(POSTING, 2),
        Move(POSTING, Kind.ACCEPTED, {Account.OFFERED: -1, Account.ACCEPTED: 1}),
    ]
    with pytest.raises(Conflict, match="does not hold so many places"):
        services.post(moves, by=SYSTEM, now=NOW)
    assert have("unallotted") == 5
    assert services.post([Move(POSTING, Kind.TAKEN, {Account.OPEN: 0})], by=SYSTEM, now=NOW) == []


@pytest.mark.django_db(transaction=True)
def test_post_refuses_to_run_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="in the transaction that moves them"):
        services.post([published(POSTING, 2)], by=SYSTEM, now=NOW)


def execute(sql: str) -> int:
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return int(cursor.rowcount)
    except DatabaseError as error:
        raise error from error.__cause__
