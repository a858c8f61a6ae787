"""Counts what a plan does for groups of people. Values in, whole numbers out."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

from clearinghouse import engine

Measure = dict[str, int]
PEOPLE: Final = (
    "placed",
    "protected_placed",
    "rank_sum",
    "protected_rank_sum",
    "first",
    "protected_first",
)
PLACES: Final = ("places", "reserve", "reserve_filled", "reserve_reverted")


def measure(
    market: engine.Market, plan: engine.Plan, focus: Collection[str] = ()
) -> dict[str, Measure | dict[str, Measure]]:
    """Count a plan over the whole market, by posting state, and at the postings in `focus`.

    `market` is the whole one: ranks are those of its wishes, 1 the first, also for the plan of a
    later round. With reserve-first, places beyond quota minus reserve that the plan calls open are
    reserved places that went to anybody, and are counted as reverted.
    """
    counts = {posting.id: _places(posting) for posting in market.postings}
    placed = {row.candidate: row for row in plan.assignments if row.posting is not None}
    opened: Counter[str] = Counter()
    for candidate in market.candidates:
        row = placed.get(candidate.id)
        if row is None or row.posting is None:
            continue
        _count_person(counts[row.posting], candidate, row.posting)
        if row.seat is engine.Seat.RESERVED:
            counts[row.posting]["reserve_filled"] += 1
        elif row.seat is engine.Seat.REVERTED:
            counts[row.posting]["reserve_reverted"] += 1
        else:
            opened[row.posting] += 1
    for posting in market.postings:
        beyond = opened[posting.id] - (posting.quota - posting.reserve)
        counts[posting.id]["reserve_reverted"] += max(0, beyond)
    by_state: dict[str, Measure] = {}
    whole = _empty()
    for posting in market.postings:
        _add(by_state.setdefault(posting.state, _empty()), counts[posting.id])
        _add(whole, counts[posting.id])
    return {
        "all": whole,
        "states": by_state,
        "postings": {name: counts[name] for name in sorted(focus) if name in counts},
    }


def _empty() -> Measure:
    return dict.fromkeys((*PEOPLE, *PLACES), 0)


def _places(posting: engine.Posting) -> Measure:
    return {**_empty(), "places": posting.quota, "reserve": posting.reserve}


def _count_person(counts: Measure, candidate: engine.Candidate, posting: str) -> None:
    rank = 1 + [wish.posting for wish in candidate.wishes].index(posting)
    groups = ("", "protected_") if candidate.protected else ("",)
    for group in groups:
        counts[f"{group}placed"] += 1
        counts[f"{group}rank_sum"] += rank
        counts[f"{group}first"] += rank == 1


def _add(total: Measure, part: Mapping[str, int]) -> None:
    for name, value in part.items():
        total[name] += value
