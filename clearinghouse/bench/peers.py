"""The two libraries that do the same without reserves, fed with the same market.

Their clock starts when their preference lists stand ready as dictionaries, as ours does when the
arrays do; turning one into the other is not counted.
"""

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from clearinghouse.engine import ArrayMarket

Result = tuple[float, list[int]]


def without_reserves(market: ArrayMarket) -> ArrayMarket:
    """Return the market with no reserve and no caps, which is all that the libraries know."""
    postings = len(market.quota)
    return replace(
        market,
        reserve=np.zeros(postings, np.int32),
        cap=np.full(postings, -1, np.int32),
        cap_limit=np.empty(0, np.int32),
    )


def run_matching(market: ArrayMarket) -> Result:
    """Return the seconds that `matching` takes, and everyone's posting. Raises ImportError."""
    from matching.games import HospitalResident  # noqa: PLC0415 - installed for the bench only

    wishes, ranking = _lists(market)
    capacities = dict(enumerate(market.quota.tolist()))
    sys.setrecursionlimit(10**6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.process_time()
        game = HospitalResident.create_from_dictionaries(
            {f"r{key}": value for key, value in wishes.items()},
            {key: [f"r{name}" for name in value] for key, value in ranking.items()},
            {key: capacities[key] for key in ranking},
        )
        solved = game.solve(optimal="resident")
        seconds = time.process_time() - start
    result = [-1] * len(market.protected)
    for hospital, residents in solved.items():
        for resident in residents:
            result[int(resident.name[1:])] = int(hospital.name)
    return seconds, result


def run_algmatch(market: ArrayMarket) -> Result:
    """Return the seconds that `algmatch` takes, and everyone's posting. Raises ImportError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from algmatch import HospitalResidentsProblem  # noqa: PLC0415 - for the bench only

    wishes, ranking = _lists(market)
    residents = {name + 1: [posting + 1 for posting in listed] for name, listed in wishes.items()}
    hospitals = {
        posting + 1: {
            "capacity": int(market.quota[posting]),
            "preferences": [name + 1 for name in ranked],
        }
        for posting, ranked in ranking.items()
    }
    start = time.process_time()
    problem = HospitalResidentsProblem(
        dictionary={"residents": residents, "hospitals": hospitals}, optimised_side="residents"
    )
    solved: Any = problem.get_stable_matching()
    seconds = time.process_time() - start
    result = [-1] * len(market.protected)
    for resident, hospital in solved["resident_sided"].items():
        result[int(resident[1:]) - 1] = int(hospital[1:]) - 1 if hospital else -1
    return seconds, result


PEERS: dict[str, Callable[[ArrayMarket], Result]] = {
    "matching": run_matching,
    "algmatch": run_algmatch,
}


def _lists(market: ArrayMarket) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    indptr = market.indptr.tolist()
    wishes = {
        name: market.posting[indptr[name] : indptr[name + 1]].tolist()
        for name in range(len(market.protected))
    }
    owner = np.repeat(np.arange(len(market.protected)), np.diff(market.indptr))
    order = np.lexsort((market.lottery[owner], -market.points.astype(np.int64), market.posting))
    ranking: dict[int, list[int]] = {}
    for posting, name in zip(market.posting[order].tolist(), owner[order].tolist(), strict=True):
        ranking.setdefault(posting, []).append(name)
    return wishes, ranking
