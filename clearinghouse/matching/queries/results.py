"""Reads of results: for the public in numbers, for the secretariat under pseudonyms."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from clearinghouse import engine
from clearinghouse.matching import snapshot
from clearinghouse.matching.enums import ReserveCause, Seat, Status
from clearinghouse.matching.models import (
    Decision,
    PostingResult,
    Round,
    Run,
    SealedEntry,
    SealedPosting,
)
from clearinghouse.matching.permissions import check_can_read_sealed, check_can_see_figures
from clearinghouse.matching.queries.runs import find_applied_run, latest_finished_run
from clearinghouse.shared.errors import NotFound

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota

from clearinghouse.quotas.queries import list_by_ids


@dataclass(frozen=True, slots=True)
class PublicResult:
    """How one posting was filled, as everybody may read it.

    None stands for a number that is not shown, because it would say too much about a few people.
    Cut-offs are points; None means that everybody who asked for the posting got it or better, and
    more points than anyone can have, that the group got no place. Where `suppressed`, the cut-off
    of protected people is withheld too: it would say whether the reserve was filled.
    """

    quota: "Quota"
    posting: str
    state: str
    places: int
    reserve: int
    order: str
    filled: int
    free: int
    reserved_filled: int | None
    reverted: int | None
    reserve_cause: str | None
    others_points: int | None
    protected_points: int | None

    @property
    def suppressed(self) -> bool:
        """Tell whether numbers about protected people are withheld here."""
        return self.reserved_filled is None

    @property
    def others_closed(self) -> bool:
        """Tell whether no place was open to others than protected people."""
        return _closed(self.others_points)

    @property
    def protected_closed(self) -> bool | None:
        """Tell whether no place was open to protected people; None if that is withheld."""
        return None if self.suppressed else _closed(self.protected_points)

    @property
    def cutoff_others(self) -> int | None:
        """Return the cut-off of others; None if everybody or nobody got in."""
        return None if _closed(self.others_points) else self.others_points

    @property
    def cutoff_protected(self) -> int | None:
        """Return the cut-off of protected people; None if withheld, or everybody or nobody."""
        return None if _closed(self.protected_points) else self.protected_points

    @property
    def cause_label(self) -> str:
        """Return why reserved places went to others, in the active language; empty if withheld."""
        return "" if self.reserve_cause is None else str(ReserveCause(self.reserve_cause).label)


@dataclass(frozen=True, slots=True)
class Summary:
    """A round in numbers, as everybody may read it; None stands for a number that is not shown.

    `generation` is that of the run that offers follow now, with its digests.
    """

    applicants: int
    postings: int
    places: int
    reserve: int
    placed: int
    protected_placed: int | None
    reserved_filled: int | None
    generation: int
    market_digest: str
    plan_digest: str


@dataclass(frozen=True, slots=True)
class Figures:
    """A round in numbers, whole; for the secretariat only."""

    candidates: int
    protected_candidates: int
    placed: int
    protected_placed: int
    places: int
    reserved_places: int
    reserve_filled: int
    reserve_reverted: int
    verified: bool
    market_digest: str
    plan_digest: str
    pid: int | None
    host: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A run computed again from sealed rows, beside what it wrote."""

    generation: int
    market_digest: str
    plan_digest: str
    stored_market_digest: str
    stored_plan_digest: str
    rows_plan_digest: str
    findings: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Tell whether rows, digests and the plan computed now are the same, and sound."""
        return (
            self.market_digest == self.stored_market_digest
            and self.plan_digest == self.stored_plan_digest == self.rows_plan_digest
            and not self.findings
        )


def list_results(round_: Round) -> list[PublicResult]:
    """List how each posting of a released round stands now, by reference; else nothing."""
    run = find_applied_run(round_)
    if round_.status != Status.RELEASED or run is None:
        return []
    sealed = {row.quota_id: row for row in SealedPosting.objects.filter(round=round_)}
    quotas = {quota.pk: quota for quota in list_by_ids(sealed)}
    results = PostingResult.objects.filter(run=run)
    rows = [_public(result, sealed[result.quota_id], quotas[result.quota_id]) for result in results]
    return sorted(rows, key=lambda row: row.posting)


def summary_of(round_: Round) -> Summary | None:
    """Sum up a released round; None before the release.

    Totals about protected people are withheld if they are small, or if the difference between the
    total and the postings that are shown would be.
    """
    run = find_applied_run(round_)
    if round_.status != Status.RELEASED or run is None:
        return None
    figures = _figures(round_, run)
    rows = list_results(round_)
    hidden = figures.reserve_filled - sum(row.reserved_filled or 0 for row in rows)
    # Zero withheld or enough withheld tells nothing about a few people.
    sound = not any(row.suppressed for row in rows) or hidden >= settings.SMALLEST_PUBLIC_CELL
    return Summary(
        applicants=figures.candidates,
        postings=len(rows),
        places=figures.places,
        reserve=figures.reserved_places,
        placed=figures.placed,
        protected_placed=_shown(figures.protected_placed) if sound else None,
        reserved_filled=_shown(figures.reserve_filled) if sound else None,
        generation=run.generation,
        market_digest=run.market_digest,
        plan_digest=run.plan_digest,
    )


def figures_of(round_: Round, *, actor: Any) -> Figures | None:
    """Return the whole numbers of a round's newest finished run; None before there is one."""
    check_can_see_figures(actor, round_)
    run = latest_finished_run(round_)
    return None if run is None else _figures(round_, run)


def decision_for(worker_id: int, round_: Round) -> Decision | None:
    """Find what a released round decided for a person; None before the release or if not in it.

    A refill decides only about people who have not answered, so the newest run that did counts.
    """
    if round_.status != Status.RELEASED:
        return None
    rows = Decision.objects.filter(
        run__round=round_, run__applied_at__isnull=False, entry__worker_id=worker_id
    )
    rows = rows.select_related("run", "entry", "quota__state", "quota__occupation")
    for decision in rows.order_by("-run__generation"):
        if decision.entry.candidate not in decision.run.accepted:
            return decision
    return None


def find_entry(worker_id: int, round_: Round) -> SealedEntry | None:
    """Find the ballot that a round has sealed for a person."""
    return SealedEntry.objects.filter(round=round_, worker_id=worker_id).first()


def market_json(round_: Round, *, actor: Any, generation: int = 0) -> dict[str, object] | None:
    """Return a market in format mvch-market/1, under the round's pseudonyms; None if there is none.

    Generation 0 is the sealed market, also before its run; later ones are those of refills.
    """
    check_can_read_sealed(actor, round_)
    if generation == 0:
        return engine.market_to_json(snapshot.take(round_))
    run = _finished(round_, generation)
    return None if run is None else engine.market_to_json(snapshot.take_for(run))


def plan_json(round_: Round, *, actor: Any, generation: int = 0) -> dict[str, object] | None:
    """Return a plan in format mvch-plan/1, put together from its rows; None if there is none."""
    check_can_read_sealed(actor, round_)
    run = _finished(round_, generation)
    return None if run is None else engine.plan_to_json(snapshot.plan_of(run))


def replay(round_: Round, *, actor: Any) -> list[Replay]:
    """Compute every finished run of a round again from its sealed rows, oldest first."""
    check_can_read_sealed(actor, round_)
    runs = Run.objects.filter(round=round_, finished_at__isnull=False).exclude(plan_digest="")
    return [_replay(run) for run in runs.select_related("round").order_by("generation")]


def _replay(run: Run) -> Replay:
    market = snapshot.take_for(run)
    plan = engine.match(market)
    stored = snapshot.plan_of(run)
    return Replay(
        generation=run.generation,
        market_digest=engine.market_digest(market),
        plan_digest=plan.digest,
        stored_market_digest=run.market_digest,
        stored_plan_digest=run.plan_digest,
        rows_plan_digest=engine.plan_digest(stored),
        findings=tuple(finding.message for finding in engine.verify(market, stored)),
    )


def _finished(round_: Round, generation: int) -> Run | None:
    runs = Run.objects.select_related("round").filter(round=round_, generation=generation)
    run = runs.exclude(plan_digest="").first()
    if run is not None and run.discarded_at is not None:
        raise NotFound(_("There is no such file."))
    return run


def _figures(round_: Round, run: Run) -> Figures:
    placed = Q(quota__isnull=False)
    protected = Q(entry__protected=True)
    people = Decision.objects.filter(run=run).aggregate(
        placed=Count("entry", filter=placed), protected=Count("entry", filter=placed & protected)
    )
    seats = Decision.objects.filter(run=run, seat=Seat.RESERVED).count()
    reverted = PostingResult.objects.filter(run=run).aggregate(sum=Sum("reverted", default=0))
    entries = SealedEntry.objects.filter(round=round_)
    postings = SealedPosting.objects.filter(round=round_).aggregate(
        places=Sum("places", default=0), reserve=Sum("reserve", default=0)
    )
    return Figures(
        candidates=entries.count(),
        protected_candidates=entries.filter(protected=True).count(),
        placed=people["placed"],
        protected_placed=people["protected"],
        places=postings["places"],
        reserved_places=postings["reserve"],
        reserve_filled=seats,
        reserve_reverted=reverted["sum"],
        verified=round_.verified_at is not None,
        market_digest=run.market_digest,
        plan_digest=run.plan_digest,
        pid=run.pid,
        host=run.host,
    )


def _public(result: PostingResult, sealed: SealedPosting, quota: "Quota") -> PublicResult:
    filled = result.open_filled + result.reserved_filled + result.reverted
    # A reserve below the smallest cell is always withheld, so that withholding says nothing.
    shown = not sealed.reserve or _shown(result.reserved_filled) is not None
    return PublicResult(
        quota=quota,
        posting=sealed.posting,
        state=sealed.state,
        places=sealed.places,
        reserve=sealed.reserve,
        order=sealed.order,
        filled=filled,
        free=result.free,
        reserved_filled=result.reserved_filled if shown else None,
        reverted=result.reverted if shown else None,
        reserve_cause=result.reserve_cause if shown else None,
        others_points=result.others_points,
        protected_points=result.protected_points if shown else None,
    )


def _shown(count: int) -> int | None:
    return count if count >= settings.SMALLEST_PUBLIC_CELL else None


def _closed(points: int | None) -> bool:
    return points is not None and points >= engine.CLOSED.points
