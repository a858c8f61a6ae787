"""Reads the chain in blocks of links, each with the digest that its entry has now.

PostgreSQL writes the text of every entry and digests it, with the help of parallel workers; here
come 72 bytes a link, a thousand links at a time.
"""

import hashlib
import json
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from django.db import connection

from clearinghouse.audit.digests import ENTRY_TEXTS
from clearinghouse.shared.merkle import leaf_of

SIZE: Final = 1024
WORKERS: Final = 2
# As much of the blocks stays in memory; what is more goes to a file, and holds digests only.
_IN_MEMORY: Final = 256 << 20
_JOINS: Final = " ".join(
    f"LEFT JOIN (SELECT t.id, t.tx, {text} AS text FROM {source.label} t) {source.value}"  # noqa: S608
    f" ON l.source = '{source.value}' AND {source.value}.id = l.entry"
    for source, text in ENTRY_TEXTS.items()
)
LINKS: Final = f"""
    SELECT l.stream, l.position, l.source, l.entry, l.digest, l.hash,
           coalesce(e.tx, r.tx, v.tx) AS tx,
           sha256(convert_to(l.source || coalesce(e.text, r.text, v.text), 'UTF8')) AS found
    FROM audit_link l {_JOINS}
"""  # noqa: S608 - our own words
# Behind OFFSET 0 texts are written and digested where rows are read: by the parallel workers.
_BLOCKS: Final = f"""
    SELECT stream, min(position), max(position), count(*), coalesce(min(tx), 0)::bigint,
           bool_or(changed), string_agg(digest, ''::bytea ORDER BY position),
           string_agg(hash, ''::bytea ORDER BY position),
           string_agg(int8send(coalesce(tx, 0)), ''::bytea ORDER BY position)
    FROM (SELECT stream, position, tx, digest, hash, found IS DISTINCT FROM digest AS changed
          FROM ({LINKS}) l OFFSET 0) l
    GROUP BY stream, (position - 1) / {SIZE} ORDER BY stream, 2
"""  # noqa: S608
_TYPES: Final = ("text", "int8", "int8", "int8", "int8", "bool", "bytea", "bytea", "bytea")
# A block that is not as it was is looked at link by link, each entry by its key.
_ONE_BY_ONE: Final = " ".join(
    f"LEFT JOIN LATERAL (SELECT t.tx, {text} AS text FROM {source.label} t"  # noqa: S608
    f" WHERE l.source = '{source.value}' AND t.id = l.entry OFFSET 0) {source.value} ON true"
    for source, text in ENTRY_TEXTS.items()
)
ONE_BLOCK: Final = (
    LINKS.replace(_JOINS, _ONE_BY_ONE)
    + " WHERE l.stream = %s AND l.position BETWEEN %s AND %s ORDER BY l.position"
)


@dataclass(frozen=True, slots=True)
class Block:
    """Links of one stream that stand together, and whether an entry has not its digest."""

    stream: str
    low: int
    high: int
    count: int
    oldest: int
    changed: bool
    digests: bytes
    hashes: bytes
    transactions: bytes

    def follows(self, position: int) -> bool:
        """Tell whether the block goes on after a position, without a gap and unchanged."""
        return (
            not self.changed
            and self.low == position + 1
            and self.high - self.low + 1 == self.count
            and len(self.digests) == len(self.hashes) == 32 * self.count
        )

    def is_chained(self, before: bytes) -> bool:
        """Tell whether each hash is the one over the hash before it, its place and its digest.

        The same as `digests.link_hash`, of all links at once.
        """
        sha256, digests, befores = hashlib.sha256, self.digests, before + self.hashes
        found = [
            sha256(befores[at : at + 32] + position.to_bytes(8) + digests[at : at + 32]).digest()
            for at, position in zip(
                range(0, len(digests), 32), range(self.low, self.high + 1), strict=True
            )
        ]
        return b"".join(found) == self.hashes

    def leaves(self, first: int, last: int) -> list[bytes]:
        """Return the leaves of the links from one position to another, both included."""
        digests = self.digests
        start, end = 32 * (first - self.low), 32 * (last + 1 - self.low)
        return [leaf_of(digests[at : at + 32]) for at in range(start, end, 32)]

    def is_younger(self, first: int, last: int, floor: int) -> bool:
        """Tell whether these links' entries are of a transaction or of later ones."""
        if self.oldest >= floor:
            return True
        some = self.transactions[8 * (first - self.low) : 8 * (last + 1 - self.low)]
        return min(struct.unpack(f">{last + 1 - first}q", some)) >= floor

    def hash_at(self, position: int) -> bytes:
        """Return the hash at a position of the block."""
        at = 32 * (position - self.low)
        return self.hashes[at : at + 32]


def read() -> Iterator[Block]:
    """Yield all blocks by stream and place; the connection is free for others meanwhile."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        _spool(file)
        file.seek(0)
        while line := file.readline():
            words = json.loads(line)
            sizes = words.pop()
            yield Block(*words, *(file.read(size) for size in sizes))


def _spool(file: IO[bytes]) -> None:
    # By COPY: a cursor never gets parallel workers.
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL max_parallel_workers_per_gather = {WORKERS}")
        with cursor.cursor.copy(f"COPY ({_BLOCKS}) TO STDOUT (FORMAT binary)") as copy:
            copy.set_types(_TYPES)
            for *words, digests, hashes, transactions in copy.rows():
                texts = digests, hashes, transactions
                line = json.dumps([*words, [len(text) for text in texts]])
                file.write(b"".join((line.encode(), b"\n", *texts)))
