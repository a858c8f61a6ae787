"""Verifies the whole trail: links, checkpoints inside and outside, triggers, live rows.

Everything is read in one transaction that sees one moment, so that business goes on meanwhile.
See docs/audit.md for what each fault means.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from clearinghouse.access.logins import Login, use_login
from clearinghouse.audit import blocks, chaining, checkpoints, live
from clearinghouse.audit.blocks import Block
from clearinghouse.audit.digests import (
    first_hash,
    link_hash,
    use_one_text,
)
from clearinghouse.audit.enums import Source
from clearinghouse.audit.findings import Findings
from clearinghouse.audit.models import Checkpoint, Verification
from clearinghouse.shared import merkle, signing
from clearinghouse.shared.database import one_moment

log = logging.getLogger(__name__)

_PATIENCE: Final = (
    "SET LOCAL statement_timeout = '1h'; SET LOCAL work_mem = '128MB'; SET LOCAL jit = off"
)
_FAR: Final = 1 << 62
_UNLINKED: Final = """
    SELECT t.id, {seen} FROM {table} t
    WHERE NOT EXISTS (SELECT 1 FROM audit_link l WHERE l.source = '{source}' AND l.entry = t.id)
    ORDER BY t.id
"""
Document = dict[str, Any]


@dataclass(slots=True)
class Report:
    """What a verification looked at and found; `pending` entries are not linked yet."""

    entries: int = 0
    live_rows: int = 0
    checkpoints: int = 0
    outside: int = 0
    pending: int = 0
    seconds: float = 0.0
    findings: Findings = field(default_factory=Findings)

    @property
    def sound(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings.faults

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "sound": self.sound,
            "entries": self.entries,
            "live_rows": self.live_rows,
            "checkpoints": self.checkpoints,
            "outside": self.outside,
            "pending": self.pending,
            "seconds": round(self.seconds, 2),
            "faults": [asdict(fault) for fault in self.findings.faults],
        }


def verify(places: Sequence[Path]) -> Report:
    """Verify everything against the checkpoint files at these places; change nothing."""
    report, begun = Report(), time.monotonic()
    with one_moment(), connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        use_one_text(cursor)
        documents = _check_checkpoints(report, places)
        _check_links(cursor, report, documents)
        _check_unlinked(cursor, report, documents)
        report.live_rows = live.check(cursor, report.findings)
    report.seconds = time.monotonic() - begun
    return report


def keep(report: Report, *, now: datetime) -> Verification:
    """Keep what a verification found, for the page of auditors."""
    if not report.sound:
        log.error("the audit trail was changed", extra={"faults": report.findings.count})
    latest = Checkpoint.objects.order_by("-number").values_list("number", flat=True).first()
    return Verification.objects.create(
        at=now,
        entries=report.entries,
        live_rows=report.live_rows,
        checkpoint=latest,
        seconds=report.seconds,
        faults=report.as_json()["faults"],
    )


def verify_and_keep(*, now: datetime) -> Verification:
    """Verify against the house's own copies and keep what was found.

    Reads as the login of backups, which sees every row and can change none.
    """
    folder = Path(settings.CHECKPOINT_DIR)
    with use_login(Login.BACKUP):
        report = verify([folder] if folder.exists() else [])
    return keep(report, now=now)


def _check_checkpoints(report: Report, places: Sequence[Path]) -> list[Document]:
    """Compare checkpoints inside and outside; return what was signed, by number.

    Where both differ, the copy outside is believed.
    """
    findings, signed = report.findings, {}
    before, expected = "", 1
    for row in Checkpoint.objects.order_by("number"):
        report.checkpoints += 1
        where = f"audit_checkpoint {row.number}"
        if row.number != expected:
            findings.add("checkpoint_missing", where, f"checkpoint {expected} is not there")
        document = _open(row.token, where, report)
        if document is not None:
            signed[row.number] = row.token, document
            _compare(row, document, before, findings)
        before, expected = checkpoints.digest_of(row.token), row.number + 1
    for place, token in checkpoints.read_outside(places).items():
        report.outside += 1
        document = _open(token, place, report)
        if document is None:
            continue
        inside = signed.get(document["number"])
        if inside is None:
            findings.add("checkpoint_gone", place, "the database has no such checkpoint")
        elif inside[0] != token:
            findings.add("checkpoint_replaced", place, "the database has another one")
        signed[document["number"]] = token, document
    return [signed[number][1] for number in sorted(signed)]


def _open(token: str, where: str, report: Report) -> Document | None:
    try:
        return signing.open_signed(token, kind=checkpoints.KIND).document
    except signing.SignatureRefusedError as error:
        report.findings.add("checkpoint_signature", where, f"not signed by us: {error.reason}")
        return None


def _compare(row: Checkpoint, document: Document, before: str, findings: Findings) -> None:
    where = f"audit_checkpoint {row.number}"
    if document["number"] != row.number or document["previous"] != before:
        findings.add("checkpoint_order", where, "does not follow the one before")
    same = (
        row.digest == checkpoints.digest_of(row.token)
        and row.entries == document["entries"]
        and row.sizes == {stream["name"]: stream["size"] for stream in document["streams"]}
        and merkle.root_of([bytes(chunk) for chunk in row.chunks]).hex() == document["root"]
        and row.at == datetime.fromisoformat(document["at"])
    )
    if not same:
        findings.add("checkpoint_changed", where, "its columns differ from what was signed")


class _Stream:
    """Where the verification of one stream is, and what checkpoints say of it, by size."""

    def __init__(self, name: str, documents: Sequence[Document]) -> None:
        self.name = name
        self.position = 0
        self.hash = first_hash(name)
        sizes = [
            next(
                ((row["size"], row["head"]) for row in document["streams"] if row["name"] == name),
                (0, first_hash(name).hex()),
            )
            for document in documents
        ]
        self.sizes = sizes
        # The first checkpoint that holds the next link.
        self.at = 0

    @property
    def next_size(self) -> int:
        """Return the length at which the next checkpoint looks at this stream."""
        return self.sizes[self.at][0] if self.at < len(self.sizes) else self.position + _FAR

    def check_heads(self, documents: Sequence[Document], findings: Findings) -> None:
        """Hold each checkpoint that ends here against the last hash."""
        while self.at < len(self.sizes) and self.sizes[self.at][0] <= self.position:
            size, head = self.sizes[self.at]
            if size == self.position and head != self.hash.hex():
                number = documents[self.at]["number"]
                findings.add(
                    "rewritten",
                    f"stream {self.name}, position {size}",
                    f"another link was signed in checkpoint {number}",
                )
            self.at += 1

    def end(self, documents: Sequence[Document], findings: Findings) -> None:
        """Say where checkpoints know of more links than there are."""
        self.check_heads(documents, findings)
        if self.at < len(self.sizes):
            findings.add(
                "cut_off",
                f"stream {self.name}, after position {self.position}",
                f"{self.sizes[-1][0]} links were signed",
            )


@dataclass(frozen=True, slots=True)
class _Signed:
    """What was signed of the chain, and the leaves that it is found to have below each root."""

    documents: Sequence[Document]
    floors: Sequence[int]
    leaves: list[list[bytes]]
    findings: Findings

    def check_block(self, block: Block, state: _Stream) -> None:
        """Go over a block: at once where it is as it was, link by link where it is not."""
        if self._is_sound(block, state):
            while state.position < block.high:
                last = min(block.high, state.next_size)
                leaves = block.leaves(state.position + 1, last)
                self._go_to(state, last, block.hash_at(last), leaves)
            return
        for position, digest, stored in _read_block(block, state, self.floors, self.findings):
            if link_hash(state.hash, position, digest) != stored:
                where = f"stream {state.name}, position {position}"
                self.findings.add("link_changed", where, "its hash does not follow")
            self._go_to(state, position, stored, [merkle.leaf_of(digest)])

    def _is_sound(self, block: Block, state: _Stream) -> bool:
        """Tell whether a block is as it was, and none of its entries older than it may be."""
        if not block.follows(state.position) or not block.is_chained(state.hash):
            return False
        first = block.low
        for at in range(state.at, len(self.floors)):
            size = state.sizes[at][0] if at < len(state.sizes) else block.high
            last = min(size, block.high)
            if last >= first:
                if not block.is_younger(first, last, self.floors[at]):
                    return False
                first = last + 1
            if first > block.high:
                break
        return True

    def _go_to(self, state: _Stream, position: int, stored: bytes, leaves: list[bytes]) -> None:
        state.position, state.hash = position, stored
        if state.at < len(self.leaves):
            self.leaves[state.at] += leaves
        if position >= state.next_size:
            state.check_heads(self.documents, self.findings)


def _check_links(cursor: CursorWrapper, report: Report, documents: Sequence[Document]) -> None:
    findings = report.findings
    cluster = chaining.cluster_of(cursor)
    floors = [0, *(_floor(document, cluster) for document in documents)]
    known = _Signed(documents, floors, [[] for _document in documents], findings)
    streams = {row["name"] for document in documents for row in document["streams"]}
    state: _Stream | None = None
    for block in blocks.read():
        if state is None or state.name != block.stream:
            if state is not None:
                state.end(documents, findings)
            state = _Stream(block.stream, documents)
            state.check_heads(documents, findings)
            streams.discard(block.stream)
        report.entries += block.count
        known.check_block(block, state)
    if state is not None:
        state.end(documents, findings)
    for name in sorted(streams):
        _Stream(name, documents).end(documents, findings)
    _check_roots(documents, known.leaves, findings)


def _read_block(
    block: Block, state: _Stream, floors: Sequence[int], findings: Findings
) -> Iterator[tuple[int, bytes, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(blocks.ONE_BLOCK, [block.stream, block.low, block.high])
        rows = cursor.fetchall()
    for _stream, position, source, entry, digest, stored, tx, found in rows:
        where = f"{Source(source).label if source in Source else source} {entry}"
        place = f"stream {block.stream}, position {position}"
        if position != state.position + 1:
            gap = f"stream {block.stream}, position {state.position + 1}"
            findings.add("link_gone", gap, f"the next link is {position}")
        if found is None:
            findings.add("entry_gone", where, place)
        elif bytes(found) != bytes(digest):
            findings.add("entry_changed", where, place)
        if tx is not None and tx < floors[state.at]:
            findings.add("backdated", where, "was not there at an earlier checkpoint")
        yield position, bytes(digest if found is None else found), bytes(stored)


def _check_roots(
    documents: Sequence[Document], leaves: list[list[bytes]], findings: Findings
) -> None:
    numbers = {document["number"] for document in documents}
    for document, found in zip(documents, leaves, strict=True):
        number = document["number"]
        if number > 1 and number - 1 not in numbers:
            continue
        heads = {
            row["name"]: (row["size"], bytes.fromhex(row["head"])) for row in document["streams"]
        }
        nodes = merkle.chunks_of([*found, *checkpoints.head_leaves(heads)])
        if merkle.root_of(nodes).hex() != document["root"]:
            findings.add("root", f"checkpoint {number}", "its entries give another root")


def _floor(document: Document, cluster: str) -> int:
    """Return the transaction from which on entries may come after a checkpoint.

    Transactions of another cluster, from before a logical restore, say nothing here.
    """
    return int(document["snapshot"].split(":")[0]) if document["cluster"] == cluster else 0


def _check_unlinked(cursor: CursorWrapper, report: Report, documents: Sequence[Document]) -> None:
    cursor.execute("SELECT snapshot, cluster FROM audit_chainstate WHERE id = 1")
    kept = cursor.fetchone()
    if kept is None and (report.entries or documents):
        report.findings.add("state_gone", "audit_chainstate", "nobody knows what was linked")
    here = chaining.cluster_of(cursor)
    known = [row["snapshot"] for row in documents[-1:] if row["cluster"] == here]
    known += [kept[0]] if kept and kept[1] == here else []
    seen = " OR ".join(
        "pg_visible_in_snapshot(t.tx::text::xid8, %s::pg_snapshot)" for _snapshot in known
    )
    for source in Source:
        statement = _UNLINKED.format(seen=seen or "false", table=source.label, source=source.value)
        cursor.execute(statement, known)
        for entry, old in cursor.fetchall():
            if old:
                where = f"{source.label} {entry}"
                report.findings.add("unlinked", where, "stands outside the chain")
            else:
                report.pending += 1
