"""Holds every audited row as it is now against the last digest that the audit took of it."""

from dataclasses import dataclass
from typing import Final

from django.db.backends.utils import CursorWrapper

from clearinghouse.audit.digests import identifier, row_digest, row_key, set_digest
from clearinghouse.audit.emptying import open_tables
from clearinghouse.audit.findings import NAMED, Findings
from clearinghouse.audit.installing import Table, catalogue
from clearinghouse.audit.tables import AUDITED, SETS

_LAYOUTS: Final = 'SELECT id, "table", columns FROM audit_layout ORDER BY "table", version'
_ROWS: Final = """
    WITH truncated AS (
      SELECT coalesce(max(id), 0) AS id FROM audit_rowchange
      WHERE layout = ANY(%(layouts)s) AND op = 'T'
    ), newest AS (
      SELECT max(r.id) AS id FROM audit_rowchange r, truncated
      WHERE r.layout = ANY(%(layouts)s) AND r.op <> 'T' AND r.id > truncated.id GROUP BY r.key
    ), last AS (SELECT r.* FROM audit_rowchange r JOIN newest USING (id))
    SELECT coalesce(l.key, {key}),
           CASE WHEN l.key IS NULL THEN 'row_unaudited' WHEN {missing} THEN 'row_gone'
                WHEN l.op = 'D' THEN 'row_back' ELSE 'row_changed' END
    FROM last l FULL JOIN {table} n ON l.key = {key}
    WHERE l.key IS NULL OR (l.op <> 'D') = ({missing})
       OR l.op <> 'D' AND l.after IS DISTINCT FROM {digest}
    LIMIT {most}
"""
_SETS: Final = """
    WITH s AS (
      SELECT DISTINCT ON (key) key, layout, rows, after, split_part(key, ':', 1)::bigint AS grp,
             split_part(key, ':', 2)::bigint AS low, split_part(key, ':', 3)::bigint AS high
      FROM audit_rowchange WHERE layout = ANY(%(layouts)s) AND op IN ('I', 'B')
      ORDER BY key, id DESC
    )
    SELECT s.key, 'set_changed' FROM s CROSS JOIN LATERAL (
      SELECT count(*) AS rows, {digest} AS digest FROM {table} n
      WHERE n.{group} = s.grp AND n.{order} BETWEEN s.low AND s.high
    ) x WHERE x.rows <> s.rows OR x.digest IS DISTINCT FROM s.after
    UNION ALL
    SELECT key, 'set_written_again' FROM audit_rowchange
    WHERE layout = ANY(%(layouts)s) AND op IN ('U', 'D', 'T')
    UNION ALL
    (SELECT {group_text} || ':' || {order_text}, 'row_unaudited' FROM {table} n
     WHERE NOT EXISTS (SELECT 1 FROM s WHERE n.{group} = s.grp
                       AND n.{order} BETWEEN s.low AND s.high) LIMIT {most})
"""
_TRIGGERS: Final = """
    SELECT c.relname, coalesce(p.relname, c.relname), count(t.oid)
    FROM pg_class c
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent
    LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgenabled = 'O'
     AND t.tgname IN ('audit_insert', 'audit_update', 'audit_delete', 'audit_truncate')
    WHERE c.relkind IN ('r', 'p') AND coalesce(p.relname, c.relname) = ANY(%s)
    GROUP BY 1, 2 HAVING count(t.oid) < 4
"""
_WORDS: Final = {
    "row_unaudited": "was written behind the back of the audit",
    "row_gone": "was removed behind the back of the audit",
    "row_back": "was deleted, and is there again",
    "row_changed": "differs from what the audit saw last",
    "set_changed": "these rows differ from what the audit saw when they were written",
    "set_written_again": "evidence was changed after it was written",
}


@dataclass(frozen=True, slots=True)
class _Layouts:
    """The versions of a table's columns."""

    columns: dict[int, list[str]]


def check(cursor: CursorWrapper, findings: Findings) -> int:
    """Compare all live rows of audited tables; return how many there are."""
    cursor.execute(_LAYOUTS)
    layouts: dict[str, _Layouts] = {}
    for layout, name, columns in cursor.fetchall():
        layouts.setdefault(name, _Layouts({})).columns[layout] = columns
    tables = catalogue(cursor)
    cursor.execute(_TRIGGERS, [list(AUDITED)])
    for name, _parent, count in cursor.fetchall():
        findings.add("trigger_gone", name, f"{count} of 4 triggers of the audit are on")
    for _schema, name in open_tables(cursor):
        findings.add("trigger_gone", name, "nothing keeps it from being emptied")
    total = 0
    for name in sorted(AUDITED):
        if name not in tables or name not in layouts:
            findings.add("table_unknown", name, "is audited, and is not there or never was")
            continue
        if _may_read(cursor, tables[name]):
            total += _check_table(cursor, tables[name], layouts[name], findings)
    return total


def _may_read(cursor: CursorWrapper, table: Table) -> bool:
    """Tell whether this login reads the table: keys of persons are for the zone and the owner."""
    cursor.execute("SELECT has_table_privilege(%s, 'SELECT')", [table.sql_name])
    may: bool = cursor.fetchone()[0]
    return may


def _check_table(cursor: CursorWrapper, table: Table, layouts: _Layouts, findings: Findings) -> int:
    statement = _set_statement if table.name in SETS else _row_statement
    given = {"layouts": list(layouts.columns)}
    cursor.execute(statement(table, layouts), given)
    for key, what in cursor.fetchall():
        findings.add(what, f"{table.name} {key}", _WORDS[what])
    cursor.execute(f"SELECT count(*) FROM {table.sql_name}")  # noqa: S608 - from the catalogue
    count: int = cursor.fetchone()[0]
    return count


def _row_statement(table: Table, layouts: _Layouts) -> str:
    cases = " ".join(
        f"WHEN {layout} THEN {row_digest('n', columns)}"
        for layout, columns in layouts.columns.items()
        if set(columns) <= set(table.columns)
    )
    return _ROWS.format(
        table=table.sql_name,
        key=row_key("n", table.key),
        missing=f"n.{identifier(table.key[0])} IS NULL",
        digest=f"CASE l.layout {cases} END",
        most=NAMED + 1,
    )


def _set_statement(table: Table, layouts: _Layouts) -> str:
    rule = SETS[table.name]
    cases = " ".join(
        f"WHEN {layout} THEN {set_digest('n', columns, rule.order)}"
        for layout, columns in layouts.columns.items()
        if set(columns) <= set(table.columns)
    )
    return _SETS.format(
        table=table.sql_name,
        digest=f"CASE s.layout {cases} END",
        group=identifier(rule.group),
        order=identifier(rule.order),
        group_text=f"n.{identifier(rule.group)}::text",
        order_text=f"n.{identifier(rule.order)}::text",
        most=NAMED + 1,
    )
