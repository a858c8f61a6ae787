"""Links entries into the chains of their streams, behind the writers' backs.

No writer waits for another: triggers only insert. A pass takes every entry that has become
visible since the pass before, by comparing snapshots, so that a long transaction holds up
nobody else's entries and none is ever skipped.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from clearinghouse.audit.digests import (
    ENTRY_TEXTS,
    entry_digest,
    first_hash,
    link_hash,
    use_one_text,
)
from clearinghouse.audit.enums import Source
from clearinghouse.audit.models import Layout
from clearinghouse.audit.tables import ACTS, AUDITED, NAMES, READS
from clearinghouse.shared.database import advisory_lock, try_advisory_lock

_LOCK: Final = (0x61756474, 1)
# For a table that is no longer declared: its old entries must still be linked.
_ANY: Final = "accounts"
_OWN: Final = {Source.EVENT.value: ACTS, Source.READING.value: READS}
_BATCH: Final = 5_000
# A logical restore gives a cluster of its own, whose transactions count anew.
_CLUSTER: Final = "SELECT system_identifier::text FROM pg_control_system()"
# Where nothing is known of the pass before, all entries are looked at.
_SINCE: Final = """t.tx >= pg_snapshot_xmin(%(before)s::pg_snapshot)::text::bigint
    AND NOT pg_visible_in_snapshot(t.tx::text::xid8, %(before)s::pg_snapshot)
    AND pg_visible_in_snapshot(t.tx::text::xid8, %(after)s::pg_snapshot) AND"""
_COPY: Final = "COPY audit_link (stream, position, source, entry, digest, hash) FROM STDIN"
_PATIENCE: Final = "SET LOCAL statement_timeout = '10min'; SET LOCAL jit = off"


@transaction.atomic
def link_entries(*, wait: bool = False) -> int:
    """Link what is new; return how many entries, or 0 if somebody else is at it.

    With `wait`, waits for the other up to the lock time-out.
    """
    if wait:
        advisory_lock(*_LOCK)
    elif not try_advisory_lock(*_LOCK):
        return 0
    with connection.cursor() as cursor:
        use_one_text(cursor)
        cursor.execute(_PATIENCE)
        before, after, cluster = _snapshots(cursor)
        heads = heads_of(cursor)
        names = _streams_of_layouts()
        count = 0
        for source in Source.values:
            count += _link(cursor, source, (before, after), heads, names)
        cursor.execute(
            "INSERT INTO audit_chainstate (id, snapshot, cluster) VALUES (1, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET snapshot = excluded.snapshot,"
            " cluster = excluded.cluster",
            [after, cluster],
        )
    return count


def heads() -> dict[str, tuple[int, bytes]]:
    """Return the number of links and the last hash of every stream, by name."""
    with connection.cursor() as cursor:
        return heads_of(cursor)


def heads_of(cursor: CursorWrapper) -> dict[str, tuple[int, bytes]]:
    """Return the number of links and the last hash of every stream; an empty one has its seed."""
    cursor.execute(
        "SELECT s.name, l.position, l.hash FROM unnest(%s::text[]) AS s(name)"
        " CROSS JOIN LATERAL (SELECT position, hash FROM audit_link"
        '   WHERE stream = s.name COLLATE "C" ORDER BY position DESC LIMIT 1) l',
        [stream_names(cursor)],
    )
    found = {name: (position, bytes(value)) for name, position, value in cursor.fetchall()}
    return {name: (0, first_hash(name)) for name in NAMES} | found


def stream_names(cursor: CursorWrapper) -> list[str]:
    """Return the names of all streams, those that are declared and those in the chain."""
    cursor.execute(
        "WITH RECURSIVE s AS ((SELECT min(stream) AS name FROM audit_link) UNION ALL"
        " SELECT (SELECT min(stream) FROM audit_link WHERE stream > s.name)"
        " FROM s WHERE s.name IS NOT NULL) SELECT name FROM s WHERE name IS NOT NULL"
    )
    return sorted({name for (name,) in cursor.fetchall()} | set(NAMES))


def cluster_of(cursor: CursorWrapper) -> str:
    """Return what tells this cluster's transactions from those of another one."""
    cursor.execute(_CLUSTER)
    found: str = cursor.fetchone()[0]
    return found


def _snapshots(cursor: CursorWrapper) -> tuple[str | None, str, str]:
    """Return the snapshot of the last pass (None: compare everything), this one's, the cluster."""
    cursor.execute(
        "SELECT pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text::bigint"
    )
    after = _unfinished(*cursor.fetchone())
    cluster = cluster_of(cursor)
    cursor.execute("SELECT snapshot, cluster FROM audit_chainstate WHERE id = 1")
    kept = cursor.fetchone()
    if kept is None or kept[1] != cluster:
        return None, after, cluster
    return kept[0], after, cluster


def _unfinished(snapshot: str, own: int | None) -> str:
    """Return a snapshot in which our own transaction is still under way.

    PostgreSQL leaves it out of its list, so that it counts as finished as soon as a later one has
    ended; what we write after this pass would then never be linked.
    """
    low, high, listed = snapshot.split(":")
    if own is None or own >= int(high):
        return snapshot
    under_way = sorted({own, *(int(one) for one in listed.split(",") if one)})
    return f"{min(own, int(low))}:{high}:{','.join(map(str, under_way))}"


def _streams_of_layouts() -> Mapping[int, str]:
    rows = Layout.objects.values_list("pk", "table")
    return {pk: AUDITED.get(table, _ANY) for pk, table in rows}


def _link(
    cursor: CursorWrapper,
    source: str,
    snapshots: tuple[str | None, str],
    heads: dict[str, tuple[int, bytes]],
    names: Mapping[int, str],
) -> int:
    count = 0
    for rows in _new_entries(source, snapshots):
        with cursor.cursor.copy(_COPY) as target:
            for entry, layout, text in rows:
                stream = _OWN.get(source) or names.get(layout, _ANY)
                position, before = heads[stream]
                digest = entry_digest(source, text)
                heads[stream] = position + 1, link_hash(before, position + 1, digest)
                target.write_row((stream, position + 1, source, entry, digest, heads[stream][1]))
        count += len(rows)
    return count


def _new_entries(
    source: str, snapshots: tuple[str | None, str]
) -> Iterator[list[tuple[int, int, str]]]:
    before, after = snapshots
    layout = "t.layout" if source == Source.ROW else "0"
    statement = (
        f"SELECT t.id, {layout}, {ENTRY_TEXTS[Source(source)]}"  # noqa: S608 - our own words
        f" FROM {Source(source).label} t WHERE {_SINCE if before else ''}"
        f" NOT EXISTS (SELECT 1 FROM audit_link l WHERE l.source = '{source}' AND l.entry = t.id)"
        " ORDER BY t.id"
    )
    with connection.chunked_cursor() as rows:
        rows.execute(statement, {"before": before, "after": after})
        while batch := rows.fetchmany(_BATCH):
            yield batch
