"""Bringing the database's grants and policies to what is declared, in one transaction."""

import hashlib
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from psycopg import sql

from clearinghouse.guard.statements import (
    ATTRIBUTES,
    SCHEMA,
    SCHEMAS,
    function_statements,
    role,
    schema_statements,
    table_statements,
)
from clearinghouse.guard.tables import LOGINS, TABLES

_LOCK = 0x6775_6172  # "guar"
_PARTITIONS = """
    SELECT c.oid::regclass::text FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
    WHERE i.inhparent = 'matching_decision'::regclass
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
"""


class Undeclared(RuntimeError):
    """A table is not declared: nobody could tell who may see it."""


def apply_guard(*, using: str = "default", anyway: bool = True) -> bool:
    """Create the logins that are missing and apply all grants and policies; tell if it was done.

    Works as the owner. Without `anyway` a database that carries these very declarations is left
    alone.
    """
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if not anyway and _is_current(cursor):
            return False
        create_logins(cursor)
        places = places_of_tables(cursor)
        _drop_policies(cursor)
        database = connections[using].settings_dict["NAME"]
        statements = [*schema_statements(_schemas(cursor), database), *function_statements()]
        for name, place in sorted(places.items()):
            statements += table_statements(name, place)
        cursor.execute(";\n".join(statements))
        _close_partitions(cursor)
        cursor.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{_digest()}'")
    return True


def create_logins(cursor: Any) -> None:
    """Create the logins that the cluster lacks; each gets the password that its address names."""
    for name in map(role, LOGINS):
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [name])
        if not cursor.rowcount:
            cursor.execute(f"CREATE ROLE {name} LOGIN {ATTRIBUTES}")
        if password := settings.DATABASES.get(name, {}).get("PASSWORD"):
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
            given = statement.format(sql.Identifier(name), sql.Literal(password))
            cursor.execute(given.as_string(cursor.connection))


def places_of_tables(cursor: Any) -> dict[str, str]:
    """Return the tables of the database with their schemas, partitions left out.

    Raises `Undeclared`.
    """
    cursor.execute(
        "SELECT c.relname, n.nspname || '.' || c.relname FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = ANY(%s)",
        [list(SCHEMAS)],
    )
    places: dict[str, str] = dict(cursor.fetchall())
    if strange := sorted(places.keys() - TABLES.keys()):
        raise Undeclared(
            f"clearinghouse/guard/tables.py does not declare {', '.join(strange)}: say the zone,"
            " and what each login may do"
        )
    return places


def _schemas(cursor: Any) -> list[str]:
    cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)", [list(SCHEMAS)])
    return sorted(row[0] for row in cursor.fetchall())


def _drop_policies(cursor: Any) -> None:
    cursor.execute(
        "SELECT format('DROP POLICY %I ON %I.%I', policyname, schemaname, tablename)"
        " FROM pg_policies WHERE policyname LIKE 'guard\\_%'"
    )
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)


def _close_partitions(cursor: Any) -> None:
    """Close the tables of single runs that were attached before there was row-level security."""
    cursor.execute(_PARTITIONS)
    for (place,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {place} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")


def _digest() -> str:
    texts = [*schema_statements(list(SCHEMAS), ""), *function_statements()]
    for name in sorted(TABLES):
        texts += table_statements(name, name)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _is_current(cursor: Any) -> bool:
    cursor.execute(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s",
        [SCHEMA],
    )
    row = cursor.fetchone()
    return bool(row and row[0] == _digest())
