"""One candidate's reasons from a market in arrays, reading their own path only."""

from .archives import NamedMarket
from .arrays import NOBODY, SEATS, ArrayPlan
from .errors import refusal
from .explaining import Case, Explanation, UnknownCandidateError, explain_in
from .types import CLOSED, Assignment, Bar, Candidate, Wish


def explain_arrays(named: NamedMarket, plan: ArrayPlan, candidate_id: str) -> Explanation:
    """Return the reasons behind one candidate's result, as `explain` does for objects.

    Raises UnknownCandidateError, or InputError if the plan contradicts itself.
    """
    market = named.market
    try:
        me = named.candidate(candidate_id)
    except LookupError as error:
        raise UnknownCandidateError(candidate_id) from error
    part = slice(int(market.indptr[me]), int(market.indptr[me + 1]))
    listed = market.posting[part].tolist()
    points = market.points[part].tolist()
    protected = bool(market.protected[me])
    names = [named.posting_id(posting) for posting in listed]
    bars = {
        (name, protected): _bar(named, plan, posting, protected)
        for name, posting in zip(names, listed, strict=True)
    }
    ranks = {candidate_id: int(market.lottery[me])}
    for bar in bars.values():
        if bar is not None and bar.candidate is not None:
            ranks[bar.candidate] = int(market.lottery[named.candidate(bar.candidate)])
    wishes = tuple(Wish(name, value) for name, value in zip(names, points, strict=True))
    case = Case(ranks, bars, {candidate_id: _assignment(named, plan, me)}, len(market.protected))
    return explain_in(case, Candidate(candidate_id, protected, wishes))


def _assignment(named: NamedMarket, plan: ArrayPlan, me: int) -> Assignment:
    posting, seat = int(plan.assignment[me]), int(plan.seat[me])
    if not (0 <= posting < len(named.market.quota) and 0 <= seat < len(SEATS)):
        return Assignment(named.candidate_id(me), None, None)
    return Assignment(named.candidate_id(me), named.posting_id(posting), SEATS[seat])


def _bar(named: NamedMarket, plan: ArrayPlan, posting: int, protected: bool) -> Bar | None:
    side = "protected" if protected else "others"
    points = int(getattr(plan, f"{side}_points")[posting])
    candidate = int(getattr(plan, f"{side}_candidate")[posting])
    if points == NOBODY:
        return None
    if points == CLOSED.points:
        return CLOSED
    if not 0 <= candidate < len(named.market.protected):
        raise refusal(f"{side}_candidate[{posting}]", "is no candidate; verify the plan")
    return Bar(points, named.candidate_id(candidate))
