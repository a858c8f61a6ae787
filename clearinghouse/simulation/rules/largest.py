"""How many people could be placed at most, if nobody's points or protection counted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from clearinghouse import engine


def largest_matching(market: engine.Market) -> int:
    """Return the size of the largest matching that keeps wishes, places and limits of states.

    A maximum flow from candidates over their wishes to the places, by SciPy (Dinic). Only the size
    is used: other optima of the same size place other people. Cost: wishes x sqrt(candidates).
    """
    postings = {posting.id: place for place, posting in enumerate(market.postings)}
    people, lines, limits = len(market.candidates), len(postings), len(market.caps)
    wishes = [len(candidate.wishes) for candidate in market.candidates]
    first_line, first_cap = 1 + people, 1 + people + lines
    sink = first_cap + limits
    asked = np.fromiter(
        (postings[wish.posting] for person in market.candidates for wish in person.wishes),
        dtype=np.int32,
        count=sum(wishes),
    )
    capped = {name: place for place, cap in enumerate(market.caps) for name in cap.postings}
    after_line = [
        first_cap + capped[posting.id] if posting.id in capped else sink
        for posting in market.postings
    ]
    indices = [np.arange(1, first_line), first_line + asked, after_line, [sink] * limits]
    quotas = [min(posting.quota, people) for posting in market.postings]
    limited = [min(cap.limit, people) for cap in market.caps]
    room = [np.ones(people + len(asked)), quotas, limited]
    rows = np.concatenate([[0, people], wishes, np.ones(lines + limits), [0]])
    graph = csr_array(
        (_joined(room), _joined(indices), np.cumsum(rows).astype(np.int32)),
        shape=(sink + 1, sink + 1),
    )
    graph.sort_indices()
    return int(maximum_flow(graph, 0, sink).flow_value)


def _joined(parts: list[Any]) -> NDArray[np.int32]:
    joined: NDArray[np.int32] = np.concatenate(parts).astype(np.int32)
    return joined
