"""Digests of canonical JSON from arrays, in slices: the bytes are never all in memory at once.

They are those of `engine.market_digest` and `engine.plan_digest`; a test holds them together. In
canonical JSON the fields of an object stand in order of their names, so the text of a person is a
chain of ready-made pieces that differ by number only.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearinghouse import engine
from clearinghouse.matching.bulk.ballots import Ballots

# People at a time: some ten megabytes of text.
PEOPLE_AT_A_TIME = 20_000
SEATS = (engine.Seat.OPEN, engine.Seat.RESERVED, engine.Seat.REVERTED)

Pieces = NDArray[np.object_]


def market_digest(ballots: Ballots) -> str:
    """Return the SHA-256 of the canonical market in hexadecimal; without a seed, of the input."""
    frame = engine.market_to_json(engine.Market(ballots.seed, ballots.places, (), ()))
    return _digest(frame, "candidates", _market_texts(ballots))


def plan_digest(ballots: Ballots, plan: engine.ArrayPlan, market_digest: str) -> str:
    """Return the SHA-256 of the canonical plan, without its own digest, in hexadecimal."""
    empty = engine.Plan(engine.ENGINE_VERSION, market_digest, (), cutoffs_of(ballots, plan), "")
    frame = engine.plan_to_json(empty)
    del frame["digest"]
    return _digest(frame, "assignments", _plan_texts(ballots, plan))


def cutoffs_of(ballots: Ballots, plan: engine.ArrayPlan) -> tuple[engine.Cutoff, ...]:
    """Return the cut-offs of a plan as the engine states them, by posting."""
    others = _bars(ballots, plan.others_points, plan.others_candidate)
    protected = _bars(ballots, plan.protected_points, plan.protected_candidate)
    return tuple(
        engine.Cutoff(row.posting, None, *pair)
        for row, pair in zip(ballots.postings, zip(others, protected, strict=True), strict=True)
    )


def _bars(
    ballots: Ballots, points: NDArray[np.int32], holders: NDArray[np.int64]
) -> Iterator[engine.Bar | None]:
    for value, holder in zip(points.tolist(), holders.tolist(), strict=True):
        name = ballots.names[holder].decode() if holder >= 0 else None
        yield None if value < 0 else engine.Bar(value, name)


def _digest(frame: dict[str, object], field: str, texts: Iterator[bytes]) -> str:
    """Hash an object whose one long list is given as text, its elements each after a comma."""
    empty = engine.canonical_bytes({**frame, field: []})
    mark = f'"{field}":['.encode()
    before, after = empty.split(mark, 1)
    hashed = hashlib.sha256(before + mark)
    for number, text in enumerate(texts):
        hashed.update(text if number else text[1:])
    hashed.update(after)
    return hashed.hexdigest()


def _market_texts(ballots: Ballots) -> Iterator[bytes]:
    values = range(int(ballots.points.max(initial=0)) + 1)
    points = _pieces([f',{{"points":{value}' for value in values])
    dearest = _pieces([f'{{"points":{value}' for value in values])
    names = [json.dumps(row.posting, ensure_ascii=False) for row in ballots.postings]
    postings = _pieces([f',"posting":{name}}}' for name in names])
    groups = _pieces(['","protected":false,"wishes":[', '","protected":true,"wishes":['])
    for start in range(0, len(ballots), PEOPLE_AT_A_TIME):
        stop = min(start + PEOPLE_AT_A_TIME, len(ballots))
        indptr = ballots.indptr[start : stop + 1]
        wishes = slice(indptr[0], indptr[-1])
        lengths = np.diff(indptr)
        # Per person: opening, name, group, two pieces a wish, closing.
        head = np.arange(stop - start) * 4 + 2 * (indptr[:-1] - indptr[0])
        texts: Pieces = np.empty(4 * (stop - start) + 2 * int(lengths.sum()), object)
        texts[head] = b',{"id":"'
        texts[head + 1] = ballots.names[start:stop].tolist()
        texts[head + 2] = groups[ballots.protected[start:stop]]
        texts[head + 3 + 2 * lengths] = b"]}"
        wish = np.repeat(head + 3 - 2 * (indptr[:-1] - indptr[0]), lengths)
        wish += 2 * np.arange(len(wish))
        texts[wish] = points[ballots.points[wishes]]
        texts[wish + 1] = postings[ballots.posting[wishes]]
        some = lengths > 0
        texts[head[some] + 3] = dearest[ballots.points[indptr[:-1][some]]]
        yield b"".join(texts.tolist())


def _plan_texts(ballots: Ballots, plan: engine.ArrayPlan) -> Iterator[bytes]:
    names = [json.dumps(row.posting, ensure_ascii=False) for row in ballots.postings]
    # The last piece of each is for nobody's place, which the index -1 picks.
    postings = _pieces([f'","posting":{name},"seat":' for name in [*names, "null"]])
    seats = _pieces([f'"{seat.value}"}}' for seat in SEATS] + ["null}"])
    for start in range(0, len(ballots), PEOPLE_AT_A_TIME):
        part = slice(start, start + PEOPLE_AT_A_TIME)
        texts: Pieces = np.empty(4 * len(ballots.names[part]), object)
        texts[0::4] = b',{"candidate":"'
        texts[1::4] = ballots.names[part].tolist()
        texts[2::4] = postings[plan.assignment[part]]
        texts[3::4] = seats[plan.seat[part]]
        yield b"".join(texts.tolist())


def _pieces(texts: list[str]) -> Pieces:
    pieces: Any = np.empty(len(texts), object)
    pieces[:] = [text.encode() for text in texts]
    return pieces
