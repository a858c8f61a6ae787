"""What a call has changed in the database: every row of every table that it wrote."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

# Table, then the rows written since the mark (as JSON objects) and the number of deleted ones.
Rows = list[dict[str, Any]]
Changes = dict[str, tuple[Rows, int]]
_WRITES = """
    SELECT quote_ident(schemaname) || '.' || quote_ident(relname), n_tup_ins + n_tup_upd, n_tup_del
    FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
    AND schemaname !~ '^pg_temp' ORDER BY 1
"""


@dataclass(frozen=True)
class Mark:
    """Where a look begins: the number of its transaction, and how much was written before."""

    number: int
    writes: dict[str, tuple[int, int]]


@contextmanager
def marked() -> Iterator[Mark]:
    """Undo what happens inside; the caller is a login that sees every row."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE mark AS SELECT 1 AS one")
            cursor.execute("SELECT xmin::text::bigint FROM mark")
            number = cursor.fetchone()[0]
        yield Mark(number, _writes())
        transaction.set_rollback(True)


def _writes() -> dict[str, tuple[int, int]]:
    """Count rows written and deleted in this transaction, table by table."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITES)
        return {name: (written, deleted) for name, written, deleted in cursor.fetchall()}


def changes_since(mark: Mark) -> Changes:
    """Read what was written since a mark, in every table of every schema."""
    found = {}
    for name, counts in _writes().items():
        before = mark.writes.get(name, (0, 0))
        if counts == before:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT to_jsonb(t)::text FROM {name} t WHERE t.xmin::text::bigint >= %s",
                [mark.number],
            )
            rows = [json.loads(text) for (text,) in cursor.fetchall()]
        found[name] = (sorted(rows, key=lambda row: row.get("id") or 0), counts[1] - before[1])
    return found


def noise(one: Changes, other: Changes) -> set[tuple[str, str]]:
    """Name the columns in which the same call differs from itself: keys, random ids, digests."""
    found = set()
    for name, (rows, _deleted) in one.items():
        for a, b in zip(rows, other.get(name, ([], 0))[0], strict=False):
            found |= {(name, column) for column in a if a[column] != b.get(column)}
    return found


def differences(one: Changes, other: Changes, noisy: set[tuple[str, str]]) -> list[str]:
    """Say in which tables and columns two calls differ, beyond noise."""
    found = set()
    for name in {*one, *other}:
        rows, deleted = one.get(name, ([], 0))
        others, gone = other.get(name, ([], 0))
        if (len(rows), deleted) != (len(others), gone):
            found.add(f"{name}: {len(others)} written, {gone} deleted; not {len(rows)}, {deleted}")
        for a, b in zip(rows, others, strict=False):
            found |= {
                f"{name}.{column}"
                for column in a
                if (name, column) not in noisy and a[column] != b.get(column)
            }
    return sorted(found)
