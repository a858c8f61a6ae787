"""Lays a market and a plan side by side for the verifier's questions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from clearinghouse.engine.lottery import lottery_ranks
from clearinghouse.engine.types import Assignment, Candidate, Market, Plan, Seat

from .rule import Claim, Line, Priority, lines_of


@dataclass(frozen=True, slots=True)
class Case:
    """A plan under examination.

    `held` are the places people hold, `wanted` the postings people prefer to what they got, both
    by posting; `names` lists candidates by lottery rank. Rows of the plan that make no sense
    count as unplaced; the paperwork names them.
    """

    market: Market
    plan: Plan
    ranks: Mapping[str, int]
    lines: Sequence[Line]
    held: Mapping[str, Mapping[Claim, Seat]]
    wanted: Mapping[str, Sequence[Claim]]

    names: Sequence[str]

    def priority(self, candidate: str | None, points: int) -> Priority | None:
        """Return a candidate's priority with these points, None for a stranger."""
        rank = None if candidate is None else self.ranks.get(candidate)
        return None if rank is None else (points, -rank)


def open_case(market: Market, plan: Plan) -> Case:
    """Return the case of a plan. Raises InputError if the market's seed is not drawn."""
    ranks = lottery_ranks(market.seed, (candidate.id for candidate in market.candidates))
    rows: dict[str, Assignment] = {}
    for assignment in plan.assignments:
        rows.setdefault(assignment.candidate, assignment)
    held: dict[str, dict[Claim, Seat]] = {posting.id: {} for posting in market.postings}
    wanted: dict[str, list[Claim]] = {posting.id: [] for posting in market.postings}
    for candidate in market.candidates:
        row = rows.get(candidate.id)
        for claim in _claims(candidate, ranks[candidate.id]):
            if row and row.seat and claim.posting == row.posting:
                held[claim.posting][claim] = row.seat
                break
            wanted[claim.posting].append(claim)
    return Case(market, plan, ranks, lines_of(market), held, wanted, tuple(ranks))


def _claims(candidate: Candidate, rank: int) -> Iterator[Claim]:
    for wish in candidate.wishes:
        yield Claim((wish.points, -rank), wish.posting, candidate.id, candidate.protected)
