"""Rows of COPY (FORMAT binary) to arrays, a batch of rows at a time, never value by value.

A row is: the number of fields in two bytes, then each field as its length in four bytes and its
bytes, all with the high byte first. An array is: dimensions, whether it holds NULL, type, and per
dimension length and first index, then its elements as fields. Source: PostgreSQL, COPY.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
COLUMNS = ("id", "candidate", "protected", "postings", "points")
_NAME = 32
_INT4 = 23
_POINTS_MAX = 65_535
# Bytes of a ballot without wishes, of one with wishes less these, and of a wish.
_BARE, _BASE, _WISH = 87, 103, 16


class Unreadable(Exception):
    """The database sent something that is no sealed ballot; the text says what."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some ballots in the order in which they came; `lengths` are the numbers of their wishes."""

    entry_ids: NDArray[np.int64]
    names: NDArray[np.bytes_]
    protected: NDArray[np.uint8]
    lengths: NDArray[np.int64]
    posting: NDArray[np.int32]
    points: NDArray[np.uint16]


def parse(rows: list[Any], *, postings: int) -> Batch:
    """Return the arrays of some rows of `COLUMNS`, each a buffer of one whole row.

    Rows of one length have one layout, so they are read together through a structured type.
    Raises `Unreadable`. `postings` is how many postings the round has.
    """
    sizes = np.fromiter(map(len, rows), np.int64, len(rows))
    lengths = np.where(sizes == _BARE, 0, (sizes - _BASE) // _WISH)
    wrong = (sizes != _BARE) & ((sizes - _BASE) % _WISH != 0) | (lengths < 0)
    if wrong.any():
        raise Unreadable(f"row {np.flatnonzero(wrong)[0]} has {sizes[wrong][0]} bytes")
    starts = np.concatenate(([0], np.cumsum(lengths)))
    batch = Batch(
        entry_ids=np.empty(len(rows), np.int64),
        names=np.empty(len(rows), f"S{_NAME}"),
        protected=np.empty(len(rows), np.uint8),
        lengths=lengths,
        posting=np.empty(starts[-1], np.int32),
        points=np.empty(starts[-1], np.uint16),
    )
    for length in np.unique(lengths).tolist():
        which = np.flatnonzero(lengths == length)
        same = rows if len(which) == len(rows) else [rows[index] for index in which.tolist()]
        table = np.frombuffer(b"".join(same), dtype=_layout(length))
        _check(table, length, postings)
        batch.entry_ids[which] = table["id"]
        batch.names[which] = table["candidate"]
        batch.protected[which] = table["protected"]
        if length:
            spots = starts[which][:, None] + np.arange(length)
            batch.posting[spots] = table["postings"]["elements"]["value"]
            batch.points[spots] = table["points"]["elements"]["value"]
    return batch


@cache
def _layout(length: int) -> np.dtype[Any]:
    head: list[Any] = [("dimensions", ">i4"), ("nulls", ">i4"), ("type", ">i4")]
    body: list[Any] = [
        ("length", ">i4"),
        ("first", ">i4"),
        ("elements", [("size", ">i4"), ("value", ">i4")], (length,)),
    ]
    array = head + body if length else head
    return np.dtype(
        [
            ("fields", ">i2"),
            ("id_size", ">i4"),
            ("id", ">i8"),
            ("candidate_size", ">i4"),
            ("candidate", f"S{_NAME}"),
            ("protected_size", ">i4"),
            ("protected", "u1"),
            ("postings_size", ">i4"),
            ("postings", array),
            ("points_size", ">i4"),
            ("points", array),
        ]
    )


def _check(table: NDArray[Any], length: int, postings: int) -> None:
    size = 20 + 8 * length if length else 12
    expected = {
        "fields": len(COLUMNS),
        "id_size": 8,
        "candidate_size": _NAME,
        "protected_size": 1,
        "postings_size": size,
        "points_size": size,
    }
    for name, value in expected.items():
        _refuse(table, table[name] != value, f"{name} is not {value}")
    _refuse(table, table["protected"] > 1, "protected is no boolean")
    for name, limit in (("postings", postings - 1), ("points", _POINTS_MAX)):
        array = table[name]
        wrong = (array["dimensions"] != (1 if length else 0)) | (array["type"] != _INT4)
        _refuse(table, wrong | (array["nulls"] != 0), f"{name} is no list of whole numbers")
        if length:
            values, sizes = array["elements"]["value"], array["elements"]["size"]
            _refuse(table, (sizes != 4).any(axis=1), f"{name} is no list of whole numbers")
            over = (values < 0) | (values > limit)
            _refuse(table, over.any(axis=1), f"{name} holds a number that is not in 0..{limit}")


def _refuse(table: NDArray[Any], wrong: Any, text: str) -> None:
    if wrong.any():
        raise Unreadable(f"sealed ballot {table['id'][wrong][0]}: {text}")
