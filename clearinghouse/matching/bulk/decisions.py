"""Decisions as rows of COPY (FORMAT binary), a batch at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from clearinghouse import engine
from clearinghouse.matching.bulk.ballots import Ballots
from clearinghouse.matching.bulk.digests import SEATS
from clearinghouse.matching.bulk.parsing import SIGNATURE, TRAILER

COLUMNS = ("run_id", "entry_id", "lottery", "quota_id", "seat")
_PEOPLE_AT_A_TIME = 1 << 16
_NULL = -1


def decision_rows(
    run_id: int, ballots: Ballots, market: engine.ArrayMarket, plan: engine.ArrayPlan
) -> Iterator[bytes]:
    """Yield the whole content of a COPY of `COLUMNS`, in pieces, in order of the candidates.

    Within a piece people stand by the kind of their place: rows of one kind have one length.
    """
    quotas = np.array([row.quota_id for row in ballots.postings], np.int64)
    yield SIGNATURE
    for start in range(0, len(ballots), _PEOPLE_AT_A_TIME):
        part = slice(start, start + _PEOPLE_AT_A_TIME)
        seats, places = plan.seat[part], plan.assignment[part]
        for kind in (_NULL, *range(len(SEATS))):
            who = np.flatnonzero(seats == kind)
            if not len(who):
                continue
            table = np.empty(len(who), _layout("" if kind == _NULL else SEATS[kind].value))
            table["head"] = (len(COLUMNS), 8, run_id, 8)
            table["entry"] = ballots.entry_ids[part][who]
            table["lottery"]["size"] = 4
            table["lottery"]["value"] = market.lottery[part][who]
            if kind != _NULL:
                table["quota"]["size"] = 8
                table["quota"]["value"] = quotas[places[who]]
                table["seat"]["value"] = SEATS[kind].value.encode()
            else:
                table["quota"] = _NULL
            table["seat"]["size"] = 0 if kind == _NULL else len(SEATS[kind].value)
            yield table.tobytes()
    yield TRAILER


def _layout(seat: str) -> np.dtype[Any]:
    quota: Any = [("size", ">i4"), ("value", ">i8")] if seat else ">i4"
    word: Any = [("size", ">i4"), ("value", f"S{len(seat)}")] if seat else [("size", ">i4")]
    return np.dtype(
        [
            ("head", [("fields", ">i2"), ("run_size", ">i4"), ("run", ">i8"), ("size", ">i4")]),
            ("entry", ">i8"),
            ("lottery", [("size", ">i4"), ("value", ">i4")]),
            ("quota", quota),
            ("seat", word),
        ]
    )
