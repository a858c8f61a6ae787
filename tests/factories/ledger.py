"""How tests look at the ledger of places."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from clearinghouse.ledger import queries, services
from clearinghouse.ledger.enums import Account, Kind
from clearinghouse.ledger.rules import Move
from clearinghouse.offers.queries import find_differences
from clearinghouse.quotas.models import Quota
from tests.factories.matching import RELEASED


def balances_of(quota: Quota) -> dict[str, int]:
    """Return the balances of a quota that are not 0, the other side of the book left out."""
    have = queries.balances_of(quota.pk)
    return {name: count for name, count in have.items() if count and name != "posted"}


def check_balanced() -> None:
    """Settle deferred triggers, then compare every balance with quotas, plans and offers."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    count, differences = find_differences()
    assert differences == []
    assert count == Quota.objects.filter(published_at__isnull=False).count()


def book_offer(quota: Quota, source: Account = Account.OPEN) -> None:
    """Book an offer that a test has made by hand."""
    entries = {source: -1, Account.OFFERED: 1}
    services.post([Move(quota.pk, Kind.OFFERED, entries)], by=_system(), now=RELEASED)


@contextmanager
def switched_off(table: str, *triggers: str) -> Iterator[None]:
    """Drop triggers of a table for a while: the twin of a test of what they refuse.

    `triggers` are starts of names; pgtrigger adds a suffix of its own.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [table],
        )
        names = [row[0] for row in cursor.fetchall()]
        chosen = [
            name
            for name in names
            if any(name.startswith(f"pgtrigger_{start}_") for start in triggers)
        ]
        assert len(chosen) == len(triggers)
        for name in chosen:
            cursor.execute(f'ALTER TABLE {table} DISABLE TRIGGER "{name}"')
        try:
            yield
        finally:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            for name in chosen:
                cursor.execute(f'ALTER TABLE {table} ENABLE TRIGGER "{name}"')


def _system() -> object:
    from clearinghouse.access.checks import SYSTEM

    return SYSTEM
