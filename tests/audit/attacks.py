"""What a superuser of the database may do to the trail: eight classes, each in several places."""

import random
from collections.abc import Callable
from typing import Any

from django.db import connection

from clearinghouse.audit.digests import (
    ENTRY_TEXTS,
    entry_digest,
    first_hash,
    link_hash,
    use_one_text,
)
from clearinghouse.audit.enums import Source

Cursor = Any
LIVE = ("people_worker", "people_languageskill", "accounts_user")
TRAIL = (
    "audit_event",
    "audit_rowchange",
    "audit_reading",
    "audit_link",
    "audit_checkpoint",
    "audit_chainstate",
)
SIGNED = "(SELECT (sizes->>stream)::bigint FROM audit_checkpoint ORDER BY number DESC LIMIT 1)"


def _one(rng: random.Random, cursor: Cursor, statement: str) -> Any:
    cursor.execute(statement)
    rows = cursor.fetchall()
    return rng.choice(rows)[0]


def _entry(rng: random.Random, cursor: Cursor, source: str) -> int:
    """Choose an entry that a checkpoint covers."""
    return _one(
        rng,
        cursor,
        f"SELECT entry FROM audit_link WHERE source = '{source}' AND position <= {SIGNED}",
    )


def edit(rng: random.Random, cursor: Cursor) -> str:
    """Change one value: of an act, of a row's record, of a link, or of a row itself."""
    event, row = _entry(rng, cursor, "e"), _entry(rng, cursor, "r")
    worker = _one(rng, cursor, "SELECT id FROM people_worker")
    statement = rng.choice(
        [
            f"UPDATE audit_event SET at = at - interval '1 minute' WHERE id = {event}",
            f"UPDATE audit_event SET facts = '{{\"n\": 1000}}' WHERE id = {event}",
            f"UPDATE audit_event SET actor = gen_random_uuid() WHERE id = {event}",
            f"UPDATE audit_rowchange SET login = 'nobody' WHERE id = {row}",
            f"UPDATE audit_rowchange SET after = sha256('x') WHERE id = {row}",
            (
                "UPDATE audit_link SET digest = set_byte(digest, 0, 255 - get_byte(digest, 0))"
                f" WHERE source = 'r' AND entry = {row}"
            ),
            (
                f"UPDATE audit_link SET hash = set_byte(hash, 31, (get_byte(hash, 31) + 1) % 256)"
                f" WHERE source = 'e' AND entry = {event}"
            ),
            f"UPDATE people_worker SET experience_years = experience_years + 1 WHERE id = {worker}",
            f"UPDATE people_worker SET birth_date = birth_date + 1 WHERE id = {worker}",
        ]
    )
    cursor.execute(statement)
    return statement


def delete(rng: random.Random, cursor: Cursor) -> str:
    """Take away one entry, one entry with its link, one link, or one live row."""
    source = rng.choice("er")
    entry = _entry(rng, cursor, source)
    table = Source(source).label
    gone = f"DELETE FROM audit_link WHERE source = '{source}' AND entry = {entry}"
    statement = rng.choice(
        [
            f"DELETE FROM {table} WHERE id = {entry}",
            f"DELETE FROM {table} WHERE id = {entry}; {gone}",
            gone,
            (
                "DELETE FROM people_languageskill WHERE id ="
                " (SELECT id FROM people_languageskill ORDER BY random() LIMIT 1)"
            ),
        ]
    )
    cursor.execute(statement)
    return statement


def insert(rng: random.Random, cursor: Cursor) -> str:
    """Put in an act or a row that never was, as if it had been there for long."""
    event, row = _entry(rng, cursor, "e"), _entry(rng, cursor, "r")
    fields = "at, actor, actor_role, verb, subject_kind, subject, state, facts, tx"
    columns = "layout, key, op, before, after, rows, tx, at, actor, roles, purpose, login"
    statement = rng.choice(
        [
            (
                f"INSERT INTO audit_event ({fields}) SELECT {fields} FROM audit_event"
                f" WHERE id = {event}"
            ),
            (
                f"INSERT INTO audit_rowchange ({columns}) SELECT {columns} FROM audit_rowchange"
                f" WHERE id = {row}"
            ),
            (
                "INSERT INTO people_languageskill (worker_id, language, level)"
                " SELECT id, 'xx', 'C2' FROM people_worker ORDER BY random() LIMIT 1"
            ),
        ]
    )
    cursor.execute(statement)
    return statement


def swap(rng: random.Random, cursor: Cursor) -> str:
    """Exchange two acts, two links, or what two people say."""
    cursor.execute("SELECT id FROM audit_event ORDER BY random() LIMIT 2")
    first, second = (row[0] for row in cursor.fetchall())
    kind = rng.randrange(3)
    if kind == 0:
        cursor.execute(
            "UPDATE audit_event e SET subject = o.subject, facts = o.facts, at = o.at, tx = o.tx"
            " FROM audit_event o WHERE (e.id, o.id) IN ((%s, %s), (%s, %s))",
            [first, second, second, first],
        )
        cursor.execute(
            "SELECT count(DISTINCT (subject, facts, at)) FROM audit_event WHERE id IN (%s, %s)",
            [first, second],
        )
        return f"acts {first} and {second}"
    if kind == 1:
        cursor.execute(
            "UPDATE audit_link SET entry = CASE entry WHEN %s THEN -%s WHEN %s THEN -%s END"
            " WHERE source = 'e' AND entry IN (%s, %s)",
            [first, second, second, first, first, second],
        )
        cursor.execute("UPDATE audit_link SET entry = -entry WHERE entry < 0")
        return f"links of acts {first} and {second}"
    cursor.execute("SELECT id FROM people_worker ORDER BY random() LIMIT 2")
    first, second = (row[0] for row in cursor.fetchall())
    cursor.execute(
        "UPDATE people_worker w SET public_id = gen_random_uuid(), phone = o.phone,"
        " created_at = o.created_at FROM people_worker o"
        " WHERE (w.id, o.id) IN ((%s, %s), (%s, %s))",
        [first, second, second, first],
    )
    return f"people {first} and {second}"


def truncate(rng: random.Random, cursor: Cursor) -> str:
    """Empty a table, or cut the newest signed links and their entries off."""
    if rng.random() < 0.5:
        table = rng.choice([*TRAIL, "people_languageskill"])
        cursor.execute(f"DELETE FROM {table}" if table == "audit_reading" else f"TRUNCATE {table}")
        if table == "audit_reading":
            cursor.execute("TRUNCATE audit_event")
        return f"truncate {table}"
    stream = rng.choice(["acts", "people", "accounts"])
    cursor.execute(
        "WITH l AS (DELETE FROM audit_link WHERE stream = %s AND position >"
        " (SELECT (sizes->>%s)::bigint - 2 FROM audit_checkpoint ORDER BY number DESC LIMIT 1)"
        " RETURNING source, entry), e AS (DELETE FROM audit_event USING l"
        " WHERE source = 'e' AND entry = id)"
        " DELETE FROM audit_rowchange USING l WHERE source = 'r' AND entry = id",
        [stream, stream],
    )
    return f"end of {stream}"


def rewrite_everything(rng: random.Random, cursor: Cursor) -> str:
    """Change an act and compute every link of the chain again, as the house itself does."""
    event = _entry(rng, cursor, "e")
    cursor.execute("UPDATE audit_event SET subject = 'somebody else' WHERE id = %s", [event])
    use_one_text(cursor)
    cursor.execute("SELECT stream, position, source, entry FROM audit_link ORDER BY 1, 2")
    heads: dict[str, bytes] = {}
    for stream, position, source, entry in cursor.fetchall():
        text = ENTRY_TEXTS[Source(source)]
        cursor.execute(f"SELECT {text} FROM {Source(source).label} t WHERE id = %s", [entry])
        digest = entry_digest(source, cursor.fetchone()[0])
        heads[stream] = link_hash(heads.get(stream, first_hash(stream)), position, digest)
        cursor.execute(
            "UPDATE audit_link SET digest = %s, hash = %s WHERE stream = %s AND position = %s",
            [digest, heads[stream], stream, position],
        )
    return f"act {event} and the whole chain"


def rewrite_and_recompute_checkpoints(rng: random.Random, cursor: Cursor) -> str:
    """Rewrite the chain, and sometimes throw the checkpoints inside away as well."""
    what = rewrite_everything(rng, cursor)
    if rng.random() < 0.5:
        cursor.execute("TRUNCATE audit_checkpoint")
        what += ", without checkpoints"
    return what


def restore_older(_rng: random.Random, cursor: Cursor) -> str:
    """Put all tables back to what they were at an earlier checkpoint."""
    for table in (*LIVE, *TRAIL):
        cursor.execute(f"DELETE FROM {table}")
        cursor.execute(f"INSERT INTO {table} SELECT * FROM backup.{table}")
    return "backup of an earlier day"


def replace_checkpoint(rng: random.Random, cursor: Cursor) -> str:
    """Put another text, another signature or another checkpoint in the place of one."""
    cursor.execute("SELECT number, token FROM audit_checkpoint ORDER BY random() LIMIT 2")
    (number, token), (_other, stranger) = cursor.fetchall()
    place = rng.randrange(len(token))
    forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    kind = rng.randrange(3)
    if kind == 0:
        cursor.execute("UPDATE audit_checkpoint SET token = %s WHERE number = %s", [forged, number])
    elif kind == 1:
        cursor.execute(
            "UPDATE audit_checkpoint SET token = %s, digest = encode(sha256(%s), 'hex')"
            " WHERE number = %s",
            [stranger, stranger.encode(), number],
        )
    else:
        cursor.execute("DELETE FROM audit_checkpoint WHERE number = %s", [number])
    return f"checkpoint {number}, kind {kind}"


ATTACKS: dict[str, Callable[[random.Random, Cursor], str]] = {
    "edit": edit,
    "delete": delete,
    "insert": insert,
    "swap": swap,
    "truncate": truncate,
    "rewrite of the whole chain": rewrite_and_recompute_checkpoints,
    "older backup restored": restore_older,
    "checkpoint replaced": replace_checkpoint,
}


def keep_backup() -> None:
    """Keep a copy of every table that the history touches."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA backup")
        for table in (*LIVE, *TRAIL):
            cursor.execute(f"CREATE TABLE backup.{table} AS SELECT * FROM {table}")


def drop_backup() -> None:
    """Throw the copies away."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA backup CASCADE")
