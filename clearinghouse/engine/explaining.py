"""Why a candidate got what they got, computed from the published cut-offs alone.

It names cut-offs and the candidate's own numbers, never other people. Source: matching page,
section 4 (Explanation).
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from .errors import refusal
from .lottery import lottery_ranks
from .reasons import Reason
from .types import CLOSED, POINTS_MAX, Assignment, Bar, Candidate, Market, Plan, Seat, Wish
from .writing import market_digest


class UnknownCandidateError(LookupError):
    """The market knows nobody by that id."""


@dataclass(frozen=True, slots=True)
class WishOutcome:
    """How one wish ended.

    `cutoff_points` is the bar that was not met, `points_short` how far below it the candidate
    stood (0: same points, the lottery decided), `points_needed` the points that meet the bar (None:
    nobody can have so many). It promises no place: who moves up can move others.
    """

    choice: int
    posting: str
    points: int
    reason: Reason
    cutoff_points: int | None = None
    points_short: int | None = None
    points_needed: int | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """One candidate's result with its reasons; lottery rank 0 is the best of `candidates`."""

    candidate: str
    protected: bool
    lottery_rank: int
    candidates: int
    posting: str | None
    seat: Seat | None
    wishes: tuple[WishOutcome, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """What every explanation of one plan needs; the ranks may be those of a path only."""

    ranks: Mapping[str, int]
    bars: Mapping[tuple[str, bool], Bar | None]
    assignments: Mapping[str, Assignment]
    candidates: int


def explain(market: Market, plan: Plan, candidate_id: str) -> Explanation:
    """Return the reasons behind one candidate's result.

    Raises UnknownCandidateError, or InputError if the plan belongs to another market. For many
    people use explain_all, which reads the plan once.
    """
    for candidate in market.candidates:
        if candidate.id == candidate_id:
            return explain_in(_open_case(market, plan), candidate)
    raise UnknownCandidateError(candidate_id)


def explain_all(market: Market, plan: Plan) -> Iterator[Explanation]:
    """Yield the explanation of every candidate in the market's order. Raises as explain does."""
    case = _open_case(market, plan)
    for candidate in market.candidates:
        yield explain_in(case, candidate)


def explanation_to_json(explanation: Explanation) -> dict[str, object]:
    """Return the explanation as a JSON object: reason codes and numbers, for any language."""
    return asdict(explanation)


def _open_case(market: Market, plan: Plan) -> Case:
    if plan.market_digest != market_digest(market):
        raise refusal("market_digest", "the plan belongs to another market")
    assignments = {assignment.candidate: assignment for assignment in plan.assignments}
    bars = _bars_on_path(plan)
    if any(candidate.id not in assignments for candidate in market.candidates):
        raise refusal("assignments", "somebody in the market is missing; verify the plan")
    if any((posting.id, False) not in bars for posting in market.postings):
        raise refusal("cutoffs", "a posting of the market is missing; verify the plan")
    ranks = lottery_ranks(market.seed, (candidate.id for candidate in market.candidates))
    return Case(ranks, bars, assignments, len(ranks))


def _bars_on_path(plan: Plan) -> dict[tuple[str, bool], Bar | None]:
    """Return the bar a person must meet per posting and group.

    The bar published for a posting already includes that of its cap (see find_cutoffs).
    """
    return {
        (cutoff.posting, protected): cutoff.protected if protected else cutoff.others
        for cutoff in plan.cutoffs
        for protected in (False, True)
        if cutoff.posting is not None
    }


def explain_in(case: Case, candidate: Candidate) -> Explanation:
    """Return the reasons behind one candidate's result in a case that knows their path."""
    assignment = case.assignments[candidate.id]
    outcomes: list[WishOutcome] = []
    settled = False
    for choice, wish in enumerate(candidate.wishes, start=1):
        if settled:
            outcomes.append(WishOutcome(choice, wish.posting, wish.points, Reason.PLACED_HIGHER))
        elif wish.posting == assignment.posting:
            settled = True
            outcomes.append(WishOutcome(choice, wish.posting, wish.points, Reason.PLACED))
        else:
            outcomes.append(_missed(case, candidate, choice, wish))
    return Explanation(
        candidate=candidate.id,
        protected=candidate.protected,
        lottery_rank=case.ranks[candidate.id],
        candidates=case.candidates,
        posting=assignment.posting,
        seat=assignment.seat,
        wishes=tuple(outcomes),
    )


def _missed(case: Case, candidate: Candidate, choice: int, wish: Wish) -> WishOutcome:
    bar = case.bars[wish.posting, candidate.protected]
    if bar == CLOSED:
        return WishOutcome(choice, wish.posting, wish.points, Reason.NO_PLACE_FOR_GROUP)
    rival = None if bar is None or bar.candidate is None else case.ranks.get(bar.candidate)
    if bar is None or rival is None or wish.points > bar.points:
        raise refusal("cutoffs", f"contradict the result at {wish.posting!r}; verify the plan")
    # With the bar's own points the better lottery number decides; otherwise it takes one more.
    loses_tie = case.ranks[candidate.id] > rival
    needed = bar.points + loses_tie
    return WishOutcome(
        choice=choice,
        posting=wish.posting,
        points=wish.points,
        reason=Reason.CUTOFF_NOT_MET if wish.points < bar.points else Reason.LOTTERY_NOT_MET,
        cutoff_points=bar.points,
        points_short=bar.points - wish.points,
        points_needed=needed if needed <= POINTS_MAX else None,
    )
