"""Where the compiled engine keeps what: columns of its integer arrays, and its two bundles."""

from typing import Any, Final, NamedTuple

Array = Any

# Columns of Desks.desk, one row of integers per posting.
BASE: Final = 0  # where its part of `room` begins
END: Final = 1  # and ends
SPARE: Final = 2  # where reverted places begin
OPEN: Final = 3  # open places (quota where the reserve goes first)
RESERVE: Final = 4
RESERVE_FIRST: Final = 5
CAP: Final = 6
LEAF: Final = 7  # its leaf in the tournament of its cap
N_OPEN: Final = 8
N_RESERVED: Final = 9
N_REVERTED: Final = 10
COLUMNS: Final = 11
# Columns of Desks.gate: what an offer meets first, close together in memory.
FILL: Final = 0  # the next empty spot of the buffer; -1 at a capped posting
FULL: Final = 1  # the end of the buffer
FLOOR: Final = 2  # lower keys are hopeless: others here, protected people in the next column
# Columns of Desks.pool, one row per cap.
POOL_ROOM: Final = 0  # open places of the state (its limit where the reserve goes first)
POOL_OPEN: Final = 1
POOL_RESERVED: Final = 2
TREE: Final = 3  # where its part of `tree` begins
WIDTH: Final = 4  # leaves of its tournament, a power of two

NOBODY: Final = -1
FREE: Final = -1
SHUT: Final = 1 << 62
LOW: Final = 0xFFFFFFFF
FEW: Final = 128  # of so many people at most one may still ask when heaps take over


class People(NamedTuple):
    """The candidates: their wishes, their lottery, and `at`, the wish that each stands at.

    `at` counts from the first wish; ~at marks somebody who has to ask there. `who` lists
    candidates by lottery rank.
    """

    indptr: Array
    posting: Array
    points: Array
    protected: Array
    lottery: Array
    who: Array
    at: Array


class Desks(NamedTuple):
    """The postings at work; `tree` holds the weakest open keys, and the postings of the leaves."""

    desk: Array
    room: Array
    gate: Array
    pool: Array
    tree: Array
    dice: Array


INNER: Final = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "error_model": "numpy"}
"""How functions compile that only compiled functions call: without a door for Python."""
