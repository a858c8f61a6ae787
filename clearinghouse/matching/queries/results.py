"""Reads of results: for the public in numbers, for the secretariat under pseudonyms."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from clearinghouse import engine
from clearinghouse.matching import snapshot
from clearinghouse.matching.enums import Seat, Status
from clearinghouse.matching.models import (
    Decision,
    PostingResult,
    Round,
    Run,
    SealedEntry,
    SealedPosting,
)
from clearinghouse.matching.permissions import (
    can_read_sealed,
    check_can_read_sealed,
    check_can_see_figures,
)
from clearinghouse.matching.queries.runs import latest_finished_run
from clearinghouse.quotas.queries import list_by_ids
from clearinghouse.shared.errors import NotFound
from clearinghouse.statistics.enums import Kind, Precision
from clearinghouse.statistics.queries import cells_of, find_release
from clearinghouse.statistics.rules import Shown, shown_from

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota
    from clearinghouse.statistics.models import Release


@dataclass(frozen=True, slots=True)
class PublicResult:
    """How one posting was filled, as everybody may read it: from the newest release of numbers.

    Cut-offs are points; None means that everybody who asked for the posting got it or better, and
    more points than anyone can have, that the group got no place. Where `suppressed`, the cut-off
    of protected people is withheld: it would say whether a small reserve was filled.
    """

    quota: "Quota"
    posting: str
    state: str
    places: int
    reserve: int
    order: str
    filled: Shown
    full: bool
    others_points: int | None
    protected_points: int | None
    suppressed: bool

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


@dataclass(frozen=True, slots=True)
class Summary:
    """A round in numbers, as everybody may read it: one release of them.

    `generation` is that of the run that was counted, with its digests.
    """

    release: "Release"
    applicants: Shown
    postings: int
    places: int
    reserve: int
    placed: Shown
    protected_placed: Shown
    reserved_filled: Shown
    generation: int
    market_digest: str
    plan_digest: str


@dataclass(frozen=True, slots=True)
class Figures:
    """A round in numbers, whole; for the secretariat only.

    Numbers of protected people are None for those who may not read the sealed input.
    """

    candidates: int
    protected_candidates: int | None
    placed: int
    protected_placed: int | None
    places: int
    reserved_places: int
    reserve_filled: int | None
    reserve_reverted: int | None
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
    """List how each posting of a round was filled, by reference; nothing before the release."""
    release = _release(round_)
    if release is None:
        return []
    sealed = {row.quota_id: row for row in SealedPosting.objects.filter(round=round_)}
    rows = [_public(sealed[quota.pk], quota, release) for quota in list_by_ids(sealed)]
    return sorted(rows, key=lambda row: row.posting)


def summary_of(round_: Round) -> Summary | None:
    """Sum up a released round; None before the release."""
    release = _release(round_)
    if release is None:
        return None
    cells, content = cells_of(release), release.content
    return Summary(
        release=release,
        applicants=cells["applicants"],
        postings=len(content["postings"]),
        places=content["places"],
        reserve=content["reserve"],
        placed=cells["people_placed"],
        protected_placed=cells["protected_placed"],
        reserved_filled=cells["reserved_filled"],
        generation=content["generation"],
        market_digest=content["market_digest"],
        plan_digest=content["plan_digest"],
    )


def find_filled(quota_id: int) -> Shown | None:
    """Find how many places of a quota (key) its last released round gave, as it was published.

    None if no round that it was in has been released.
    """
    rows = SealedPosting.objects.filter(quota_id=quota_id, round__status=Status.RELEASED)
    sealed = rows.order_by("-round__number").select_related("round").first()
    if sealed is None:
        return None
    release = _release(sealed.round)
    return Shown(Precision.WITHHELD) if release is None else _filled(sealed, release)


def figures_of(round_: Round, *, actor: Any) -> Figures | None:
    """Return the whole numbers of a round's newest finished run; None before there is one."""
    check_can_see_figures(actor, round_)
    run = latest_finished_run(round_)
    return None if run is None else _figures(round_, run, whole=can_read_sealed(actor))


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


def _figures(round_: Round, run: Run, *, whole: bool) -> Figures:
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
        protected_candidates=entries.filter(protected=True).count() if whole else None,
        placed=people["placed"],
        protected_placed=people["protected"] if whole else None,
        places=postings["places"],
        reserved_places=postings["reserve"],
        reserve_filled=seats if whole else None,
        reserve_reverted=reverted["sum"] if whole else None,
        verified=round_.verified_at is not None,
        market_digest=run.market_digest,
        plan_digest=run.plan_digest,
        pid=run.pid,
        host=run.host,
    )


def _release(round_: Round) -> "Release | None":
    return find_release(Kind.ROUND, round_.number) if round_.status == Status.RELEASED else None


def _public(sealed: SealedPosting, quota: "Quota", release: "Release") -> PublicResult:
    posting = release.content["postings"][sealed.posting]
    return PublicResult(
        quota=quota,
        posting=sealed.posting,
        state=sealed.state,
        places=sealed.places,
        reserve=sealed.reserve,
        order=sealed.order,
        filled=_filled(sealed, release),
        full=posting["full"],
        others_points=posting["others_points"],
        protected_points=posting["protected_points"],
        suppressed=posting["bar_withheld"],
    )


def _filled(sealed: SealedPosting, release: "Release") -> Shown:
    """Return how many places were given; where there is a public cut-off, every place was."""
    if release.content["postings"][sealed.posting]["full"]:
        return Shown(Precision.EXACT, sealed.places, release.number)
    return shown_from(release.content["cells"][f"seats:{sealed.posting}"])


def _closed(points: int | None) -> bool:
    return points is not None and points >= engine.CLOSED.points
