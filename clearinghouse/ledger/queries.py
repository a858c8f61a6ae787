"""Every read of the ledger. Who may read it, the rooms above decide."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import QuerySet, Sum

from clearinghouse.ledger.enums import OF_RESERVE, Account, Kind
from clearinghouse.ledger.models import Balance, Entry, Reconciliation, Transaction

Balances = dict[str, int]


def balances_of(posting: int) -> Balances:
    """Return the balances of one posting (key of a quota), by account; 0 where nothing is."""
    return balances([posting]).get(posting, dict.fromkeys(Account.values, 0))


def balances(postings: Collection[int] | None = None) -> dict[int, Balances]:
    """Return the balances of these postings, or of all, by posting and account; one query."""
    rows = (
        Balance.objects.all() if postings is None else Balance.objects.filter(posting__in=postings)
    )
    found: dict[int, Balances] = defaultdict(lambda: dict.fromkeys(Account.values, 0))
    for posting, account, places in rows.values_list("posting", "account", "places"):
        found[posting][account] = places
    return dict(found)


def sums_of_entries() -> dict[int, Balances]:
    """Return what all entries ever booked add up to, by posting and account; one query."""
    rows = Entry.objects.order_by().values_list("posting", "account")
    found: dict[int, Balances] = defaultdict(lambda: dict.fromkeys(Account.values, 0))
    for posting, account, places in rows.annotate(sum=Sum("places")):
        found[posting][account] = places
    return dict(found)


def reverted_by_cause(postings: Collection[int] | None = None) -> dict[int, dict[str, int]]:
    """Return how many reserved places have reverted so far, by posting and cause; one query."""
    rows = Entry.objects.filter(account=Account.REVERTED, transaction__kind=Kind.REVERTED)
    if postings is not None:
        rows = rows.filter(posting__in=postings)
    found: dict[int, dict[str, int]] = defaultdict(dict)
    sums = rows.order_by().values_list("posting", "transaction__cause").annotate(sum=Sum("places"))
    for posting, cause, places in sums:
        if places:
            found[posting][cause] = places
    return dict(found)


def list_transactions(posting: int, *, with_reserve: bool = True) -> QuerySet[Transaction]:
    """List the transactions of a posting with their entries, newest first.

    Without the reserve, those are left out that say nothing but how the reserve was filled.
    """
    rows = Transaction.objects.filter(posting=posting).prefetch_related("entries")
    if not with_reserve:
        rows = rows.exclude(kind__in=OF_RESERVE)
    return rows.order_by("-pk")


def latest_reconciliation() -> Reconciliation | None:
    """Find what the last comparison of all balances has found."""
    return Reconciliation.objects.order_by("-at", "-pk").first()
