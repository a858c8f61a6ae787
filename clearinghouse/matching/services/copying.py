"""Many rows at once, by COPY."""

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any

from django.db import connection, models
from psycopg import sql

# COPY writes into no table with row-level security: it goes by a table of this transaction.
_BEFORE = (
    "DROP TABLE IF EXISTS pg_temp.{waiting}",
    "CREATE TEMPORARY TABLE {waiting} ON COMMIT DROP AS SELECT {columns} FROM {table} WHERE false",
)
_COPY = "COPY pg_temp.{waiting} ({columns}) FROM STDIN"
_AFTER = (
    "INSERT INTO {table} ({columns}) SELECT {columns} FROM pg_temp.{waiting}",
    "DROP TABLE pg_temp.{waiting}",
)


def copy_to_round(model: type[models.Model], source: int, target: int) -> None:
    """Copy every row that a model holds for one round to another (primary keys), in the database.

    Copied is every column but the row's own key and its round.
    """
    columns = [
        field.column
        for field in model._meta.local_concrete_fields
        if field.column and not field.primary_key and field.column != "round_id"
    ]
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL(
        "INSERT INTO {table} (round_id, {names})"
        " SELECT %s, {names} FROM {table} WHERE round_id = %s"
    ).format(table=sql.Identifier(model._meta.db_table), names=names)
    with connection.cursor() as cursor:
        cursor.cursor.execute(statement, [target, source])


def copy_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Write rows of plain values into a table, in this transaction, and return how many.

    `columns` are names of the database. Constraints and triggers hold as for any insert. `rows`
    may be a generator: what it asks the database before its first row is asked before the copy
    begins, because a connection that copies answers nothing else.
    """
    source = iter(rows)
    first = list(islice(source, 1))
    names = {
        "table": sql.Identifier(model._meta.db_table),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
        "waiting": sql.Identifier(f"copy_{model._meta.db_table}"),
    }
    count = 0
    with connection.cursor() as cursor:
        asked = cursor.cursor
        for statement in _BEFORE:
            asked.execute(sql.SQL(statement).format(**names))
        with asked.copy(sql.SQL(_COPY).format(**names)) as copy:
            for row in chain(first, source):
                copy.write_row(row)
                count += 1
        for statement in _AFTER:
            asked.execute(sql.SQL(statement).format(**names))
    return count
