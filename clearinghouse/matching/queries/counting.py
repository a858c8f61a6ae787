"""Whole numbers of a run, for those who may see them and for the next release of numbers."""

from typing import TYPE_CHECKING

from django.db.models import Q

from clearinghouse.ledger import queries as ledger
from clearinghouse.ledger.enums import Cause
from clearinghouse.matching.models import Decision, PostingResult, Run, SealedEntry, SealedPosting
from clearinghouse.matching.numbers import PostingCounts, RoundCounts

if TYPE_CHECKING:
    from collections.abc import Mapping


def counts_of(run: Run) -> RoundCounts:
    """Count a run as it is booked: people by posting, and why reserved places reverted."""
    sealed = {row.quota_id: row for row in SealedPosting.objects.filter(round_id=run.round_id)}
    causes = ledger.reverted_by_cause(list(sealed))
    results = PostingResult.objects.filter(run=run)
    placed = Q(quota__isnull=False, entry__protected=True)
    rows = [
        _posting(result, sealed[result.quota_id], causes.get(result.quota_id, {}))
        for result in results
    ]
    return RoundCounts(
        applicants=SealedEntry.objects.filter(round_id=run.round_id).count(),
        protected_placed=Decision.objects.filter(placed, run=run).count(),
        postings=tuple(sorted(rows, key=lambda row: row.name)),
    )


def _posting(
    result: PostingResult, sealed: SealedPosting, causes: "Mapping[str, int]"
) -> PostingCounts:
    return PostingCounts(
        name=sealed.posting,
        state=sealed.state,
        places=sealed.places,
        reserve=sealed.reserve,
        order=sealed.order,
        filled=result.open_filled + result.reserved_filled + result.reverted,
        holders=result.reserved_filled,
        others_points=result.others_points,
        protected_points=result.protected_points,
        causes={Cause(cause): count for cause, count in causes.items()},
    )
