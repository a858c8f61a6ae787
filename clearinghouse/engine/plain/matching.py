"""From a market to its plan, in plain Python: slow, short, and the judge of the fast engine."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from clearinghouse.engine.arrays import NOBODY, ORDERS, SEATS, ArrayMarket, ArrayPlan
from clearinghouse.engine.lottery import lottery_ranks
from clearinghouse.engine.reading import canonical
from clearinghouse.engine.types import (
    ENGINE_VERSION,
    Assignment,
    Bar,
    Candidate,
    Cap,
    Market,
    Plan,
    Posting,
    Wish,
)
from clearinghouse.engine.writing import market_digest, seal_plan

from .allocate import Held, allocate
from .cutoffs import find_cutoffs


def match_plain(market: Market) -> Plan:
    """Return the plan of a market, computed by the second implementation.

    Same arguments, refusals and bytes as `match`. Cost: wishes x log(quota).
    """
    market = canonical(market)
    ranks = lottery_ranks(market.seed, (candidate.id for candidate in market.candidates))
    held = allocate(market, ranks)
    return seal_plan(
        Plan(
            engine=ENGINE_VERSION,
            market_digest=market_digest(market),
            assignments=_assignments(market, held),
            cutoffs=find_cutoffs(market, ranks, held),
            digest="",
        )
    )


def match_arrays_plain(market: ArrayMarket) -> ArrayPlan:
    """Return the plan of a market in arrays, computed by the second implementation."""
    written = _market(market)
    ranks = {_name(index): rank for rank, index in enumerate(np.argsort(market.lottery).tolist())}
    held = allocate(written, ranks)
    cutoffs = find_cutoffs(written, ranks, held)
    rows = [held.get(person.id) for person in written.candidates]
    nodes = [cutoff for cutoff in cutoffs if cutoff.posting is not None]
    caps = [cutoff for cutoff in cutoffs if cutoff.posting is None]
    columns: list[Any] = [
        column
        for group in (nodes, caps)
        for side in (
            [_bar(cutoff.others) for cutoff in group],
            [_bar(cutoff.protected) for cutoff in group],
        )
        for column in (
            np.array([points for points, _ in side], np.int32),
            np.array([candidate for _, candidate in side], np.int64),
        )
    ]
    return ArrayPlan(
        np.array([NOBODY if row is None else int(row[0]) for row in rows], np.int32),
        np.array([NOBODY if row is None else SEATS.index(row[1]) for row in rows], np.int8),
        *columns,
    )


def _assignments(market: Market, held: Held) -> tuple[Assignment, ...]:
    return tuple(
        Assignment(candidate.id, *held.get(candidate.id, (None, None)))
        for candidate in market.candidates
    )


def _market(market: ArrayMarket) -> Market:
    """Write out the arrays as objects; the seed stays empty, as ranks are given."""
    quotas = zip(market.quota.tolist(), market.reserve.tolist(), market.order.tolist(), strict=True)
    members: Mapping[int, list[str]] = {index: [] for index in range(len(market.cap_limit))}
    for index, cap in enumerate(market.cap.tolist()):
        if cap >= 0:
            members[cap].append(_name(index))
    return Market(
        seed="",
        postings=tuple(
            Posting(_name(index), "", quota, reserve, ORDERS[order])
            for index, (quota, reserve, order) in enumerate(quotas)
        ),
        caps=tuple(
            Cap(_name(index), limit, tuple(members[index]))
            for index, limit in enumerate(market.cap_limit.tolist())
        ),
        candidates=tuple(_candidates(market)),
    )


def _candidates(market: ArrayMarket) -> Iterator[Candidate]:
    indptr = market.indptr.tolist()
    for index, protected in enumerate(market.protected.tolist()):
        part = slice(indptr[index], indptr[index + 1])
        wishes = zip(market.posting[part].tolist(), market.points[part].tolist(), strict=True)
        yield Candidate(
            _name(index), bool(protected), tuple(Wish(_name(at), points) for at, points in wishes)
        )


def _bar(bar: Bar | None) -> tuple[int, int]:
    if bar is None:
        return NOBODY, NOBODY
    return bar.points, NOBODY if bar.candidate is None else int(bar.candidate)


def _name(index: int) -> str:
    return f"{index:010}"
