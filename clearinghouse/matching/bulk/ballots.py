"""The sealed input of a round in arrays: eight bytes a wish, forty a person."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearinghouse import engine
from clearinghouse.matching.models import SealedPosting

Names = NDArray[np.bytes_]
_ORDERS = (engine.Order.OPEN_FIRST, engine.Order.RESERVE_FIRST)


@dataclass(frozen=True, slots=True)
class Ballots:
    """Ballots in order of the candidates' names; the wishes of i are indptr[i]..indptr[i + 1].

    `names` are 32 hexadecimal digits, `entry_ids` the keys of the sealed rows; `posting` holds
    indices into `postings`, which stand in order of their names as bytes.
    """

    seed: str
    postings: tuple[SealedPosting, ...]
    names: Names
    entry_ids: NDArray[np.int64]
    protected: NDArray[np.uint8]
    indptr: NDArray[np.int64]
    posting: NDArray[np.int32]
    points: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def places(self) -> tuple[engine.Posting, ...]:
        """Return the postings as the engine names them."""
        return tuple(
            engine.Posting(row.posting, row.state, row.places, row.reserve, engine.Order(row.order))
            for row in self.postings
        )

    def market(self) -> engine.ArrayMarket:
        """Return the engine's arrays, lottery ranks included. InputError before the draw."""
        places = self.places
        return engine.ArrayMarket(
            indptr=self.indptr,
            posting=self.posting,
            points=self.points,
            protected=self.protected,
            lottery=engine.lottery_ranks_of(self.seed, self.names.astype(str).tolist()),
            quota=_column([place.quota for place in places], np.int32),
            reserve=_column([place.reserve for place in places], np.int32),
            order=_column([_ORDERS.index(place.order) for place in places], np.uint8),
            cap=np.full(len(places), -1, np.int32),
            cap_limit=np.empty(0, np.int32),
        )


def leave_out(
    ballots: Ballots, withdrawn: AbstractSet[str], accepted: Mapping[str, str]
) -> Ballots:
    """Return the ballots of a refill: withdrawn people leave, who has accepted wishes that only.

    `accepted` maps names of candidates to names of postings. Raises InputError for an unknown
    candidate, a posting never wished, or somebody in both, as `engine.market_without` does.
    """
    if not withdrawn and not accepted:
        return ballots
    gone = _places_of(ballots, sorted(withdrawn), "withdrawn")
    held = _places_of(ballots, sorted(accepted), "accepted")
    if both := withdrawn & accepted.keys():
        raise _refusal("withdrawn", f"candidate {min(both)!r} has accepted a place")
    keep = np.ones(len(ballots.posting), bool)
    numbers = {row.posting: index for index, row in enumerate(ballots.postings)}
    for place, (_name, posting) in zip(held, sorted(accepted.items()), strict=True):
        wishes = slice(ballots.indptr[place], ballots.indptr[place + 1])
        keep[wishes] = ballots.posting[wishes] == numbers.get(posting, -1)
        if not keep[wishes].any():
            raise _refusal("accepted", f"candidate {_name!r} never wished {posting!r}")
    stays = np.ones(len(ballots), bool)
    stays[gone] = False
    lengths = np.diff(ballots.indptr)
    keep &= np.repeat(stays, lengths)
    ends = np.concatenate(([0], np.cumsum(keep)))[ballots.indptr]
    indptr = np.concatenate(([0], np.cumsum(np.diff(ends)[stays])))
    return replace(
        ballots,
        names=ballots.names[stays],
        entry_ids=ballots.entry_ids[stays],
        protected=ballots.protected[stays],
        indptr=indptr.astype(np.int64),
        posting=ballots.posting[keep],
        points=ballots.points[keep],
    )


def to_market(ballots: Ballots) -> engine.Market:
    """Return the same market as objects, for rounds that are not too large for them."""
    names = [row.posting for row in ballots.postings]
    wishes = [
        engine.Wish(names[number], points)
        for number, points in zip(ballots.posting.tolist(), ballots.points.tolist(), strict=True)
    ]
    indptr = ballots.indptr.tolist()
    people = zip(ballots.names.astype(str).tolist(), ballots.protected.tolist(), strict=True)
    candidates = (
        engine.Candidate(name, bool(protected), tuple(wishes[indptr[index] : indptr[index + 1]]))
        for index, (name, protected) in enumerate(people)
    )
    return engine.Market(ballots.seed, ballots.places, (), tuple(candidates))


def _places_of(ballots: Ballots, wanted: list[str], field: str) -> NDArray[np.int64]:
    names = np.array(wanted, dtype=bytes)
    found = np.searchsorted(ballots.names, names)
    for place, name in zip(found.tolist(), names.tolist(), strict=True):
        if place >= len(ballots) or ballots.names[place] != name:
            raise _refusal(field, f"unknown candidate {name.decode()!r}")
    return found.astype(np.int64)


def _refusal(place: str, text: str) -> engine.InputError:
    return engine.InputError((engine.Problem(place, text),))


def _column(values: list[int], dtype: Any) -> NDArray[Any]:
    return np.array(values, dtype=dtype)
