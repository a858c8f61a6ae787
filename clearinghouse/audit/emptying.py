"""Keeps TRUNCATE from what DELETE may not take.

A trigger that refuses to delete a row is not asked when a whole table is emptied. So every table
with such a trigger gets one that refuses TRUNCATE too, after each migration, from the catalogue.
"""

from typing import Final

from django.db.backends.utils import CursorWrapper

from clearinghouse.audit.digests import identifier
from clearinghouse.audit.tables import SCHEMAS

NAME: Final = "audit_no_truncate"
# Bits of pg_trigger.tgtype: 1 for each row, 8 DELETE, 32 TRUNCATE.
_OPEN: Final = """
    WITH refusing AS (
      SELECT t.tgrelid, t.tgtype FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND p.prosrc ~ 'RAISE EXCEPTION'
    )
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = ANY(%s)
      AND EXISTS (SELECT 1 FROM refusing r WHERE r.tgrelid = c.oid AND r.tgtype & 9 = 9)
      AND NOT EXISTS (SELECT 1 FROM refusing r WHERE r.tgrelid = c.oid AND r.tgtype & 32 = 32)
    ORDER BY 1, 2
"""
_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $audit$
BEGIN
  RAISE EXCEPTION 'Rows of % are evidence: nobody empties it', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{NAME}';
END $audit$
"""


def open_tables(cursor: CursorWrapper) -> list[tuple[str, str]]:
    """Return schema and name of the tables that refuse DELETE, ever, but not TRUNCATE."""
    cursor.execute(_OPEN, [list(SCHEMAS)])
    return [(schema, name) for schema, name in cursor.fetchall()]


def close_tables(cursor: CursorWrapper) -> list[str]:
    """Put the missing triggers on, and return the tables that were open."""
    found = open_tables(cursor)
    if found:
        cursor.execute(_FUNCTION)
    for schema, name in found:
        table = f"{identifier(schema)}.{identifier(name)}"
        cursor.execute(
            f"CREATE OR REPLACE TRIGGER {NAME} BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {NAME}()"
        )
    return [name for _schema, name in found]
