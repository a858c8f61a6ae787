"""How rows and entries become digests: one text for each, the same in every session."""

import hashlib
from collections.abc import Iterable
from types import MappingProxyType

from django.db.backends.utils import CursorWrapper

from clearinghouse.audit.enums import Source

# What a value looks like as text must not depend on who asks.
SETTINGS = MappingProxyType(
    {
        "timezone": "UTC",
        "datestyle": "ISO, YMD",
        "intervalstyle": "postgres",
        "bytea_output": "hex",
        "extra_float_digits": "1",
    }
)
# The text of an entry, by the table that holds it; `t` is the entry.
ENTRY_TEXTS = MappingProxyType(
    {
        Source.EVENT: """ROW(t.id, t.at, t.actor, t.actor_role, t.verb, t.subject_kind, t.subject,
            t.state, t.facts, t.tx)::text""",
        Source.ROW: """ROW(t.id, t.layout, t.key, t.op, t.before, t.after, t.rows, t.tx, t.at,
            t.actor, t.roles, t.purpose, t.login)::text""",
        Source.READING: """ROW(t.id, t.at, t.worker, t.reader, t.office, t.state, t.purpose,
            t.named, t.tx)::text""",
    }
)


def identifier(name: str) -> str:
    """Return a name as SQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


def row_digest(alias: str, columns: Iterable[str]) -> str:
    """Return the SQL of a row's digest: SHA-256 over the row of these columns as text."""
    names = ", ".join(f"{alias}.{identifier(name)}" for name in columns)
    return f"sha256(convert_to(ROW({names})::text, 'UTF8'))"


def set_digest(alias: str, columns: Iterable[str], order: str) -> str:
    """Return the SQL of many rows' digest: SHA-256 over their digests, in order of a column."""
    rows = row_digest(alias, columns)
    return f"sha256(string_agg({rows}, ''::bytea ORDER BY {alias}.{identifier(order)}))"


def row_key(alias: str, key: Iterable[str]) -> str:
    """Return the SQL of a row's primary key as text."""
    return " || ',' || ".join(f"{alias}.{identifier(name)}::text" for name in key)


def use_one_text(cursor: CursorWrapper) -> None:
    """Make values look the same as in the triggers, until the end of the transaction."""
    for name, value in SETTINGS.items():
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def entry_digest(source: str, text: str) -> bytes:
    """Return the digest of an entry's text; `source` keeps tables apart."""
    return hashlib.sha256(source.encode() + text.encode()).digest()


def link_hash(before: bytes, position: int, digest: bytes) -> bytes:
    """Return the hash of a link: over the one before, its place and its entry."""
    return hashlib.sha256(before + position.to_bytes(8) + digest).digest()


def first_hash(stream: str) -> bytes:
    """Return what stands before the first link of a stream."""
    return hashlib.sha256(stream.encode()).digest()
