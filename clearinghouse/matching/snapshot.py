"""The only translator between sealed rows and the engine's values, in both directions.

It reads what the round has sealed and what a run has written, never a live table: no quota, no
profile, no determination. So nothing that is edited after the seal can change a result.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from clearinghouse import engine
from clearinghouse.matching.enums import ReserveCause, Seat
from clearinghouse.matching.models import (
    Decision,
    PostingResult,
    Round,
    Run,
    SealedEntry,
    SealedPosting,
)

_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Filled:
    """How a plan fills one posting; the four numbers add up to its places."""

    opened: int
    reserved: int
    reverted: int
    free: int
    cause: ReserveCause


def take(round_: Round) -> engine.Market:
    """Return the market that a round has sealed, with its seed once that is drawn."""
    rows = list(SealedPosting.objects.filter(round=round_).order_by("number"))
    names = [row.posting for row in rows]
    entries = SealedEntry.objects.filter(round=round_).values_list(
        "candidate", "protected", "postings", "points"
    )
    candidates = (
        _candidate(names, *entry) for entry in entries.order_by("pk").iterator(chunk_size=_CHUNK)
    )
    return engine.Market(
        seed=round_.seed,
        postings=tuple(sorted(map(_posting, rows), key=lambda posting: posting.id)),
        caps=(),
        candidates=tuple(sorted(candidates, key=lambda candidate: candidate.id)),
    )


def take_for(run: Run) -> engine.Market:
    """Return the market of one run: the sealed one, less those whom a refill leaves out."""
    return engine.market_without(take(run.round), frozenset(run.withdrawn), run.accepted)


def stream(round_: Round, *, first: str = "", before: str = "") -> Iterator[engine.Candidate]:
    """Yield the sealed candidates by ascending id, from `first` on and up to but without `before`.

    Memory is bounded. Ids are digits of equal length, which every collation sorts as bytes do.
    """
    entries = SealedEntry.objects.filter(round=round_, candidate__gte=first)
    if before:
        entries = entries.filter(candidate__lt=before)
    columns = ("candidate", "protected", "postings", "points")
    rows = entries.order_by("candidate").values_list(*columns)
    postings = SealedPosting.objects.filter(round=round_).order_by("number")
    names = list(postings.values_list("posting", flat=True))
    return (_candidate(names, *row) for row in rows.iterator(chunk_size=_CHUNK))


def plan_of(run: Run) -> engine.Plan:
    """Return the plan of a finished run, put together again from the rows that it wrote."""
    names = dict(
        SealedPosting.objects.filter(round_id=run.round_id).values_list("quota_id", "posting")
    )
    decisions = Decision.objects.filter(run=run).values_list("entry__candidate", "quota_id", "seat")
    results = PostingResult.objects.filter(run=run)
    return engine.Plan(
        engine=run.engine_version,
        market_digest=run.market_digest,
        assignments=tuple(
            engine.Assignment(
                candidate,
                None if quota_id is None else names[quota_id],
                engine.Seat(seat) if seat else None,
            )
            # Sorted here: a database may sort by the rules of a language.
            for candidate, quota_id, seat in sorted(decisions.iterator(chunk_size=_CHUNK))
        ),
        cutoffs=tuple(sorted((cutoff_of(row, names[row.quota_id]) for row in results), key=_name)),
        digest=run.plan_digest,
    )


def cutoff_of(row: PostingResult, posting: str) -> engine.Cutoff:
    """Return the two bars of one posting as the engine states them."""
    return engine.Cutoff(
        posting=posting,
        cap=None,
        others=_bar(row.others_points, row.others_candidate),
        protected=_bar(row.protected_points, row.protected_candidate),
    )


def fill(market: engine.Market, plan: engine.Plan) -> dict[str, Filled]:
    """Count how a plan fills each posting, and say why reserved places went to others.

    With reserve-first the engine calls every place outside the reserve open; those beyond places
    minus reserve are reserved places that reverted, and are counted as such.
    """
    seats: dict[tuple[str, Seat], int] = {}
    for assignment in plan.assignments:
        if assignment.posting is not None and assignment.seat is not None:
            key = (assignment.posting, Seat(assignment.seat.value))
            seats[key] = seats.get(key, 0) + 1
    wanted = {
        wish.posting
        for candidate in market.candidates
        if candidate.protected
        for wish in candidate.wishes
    }
    return {posting.id: _filled(posting, seats, wanted) for posting in market.postings}


def mini_market(
    round_: Round, entry: SealedEntry, results: Iterable[PostingResult]
) -> tuple[engine.Market, tuple[engine.Cutoff, ...]]:
    """Return a market of one ballot and of the cut-offs at its postings, for an explanation.

    It holds nobody else: a cut-off's holder appears as a bare number of the lottery. So an
    explanation costs the same whatever the size of the round.
    """
    wished = SealedPosting.objects.filter(round=round_, number__in=entry.postings)
    rows = {row.quota_id: row for row in wished}
    names = {row.number: row.posting for row in rows.values()}
    postings = tuple(_posting(row) for row in rows.values())
    cutoffs = tuple(
        cutoff_of(result, rows[result.quota_id].posting)
        for result in results
        if result.quota_id in rows
    )
    holders = {
        bar.candidate
        for cutoff in cutoffs
        for bar in (cutoff.others, cutoff.protected)
        if bar is not None and bar.candidate is not None
    } - {entry.candidate}
    me = _candidate(names, entry.candidate, entry.protected, entry.postings, entry.points)
    others = (engine.Candidate(name, protected=False, wishes=()) for name in sorted(holders))
    return engine.Market(round_.seed, postings, (), (me, *others)), cutoffs


def pairs(market: engine.Market, plan: engine.Plan) -> Iterator[tuple[engine.Assignment, int]]:
    """Yield each assignment with the rank of the candidate's lottery number; 0 is the best."""
    ranks: Mapping[str, int] = engine.lottery_ranks(
        market.seed, (candidate.id for candidate in market.candidates)
    )
    for assignment in plan.assignments:
        yield assignment, ranks[assignment.candidate]


def _posting(row: SealedPosting) -> engine.Posting:
    order = engine.Order(row.order)
    return engine.Posting(row.posting, row.state, row.places, row.reserve, order)


def _candidate(
    names: Sequence[str] | Mapping[int, str],
    name: str,
    protected: bool,
    postings: list[int],
    points: list[int],
) -> engine.Candidate:
    wishes = zip(postings, points, strict=True)
    return engine.Candidate(
        name, protected, tuple(engine.Wish(names[number], score) for number, score in wishes)
    )


def _bar(points: int | None, candidate: str) -> engine.Bar | None:
    return None if points is None else engine.Bar(points, candidate or None)


def _name(cutoff: engine.Cutoff) -> str:
    return cutoff.posting or ""


def _filled(
    posting: engine.Posting, seats: Mapping[tuple[str, Seat], int], wanted: set[str]
) -> Filled:
    opened = seats.get((posting.id, Seat.OPEN), 0)
    reserved = seats.get((posting.id, Seat.RESERVED), 0)
    reverted = seats.get((posting.id, Seat.REVERTED), 0)
    beyond = max(0, opened - (posting.quota - posting.reserve))
    opened, reverted = opened - beyond, reverted + beyond
    cause = ReserveCause.NONE
    if reserved < posting.reserve:
        asked = posting.id in wanted
        cause = ReserveCause.PLACED_HIGHER if asked else ReserveCause.NO_ELIGIBLE
    return Filled(opened, reserved, reverted, posting.quota - opened - reserved - reverted, cause)
