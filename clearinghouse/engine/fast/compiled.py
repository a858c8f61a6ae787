"""Lays out working memory, runs the compiled kernels, and reads their result.

The only way to Numba: importing this module imports it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearinghouse.engine.arrays import NOBODY, ArrayMarket, ArrayPlan

from . import kernels
from .bars import Holders, add_bars
from .layout import (
    BASE,
    CAP,
    COLUMNS,
    END,
    FILL,
    FLOOR,
    FREE,
    FULL,
    LEAF,
    N_OPEN,
    N_REVERTED,
    OPEN,
    POOL_ROOM,
    RESERVE,
    RESERVE_FIRST,
    SHUT,
    SPARE,
    TREE,
    WIDTH,
    Desks,
    People,
)

Whole = NDArray[np.int64]

_SLACK = 16


def match_compiled(market: ArrayMarket) -> ArrayPlan:
    """Return the plan of a sound market. Cost: wishes x log(quota) at worst, integers only."""
    people, desks = _people(market), _desks(market)
    kernels.match_kernel(people, desks)
    return _plan(market, people, desks)


def match_by_heaps(market: ArrayMarket) -> ArrayPlan:
    """Return the same plan without waves, from heaps alone; what the bench compares with."""
    people, desks = _people(market), _desks(market)
    desks.gate[:, FILL] = -1
    kernels.heap_kernel(people, desks)
    return _plan(market, people, desks)


def _plan(market: ArrayMarket, people: People, desks: Desks) -> ArrayPlan:
    assignment = np.full(len(market.protected), NOBODY, np.int32)
    seat = np.full(len(market.protected), NOBODY, np.int8)
    kernels.collect_kernel(desks.desk, desks.room, people.who, assignment, seat)
    return add_bars(market, assignment, seat, people.who, _holders(desks))


def _people(market: ArrayMarket) -> People:
    who = np.empty(len(market.lottery), np.int32)
    who[market.lottery] = np.arange(len(who), dtype=np.int32)
    at = np.full(len(who), ~0, np.int32)
    return People(
        _read_only(market.indptr),
        _read_only(market.posting),
        _read_only(market.points),
        _read_only(market.protected),
        _read_only(market.lottery),
        who,
        at,
    )


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view of one kind for Numba, which compiles again for every other kind of array."""
    view = np.ascontiguousarray(array).view()
    view.setflags(write=False)
    return view


def _desks(market: ArrayMarket) -> Desks:
    quota, reserve = market.quota.astype(np.int64), market.reserve.astype(np.int64)
    late, capped = market.order == 1, market.cap >= 0
    wished = _wished(market, quota)
    opened = np.where(late, quota, quota - reserve)
    first = np.minimum(opened, wished) + 1
    spare = np.where(late, 1, np.minimum(reserve, wished) + 2)
    size = first + spare
    buffer = np.minimum(2 * quota + _SLACK, wished + 4)
    size = np.where(capped, size, np.maximum(size, buffer))
    ends = np.cumsum(size)
    desk = np.zeros((len(quota), COLUMNS), np.int64)
    desk[:, BASE] = ends - size
    desk[:, END] = ends
    desk[:, SPARE] = ends - size + np.where(late, 0, first)
    desk[:, OPEN] = opened
    desk[:, RESERVE] = reserve
    desk[:, RESERVE_FIRST] = late
    desk[:, CAP] = market.cap
    gate = np.full((len(quota), 4), FREE, np.int64)
    gate[:, FILL] = np.where(capped, -1, ends - size)
    gate[:, FULL] = ends
    gate[quota == 0, FLOOR:] = SHUT
    pool, tree = _pools(market, desk)
    room = np.empty(int(ends[-1]) if len(ends) else 0, np.int64)
    return Desks(desk, room, gate, pool, tree, np.array([20_261_121], np.int64))


def _wished(market: ArrayMarket, quota: Whole) -> Whole:
    """Return a bound on the offers of each posting, exact where places outnumber people."""
    if int((2 * quota + _SLACK).sum()) <= 3 * len(market.lottery) + _SLACK * len(quota):
        return np.full(len(quota), len(market.lottery), np.int64)
    return np.bincount(market.posting, minlength=len(quota))


def _pools(market: ArrayMarket, desk: Whole) -> tuple[Whole, Whole]:
    """Return the counters of the caps and their empty tournaments; note each posting's leaf."""
    caps = len(market.cap_limit)
    capped = np.flatnonzero(market.cap >= 0)
    capped = capped[np.argsort(market.cap[capped], kind="stable")]
    of = market.cap[capped]
    members = np.bincount(of, minlength=caps)
    width = 1 << np.ceil(np.log2(np.maximum(members, 1))).astype(np.int64)
    held_back = np.zeros(caps, np.int64)
    np.add.at(held_back, of, np.where(market.order[capped] == 1, 0, market.reserve[capped]))
    pool = np.zeros((caps, 5), np.int64)
    pool[:, POOL_ROOM] = market.cap_limit - held_back
    pool[:, TREE] = np.cumsum(2 * width) - 2 * width
    pool[:, WIDTH] = width
    first = np.cumsum(members) - members
    desk[capped, LEAF] = width[of] + np.arange(len(of)) - first[of]
    tree = np.full((2, int(2 * width.sum())), SHUT, np.int64)
    tree[1, pool[of, TREE] + desk[capped, LEAF]] = capped
    return pool, tree


def _holders(desks: Desks) -> Holders:
    desk = desks.desk
    count = desk[:, N_OPEN : N_REVERTED + 1]
    tops = np.stack([desk[:, BASE], desk[:, END] - 1, desk[:, SPARE]], axis=1)
    tops = np.minimum(tops, len(desks.room) - 1)
    return Holders(count, np.where(count > 0, desks.room[tops], SHUT))
