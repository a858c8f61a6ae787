"""The sealed input of a round by binary COPY, in ranges of keys, so that memory stays bounded."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import sql

from clearinghouse.matching.bulk.ballots import Ballots
from clearinghouse.matching.bulk.parsing import (
    COLUMNS,
    SIGNATURE,
    TRAILER,
    Batch,
    Unreadable,
    parse,
)
from clearinghouse.matching.models import Round, SealedEntry, SealedPosting

# Rows at a time: some ten megabytes on the way, and an answer to "cancel" several times a second.
ROWS_AT_A_TIME = 25_000

Told = Callable[[int, int], None]


def read_sealed(round_: Round, *, tell: Told = lambda _read, _of: None) -> Ballots:
    """Return the sealed ballots of a round in order of the candidates' names.

    `tell` is called between ranges with the rows read so far and about how many there are; what
    it raises ends the reading. Raises `Unreadable`.
    """
    postings = tuple(SealedPosting.objects.filter(round=round_).order_by("number"))
    if [row.number for row in postings] != list(range(len(postings))):
        raise Unreadable("the sealed postings are not numbered 0, 1, 2, ...")
    batches: list[Batch] = []
    read = 0
    ranges = list(_ranges(round_))
    total = sum(high - low + 1 for low, high in ranges)
    with _no_collection():
        for low, high in ranges:
            batch = parse(_copy(round_, low, high), postings=len(postings))
            read += len(batch.names)
            batches.append(batch)
            tell(read, total)
    return _in_order(_together(round_, postings, batches))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the collector from visiting each of a million rows: a third of the time, for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _ranges(round_: Round) -> Iterator[tuple[int, int]]:
    keys = SealedEntry.objects.filter(round=round_).order_by("id").values_list("id", flat=True)
    first, last = keys.first(), keys.last()
    if first is None or last is None:
        return
    for low in range(first, last + 1, ROWS_AT_A_TIME):
        yield low, min(low + ROWS_AT_A_TIME - 1, last)


def _copy(round_: Round, low: int, high: int) -> list[memoryview | bytes]:
    statement = sql.SQL(
        "COPY (SELECT {columns} FROM {table} WHERE round_id = {round}"
        " AND id BETWEEN {low} AND {high}) TO STDOUT (FORMAT binary)"
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, COLUMNS)),
        table=sql.Identifier(SealedEntry._meta.db_table),
        round=sql.Literal(round_.pk),
        low=sql.Literal(low),
        high=sql.Literal(high),
    )
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        rows: list[memoryview | bytes] = list(copy)
    # The signature comes in one piece with the first row, the trailer by itself or with it.
    start = bytes(rows[0]) if rows else b""
    if not start.startswith(SIGNATURE):
        raise Unreadable("the database did not answer in the binary form of COPY")
    rows[0] = start.removeprefix(SIGNATURE)
    if bytes(rows.pop()) != TRAILER:
        raise Unreadable("the database's answer ends too early")
    return rows


def _together(round_: Round, postings: tuple[SealedPosting, ...], batches: list[Batch]) -> Ballots:
    lengths = _joined([batch.lengths for batch in batches], np.int64)
    return Ballots(
        seed=round_.seed,
        postings=postings,
        names=_joined([batch.names for batch in batches], "S32"),
        entry_ids=_joined([batch.entry_ids for batch in batches], np.int64),
        protected=_joined([batch.protected for batch in batches], np.uint8),
        indptr=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        posting=_joined([batch.posting for batch in batches], np.int32),
        points=_joined([batch.points for batch in batches], np.uint16),
    )


def _joined(parts: list[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype)


def _in_order(ballots: Ballots) -> Ballots:
    """Return ballots in order of names; rounds of earlier versions were sealed in another order."""
    words = ballots.names.view(">u8").reshape(-1, 4).astype(np.uint64)
    if _ascends(words):
        return ballots
    order = np.lexsort(words.T[::-1])
    if not _ascends(words[order]):
        raise Unreadable("a candidate has two sealed ballots")
    lengths = np.diff(ballots.indptr)[order]
    indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    moved = np.repeat(ballots.indptr[:-1][order] - indptr[:-1], lengths)
    spots = moved + np.arange(len(moved))
    return replace(
        ballots,
        names=ballots.names[order],
        entry_ids=ballots.entry_ids[order],
        protected=ballots.protected[order],
        indptr=indptr,
        posting=ballots.posting[spots],
        points=ballots.points[spots],
    )


def _ascends(words: NDArray[np.uint64]) -> bool:
    """Tell whether each row of words is above the one before it."""
    before, after = words[:-1], words[1:]
    above = np.zeros(len(before), bool)
    equal = np.ones(len(before), bool)
    for column in range(words.shape[1]):
        above |= equal & (after[:, column] > before[:, column])
        equal &= after[:, column] == before[:, column]
    return bool(above.all())
