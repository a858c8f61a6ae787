"""Puts the triggers of the audit on every audited table, after each migration.

One function a table, made from its columns; see docs/decisions/0016-an-audit-that-notices.md.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, connections, transaction
from django.db.backends.utils import CursorWrapper

from clearinghouse.audit.digests import (
    SETTINGS,
    identifier,
    row_digest,
    row_key,
    set_digest,
    use_one_text,
)
from clearinghouse.audit.emptying import close_tables
from clearinghouse.audit.tables import AUDITED, SCHEMAS, SETS

# Part of the mark of a function: higher when the text below changes.
_EDITION: Final = 1
_EVENTS: Final = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
    "truncate": "",
}
# Partitions are reached through their parent; those of a run get their triggers when attached.
_CATALOGUE: Final = """
    SELECT c.relname, n.nspname, a.attname, format_type(a.atttypid, a.atttypmod),
           coalesce(a.attnum = ANY(i.indkey), false)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND n.nspname = ANY(%s)
    ORDER BY c.relname, a.attnum
"""
_MARKS: Final = """
    SELECT p.proname, d.description, (SELECT count(*) FROM pg_trigger t WHERE t.tgfoid = p.oid)
    FROM pg_proc p
    LEFT JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_proc'::regclass
    WHERE p.proname LIKE 'audit\\_rows\\_of\\_%'
"""
_BARE_PARTS: Final = """
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = %s::regclass
      AND (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname LIKE 'audit\\_%%')
          < %s
"""
_INTO: Final = """INSERT INTO audit_rowchange
      (layout, key, op, before, after, rows, tx, at, actor, roles, purpose, login)
    SELECT {layout}, {key}, {op}, {before}, {after}, {rows},
           {context}
    FROM {source}"""
# Names that no column of a table has.
_OF_THE_TRIGGER: Final = "audit_tx, audit_at, audit_actor, audit_roles, audit_purpose, audit_login"
_OF_A_MIGRATION: Final = (
    "pg_current_xact_id()::text::bigint, clock_timestamp(), '', '', 'migration', session_user"
)
# A part is filled before it is attached, so no trigger sees its rows: who attaches it says so.
_NOTE: Final = """
CREATE OR REPLACE FUNCTION audit_note_set(layout bigint, key text, rows bigint, after bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $audit$
  INSERT INTO audit_rowchange
    (layout, key, op, after, rows, tx, at, actor, roles, purpose, login)
  SELECT l.id, $2, 'I', $4, $3, pg_current_xact_id()::text::bigint, clock_timestamp(),
         coalesce(current_setting('app.actor', true), ''),
         coalesce(current_setting('app.roles', true), ''),
         coalesce(current_setting('app.purpose', true), ''),
         coalesce(nullif(current_setting('role', true), 'none'), session_user)
  FROM audit_layout l WHERE l.id = $1 AND l.grouping <> ''
$audit$
"""
_TRUNCATED: Final = """INSERT INTO audit_rowchange
      (layout, key, op, rows, tx, at, actor, roles, purpose, login)
    VALUES ({layout}, '*', 'T', 0, {context});"""
_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp {settings} AS $audit$
DECLARE
  audit_tx bigint := pg_current_xact_id()::text::bigint;
  audit_at timestamptz := clock_timestamp();
  audit_actor text := coalesce(current_setting('app.actor', true), '');
  audit_roles text := coalesce(current_setting('app.roles', true), '');
  audit_purpose text := coalesce(current_setting('app.purpose', true), '');
  audit_login text := coalesce(nullif(current_setting('role', true), 'none'), session_user);
BEGIN
  IF TG_OP = 'INSERT' THEN
    {insert}
  ELSIF TG_OP = 'UPDATE' THEN
    {update}
  ELSIF TG_OP = 'DELETE' THEN
    {delete}
  ELSE
    {truncate}
  END IF;
  RETURN NULL;
END $audit$
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the catalogue knows it: columns with their types, in order."""

    name: str
    schema: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def layout(self) -> int:
        """Return the key of this table's layout: 56 bits of a digest of what it says."""
        text = json.dumps([self.name, self.columns, self.kinds, self.key])
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7])

    @property
    def function(self) -> str:
        """Return the name of the table's audit function."""
        return f"audit_rows_of_{self.name}"[:63]

    @property
    def sql_name(self) -> str:
        """Return the quoted name with its schema."""
        return f"{identifier(self.schema)}.{identifier(self.name)}"


def after_migrate(using: str = "default", **_more: Any) -> None:
    """Install what is missing; Django calls it when all migrations of a run are done."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regclass('audit_rowchange'), to_regclass('audit_layout')")
        if None in cursor.fetchone():
            return
    install(using)


def install(using: str = "default") -> list[str]:
    """Bring layouts, functions and triggers up to date; return the tables that were touched.

    Rows that were there before the first layout, or whose old columns are gone, are taken down
    as found, so that later changes of them are noticed. Safe to run again at any time.
    """
    with transaction.atomic(using), connections[using].cursor() as cursor:
        tables = [table for table in catalogue(cursor).values() if table.name in AUDITED]
        _keep_layouts(cursor, tables)
        cursor.execute(_MARKS)
        marks = {name: (mark, triggers) for name, mark, triggers in cursor.fetchall()}
        touched = []
        cursor.execute(_NOTE)
        for table in tables:
            mark = f"{_EDITION}:{table.layout}"
            found = marks.get(table.function, ("", 0))
            if found[0] == mark and found[1] >= len(_EVENTS):
                continue
            _write_function(cursor, table, mark)
            for statement in trigger_statements(table.sql_name, table.function):
                cursor.execute(statement)
            touched.append(table.name)
        for table in tables:
            if table.name in SETS:
                _watch_parts(cursor, table)
        touched += close_tables(cursor)
    return touched


def _watch_parts(cursor: CursorWrapper, table: Table) -> None:
    """Put triggers on parts that were attached before there was an audit."""
    cursor.execute(_BARE_PARTS, [table.sql_name, len(_EVENTS)])
    for (part,) in cursor.fetchall():
        name = f"{identifier(table.schema)}.{identifier(part)}"
        for statement in trigger_statements(name, table.function):
            cursor.execute(statement)


def catalogue(cursor: CursorWrapper) -> dict[str, Table]:
    """Return every table of the house's schemas that is no partition, by name."""
    cursor.execute(_CATALOGUE, [list(SCHEMAS)])
    found: dict[str, dict[str, Any]] = {}
    for name, schema, column, kind, in_key in cursor.fetchall():
        table = found.setdefault(name, {"schema": schema, "columns": [], "kinds": [], "key": []})
        table["columns"].append(column)
        table["kinds"].append(kind)
        if in_key:
            table["key"].append(column)
    return {
        name: Table(
            name,
            row["schema"],
            tuple(row["columns"]),
            tuple(row["kinds"]),
            tuple(row["key"]) or tuple(row["columns"]),
        )
        for name, row in found.items()
    }


def trigger_statements(sql_name: str, function: str) -> list[str]:
    """Return the statements that put an audit function on a table, in place of older ones."""
    return [
        f"CREATE OR REPLACE TRIGGER audit_{event} AFTER {event.upper()} ON {sql_name}"
        f" {rows} FOR EACH STATEMENT EXECUTE FUNCTION {identifier(function)}()"
        for event, rows in _EVENTS.items()
    ]


def note_part(parent: str, part: str) -> None:
    """Take down the rows of a part that is about to be attached, in the caller's transaction.

    `parent` is a table of `tables.SETS`; `part` has its columns and stands in the same schema. The
    triggers of the part are made by whoever attaches it (`guard.functions`).
    """
    with connection.cursor() as cursor:
        table = catalogue(cursor)[parent]
        name = f"{identifier(table.schema)}.{identifier(part)}"
        use_one_text(cursor)
        key, rows, digest = _set_of(table)
        cursor.execute(
            f"SELECT audit_note_set({table.layout}, {key}, {rows}, {digest})"  # noqa: S608
            f" FROM {name} n GROUP BY n.{identifier(SETS[parent].group)}"
        )


def _keep_layouts(cursor: CursorWrapper, tables: list[Table]) -> None:
    cursor.execute('SELECT id, "table", version, columns, kinds FROM audit_layout')
    known: dict[str, dict[int, tuple[int, Mapping[str, str]]]] = {}
    for layout, name, version, columns, kinds in cursor.fetchall():
        kept = dict(zip(columns, kinds, strict=True))
        known.setdefault(name, {})[layout] = (version, kept)
    for table in tables:
        older = known.get(table.name, {})
        if table.layout in older:
            continue
        version = 1 + max((version for version, _kept in older.values()), default=0)
        cursor.execute(
            'INSERT INTO audit_layout (id, "table", version, columns, kinds, key, grouping)'
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                table.layout,
                table.name,
                version,
                list(table.columns),
                list(table.kinds),
                list(table.key),
                SETS[table.name].group if table.name in SETS else "",
            ],
        )
        now = dict(zip(table.columns, table.kinds, strict=True))
        if not older or any(not kept.items() <= now.items() for _version, kept in older.values()):
            _take_down(cursor, table)


def _take_down(cursor: CursorWrapper, table: Table) -> None:
    """Write one entry for each row (or group of rows) that stands in a table now."""
    use_one_text(cursor)
    source = f"{table.sql_name} n"
    if table.name in SETS:
        cursor.execute(_set_insert(table, source, op="'B'", context=_OF_A_MIGRATION))
        return
    cursor.execute(
        _INTO.format(
            layout=table.layout,
            key=row_key("n", table.key),
            op="'B'",
            before="NULL",
            after=row_digest("n", table.columns),
            rows=1,
            context=_OF_A_MIGRATION,
            source=source,
        )
    )


def _write_function(cursor: CursorWrapper, table: Table, mark: str) -> None:
    texts = _set_texts(table) if table.name in SETS else _row_texts(table)
    body = _FUNCTION.format(
        name=identifier(table.function),
        settings=" ".join(f"SET {name} = '{value}'" for name, value in SETTINGS.items()),
        truncate=_TRUNCATED.format(layout=table.layout, context=_OF_THE_TRIGGER),
        **texts,
    )
    cursor.execute(body)
    if table.name not in SETS:
        # Who attaches a part of a set must be able to put the trigger on it.
        cursor.execute(f"REVOKE ALL ON FUNCTION {identifier(table.function)}() FROM PUBLIC")
    cursor.execute(f"COMMENT ON FUNCTION {identifier(table.function)}() IS '{mark}'")


def _row_texts(table: Table) -> dict[str, str]:
    old, new = row_digest("o", table.columns), row_digest("n", table.columns)
    same = " AND ".join(f"o.{identifier(name)} = n.{identifier(name)}" for name in table.key)
    old_key, new_key = row_key("o", table.key), row_key("n", table.key)
    gone, fresh = (f"{alias}.{identifier(table.key[0])} IS NULL" for alias in "no")

    def change(key: str, op: str, before: str, after: str, source: str) -> str:
        text = _INTO.format(
            layout=table.layout,
            key=key,
            op=op,
            before=before,
            after=after,
            rows=1,
            context=_OF_THE_TRIGGER,
            source=source,
        )
        return f"{text};"

    return {
        "insert": change(new_key, "'I'", "NULL", new, "new_rows n"),
        # A statement that changes keys ends some rows and begins others.
        "update": change(
            f"CASE WHEN {gone} THEN {old_key} ELSE {new_key} END",
            f"CASE WHEN {gone} THEN 'D' WHEN {fresh} THEN 'I' ELSE 'U' END",
            f"CASE WHEN {fresh} THEN NULL ELSE {old} END",
            f"CASE WHEN {gone} THEN NULL ELSE {new} END",
            f"old_rows o FULL JOIN new_rows n ON {same}",
        ),
        "delete": change(old_key, "'D'", old, "NULL", "old_rows o"),
    }


def _set_texts(table: Table) -> dict[str, str]:
    return {
        event: _set_insert(table, source, op=f"'{op}'") + ";"
        for event, op, source in (
            ("insert", "I", "new_rows n"),
            ("update", "U", "new_rows n"),
            ("delete", "D", "old_rows n"),
        )
    }


def _set_insert(table: Table, source: str, *, op: str, context: str = _OF_THE_TRIGGER) -> str:
    key, rows, digest = _set_of(table)
    return _INTO.format(
        layout=table.layout,
        key=key,
        op=op,
        before="NULL",
        after=digest,
        rows=rows,
        context=context,
        source=f"{source} GROUP BY n.{identifier(SETS[table.name].group)}",
    )


def _set_of(table: Table) -> tuple[str, str, str]:
    """Return the SQL of a group's key, count and digest."""
    group, order = (identifier(name) for name in (SETS[table.name].group, SETS[table.name].order))
    return (
        f"n.{group}::text || ':' || min(n.{order}) || ':' || max(n.{order})",
        "count(*)",
        set_digest("n", table.columns, SETS[table.name].order),
    )
