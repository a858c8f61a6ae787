"""Why a person got what they got: from published cut-offs and their own numbers, naming nobody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearinghouse import engine
from clearinghouse.applications.enums import Check
from clearinghouse.applications.queries import list_own
from clearinghouse.matching import snapshot
from clearinghouse.matching.enums import WishResult
from clearinghouse.matching.models import Decision, PostingResult, Round, Run, SealedPosting
from clearinghouse.matching.permissions import not_found
from clearinghouse.matching.queries.results import decision_for
from clearinghouse.quotas.enums import Criterion, Reason
from clearinghouse.quotas.queries import list_by_ids

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker
    from clearinghouse.quotas.models import Quota


@dataclass(frozen=True, slots=True)
class WishExplanation:
    """How one wish ended.

    `choice` is the rank on the person's own list. `cutoff` is the bar of the person's group that
    was not met, `gap` how many points were missing (0: equal points, the lottery decided),
    `points_needed` what would have met that bar. `parts` splits the
    points by criterion. `reasons` says what was not met where the person is not eligible.
    """

    choice: int
    quota: "Quota"
    posting: str
    result: WishResult
    points: int | None
    parts: tuple[tuple[Criterion, int], ...]
    cutoff: int | None
    gap: int | None
    points_needed: int | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One person's result: the place if any, the own lottery place of how many, and every wish.

    `lottery_place` counts from 1, which is the best of `lottery_of`. `run` decided it; `candidate`
    is the person's name in the round.
    """

    round: Round
    run: Run
    candidate: str
    generation: int
    quota: "Quota | None"
    seat: str
    counted_as_protected: bool
    lottery_place: int
    lottery_of: int
    wishes: tuple[WishExplanation, ...]

    @property
    def placed(self) -> bool:
        """Tell whether the person got a place."""
        return self.quota is not None


def explain_for(worker: "Worker", round_: Round) -> Explanation:
    """Explain a released round to a person who took part; else `NotFound`.

    Cost: one ballot and its postings, whatever the size of the round.
    """
    decision = decision_for(worker.pk, round_)
    if decision is None:
        raise not_found()
    wished = SealedPosting.objects.filter(round=round_, number__in=decision.entry.postings)
    sealed = dict(wished.values_list("quota_id", "posting"))
    quotas = {sealed[quota.pk]: quota for quota in list_by_ids(sealed)}
    wishes = [*_decided(decision, round_, quotas), *_left_out(decision, round_, worker)]
    return Explanation(
        round=round_,
        run=decision.run,
        candidate=decision.entry.candidate,
        generation=decision.run.generation,
        quota=decision.quota,
        seat=decision.seat,
        counted_as_protected=decision.entry.protected,
        lottery_place=decision.lottery + 1,
        lottery_of=decision.run.rows_read,
        wishes=tuple(sorted(wishes, key=lambda wish: wish.choice)),
    )


def _decided(
    decision: Decision, round_: Round, quotas: Mapping[str, "Quota"]
) -> list[WishExplanation]:
    entry = decision.entry
    results = PostingResult.objects.filter(
        run=decision.run, quota_id__in=[quota.pk for quota in quotas.values()]
    )
    market, cutoffs = snapshot.mini_market(round_, entry, results)
    holder = engine.Assignment(entry.candidate, _name_of(decision, quotas), _seat(decision))
    others = (
        engine.Assignment(candidate.id, None, None)
        for candidate in market.candidates
        if candidate.id != entry.candidate
    )
    plan = engine.Plan(
        engine=decision.run.engine_version,
        market_digest=engine.market_digest(market),
        assignments=(holder, *others),
        cutoffs=cutoffs,
        digest="",
    )
    outcomes = engine.explain(market, plan, entry.candidate).wishes
    return [
        WishExplanation(
            choice=rank,
            quota=quotas[outcome.posting],
            posting=outcome.posting,
            result=WishResult(outcome.reason.value),
            points=outcome.points,
            parts=tuple(zip(Criterion, parts, strict=True)),
            cutoff=outcome.cutoff_points,
            gap=outcome.points_short,
            points_needed=outcome.points_needed,
            reasons=(),
        )
        for rank, parts, outcome in zip(entry.ranks, entry.parts, outcomes, strict=True)
    ]


def _left_out(decision: Decision, round_: Round, worker: "Worker") -> Iterator[WishExplanation]:
    """Yield the wishes for postings of this round that did not come into the ballot."""
    taking_part = set(SealedPosting.objects.filter(round=round_).values_list("quota_id", flat=True))
    application = list_own(worker).filter(pk=decision.entry.application_id).first()
    for wish in application.wishes.all() if application else ():
        if wish.quota_id not in taking_part or wish.rank in decision.entry.ranks:
            continue
        refused = wish.check_status == Check.NOT_ELIGIBLE
        yield WishExplanation(
            choice=wish.rank,
            quota=wish.quota,
            posting=wish.quota.reference,
            result=WishResult.NOT_ELIGIBLE if refused else WishResult.NOT_CHECKED,
            points=None,
            parts=(),
            cutoff=None,
            gap=None,
            points_needed=None,
            reasons=tuple(Reason(reason) for reason in wish.reasons),
        )


def _name_of(decision: Decision, quotas: Mapping[str, "Quota"]) -> str | None:
    return next((name for name, quota in quotas.items() if quota.pk == decision.quota_id), None)


def _seat(decision: Decision) -> engine.Seat | None:
    return engine.Seat(decision.seat) if decision.seat else None
