"""Tables of the places ledger. What is booked can never be changed, only booked back."""

import pgtrigger
from django.db import models
from django.db.models import Q

from clearinghouse.ledger.enums import Account, Cause, Kind
from clearinghouse.shared.database import append_only
from clearinghouse.shared.models import Row

# Checked when the whole database transaction commits, so that entries may come one by one.
_BALANCED = """
    IF (SELECT count(*) < 2 OR coalesce(sum(e.places), 0) <> 0
               OR coalesce(bool_or(e.posting <> t.posting), true)
        FROM ledger_transaction t LEFT JOIN ledger_entry e ON e.transaction_id = t.id
        WHERE t.id = {key})
    THEN
        RAISE EXCEPTION 'A transaction moves places between accounts of one posting and sums to 0'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'ledger_transaction_balanced';
    END IF;
    RETURN NULL;
"""
# Rows are locked in one order, whatever the order of the entries, so that nobody waits in a ring.
_CARRY = """
    INSERT INTO ledger_balance (posting, account, places)
        SELECT DISTINCT posting, account, 0 FROM added ORDER BY 1, 2
        ON CONFLICT DO NOTHING;
    PERFORM 1 FROM ledger_balance b
        WHERE (b.posting, b.account) IN (SELECT posting, account FROM added)
        ORDER BY b.posting, b.account FOR UPDATE;
    UPDATE ledger_balance b SET places = b.places + s.places
        FROM (SELECT posting, account, sum(places) AS places
              FROM added GROUP BY posting, account) s
        WHERE b.posting = s.posting AND b.account = s.account AND s.places <> 0;
    RETURN NULL;
"""
# The trigger of the entries is one level deep, so this one is two levels deep below it.
_ONLY_BY_ENTRIES = """
    IF TG_OP = 'DELETE' OR pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'Balances follow from entries: nobody writes them'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'ledger_balance_only_by_entries';
    END IF;
    RETURN NEW;
"""
_NO_TRUNCATE = """
    RAISE EXCEPTION 'Balances follow from entries: nobody writes them'
        USING ERRCODE = 'integrity_constraint_violation',
              CONSTRAINT = 'ledger_balance_only_by_entries';
"""


def _balanced(key: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="balanced",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        func=_BALANCED.format(key=key),
    )


class Transaction(Row):
    """One move of places of one posting, for one reason.

    `posting` is the key of a quota: a plain number, because quotas stand above. `actor` is the
    role of who acted, never a person.
    """

    posting = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    cause = models.CharField(max_length=16, choices=Cause, blank=True)
    round_number = models.PositiveIntegerField(null=True, blank=True)
    run = models.UUIDField(null=True, blank=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=24)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values), name="ledger_transaction_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.REVERTED, cause__in=Cause.values)
                | (~Q(kind=Kind.REVERTED) & Q(cause="")),
                name="ledger_transaction_reverted_has_cause",
            ),
        ]
        indexes = [models.Index(fields=["posting", "-id"], name="ledger_transaction_posting")]
        triggers = [_balanced("NEW.id"), *append_only("ledger_transaction")]


class Entry(models.Model):
    """How many places one transaction brings to an account, or takes from it (below zero)."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="entries")
    posting = models.BigIntegerField()
    account = models.CharField(max_length=12, choices=Account)
    places = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(places=0), name="ledger_entry_moves_something"),
            models.CheckConstraint(
                condition=Q(account__in=Account.values), name="ledger_entry_account"
            ),
        ]
        triggers = [
            _balanced("NEW.transaction_id"),
            pgtrigger.Trigger(
                name="carry",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="added"),
                func=_CARRY,
            ),
            *append_only("ledger_entry"),
        ]


class Balance(models.Model):
    """How many places an account of a posting holds now; written by the entries' trigger alone."""

    posting = models.BigIntegerField()
    account = models.CharField(max_length=12, choices=Account)
    places = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["posting", "account"], name="ledger_balance_once"),
            models.CheckConstraint(
                condition=Q(account=Account.POSTED, places__lte=0)
                | (~Q(account=Account.POSTED) & Q(places__gte=0)),
                name="ledger_balance_not_negative",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="only_by_entries",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=_ONLY_BY_ENTRIES,
            ),
            pgtrigger.Trigger(
                name="no_truncate",
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                level=pgtrigger.Statement,
                func=_NO_TRUNCATE,
            ),
        ]


class Reconciliation(Row):
    """One comparison of all balances with quotas, plans and offers; `differences` by posting."""

    at = models.DateTimeField()
    postings = models.PositiveIntegerField()
    differences = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="ledger_reconciliation_at")]
        triggers = append_only("ledger_reconciliation")
