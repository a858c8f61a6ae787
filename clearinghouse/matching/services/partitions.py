"""The decisions of one run as a table of their own, attached to the table of all decisions.

Every step is of the caller's transaction: an attempt that is discarded or dies leaves nothing
behind. Foreign keys would look at every row by itself; `findings` looks at all of them at once.
See docs/decisions/0009-decisions-by-partition.md.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection
from psycopg import sql

from clearinghouse.audit.installing import note_part
from clearinghouse.matching.bulk.decisions import COLUMNS
from clearinghouse.matching.models import Decision, Run, SealedEntry, SealedPosting

_PARENT = sql.Identifier(Decision._meta.db_table)
_NAMES = {
    "parent": _PARENT,
    "entries": sql.Identifier(SealedEntry._meta.db_table),
    "postings": sql.Identifier(SealedPosting._meta.db_table),
}
# A connection waits 3 s for a lock and 60 s for an answer; a large round takes longer.
_PATIENCE = "SET LOCAL statement_timeout = '1h'; SET LOCAL lock_timeout = '30s'"
# Uniqueness is the primary key's.
_ENTRIES = """
    SELECT count(*) FILTER (WHERE d.entry_id IS NULL AND NOT e.id = ANY(%(left)s)),
           count(*) FILTER (WHERE e.id IS NULL OR e.id = ANY(%(left)s) AND d.entry_id IS NOT NULL)
    FROM (SELECT id FROM {entries} WHERE round_id = %(round)s) e
    FULL JOIN {part} d ON d.entry_id = e.id
"""
_PLACES = """
    SELECT count(*) FILTER (WHERE p.id IS NULL),
           count(*) FILTER (WHERE d.taken > p.places OR d.reserved > p.reserve)
    FROM (SELECT quota_id, count(*) AS taken, count(*) FILTER (WHERE seat = 'reserved') AS reserved
          FROM {part} WHERE quota_id IS NOT NULL GROUP BY quota_id) d
    LEFT JOIN {postings} p ON p.round_id = %(round)s AND p.quota_id = d.quota_id
"""


def create(run: Run) -> str:
    """Create the empty table of one attempt, without keys, and return its name."""
    _do(_PATIENCE, "")
    return _call("create_decisions", run)


def fill(name: str, content: Iterable[bytes]) -> None:
    """Copy rows into a table that this transaction has created; `content` is binary COPY."""
    columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    statement = sql.SQL("COPY {part} ({columns}) FROM STDIN (FORMAT binary, FREEZE)").format(
        part=sql.Identifier(name), columns=columns
    )
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        for piece in content:
            copy.write(piece)


def close(run: Run) -> None:
    """Give a filled table its key and what says that all its rows are of this run."""
    _call("close_decisions", run)


def findings(name: str, run: Run, left_out: Collection[int] = ()) -> list[str]:
    """Return what foreign keys would have refused, and places given twice; empty if all is well.

    `left_out` are the keys of the sealed ballots that the run was to leave out.
    """
    given = {"round": run.round_id, "left": list(left_out)}
    forgotten, strange = _ask(_ENTRIES, name, given)
    foreign, too_many = _ask(_PLACES, name, given)
    counted = {
        "sealed ballots without a decision": forgotten,
        "decisions without a sealed ballot of the round": strange,
        "places that are not of the round": foreign,
        "postings with more people than places": too_many,
    }
    return [f"{count} {what}" for what, count in counted.items() if count]


def attach(run: Run) -> None:
    """Make a closed table part of all decisions; from then on nobody can change it."""
    note_part(Decision._meta.db_table, f"matching_decision_run_{run.pk}_{run.attempt}")
    _call("attach_decisions", run)


def _call(function: str, run: Run) -> str:
    """Call what the owner of the tables does for us: this login may not make tables itself."""
    statement = sql.SQL("SELECT guard.{}(%s, %s)").format(sql.Identifier(function))
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(connection.connection), [run.pk, run.attempt])
        row: tuple[str, ...] = cursor.fetchone()
    return row[0]


def _do(statement: str, part: str, **names: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_text(statement, part, names))


def _ask(statement: str, part: str, given: dict[str, Any]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_text(statement, part, {}), given)
        row: tuple[int, ...] = cursor.fetchone()
    return row


def _text(statement: str, part: str, names: dict[str, Any]) -> str:
    composed = sql.SQL(statement).format(part=sql.Identifier(part), **_NAMES, **names)
    return composed.as_string(connection.connection)
