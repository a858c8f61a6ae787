"""Reads of sealed pools of past rounds, for those who simulate on them."""

from clearinghouse import engine
from clearinghouse.matching import snapshot
from clearinghouse.matching.models import Round, SealedPosting
from clearinghouse.matching.queries.runs import find_applied_run
from clearinghouse.quotas.enums import Category


def pool_postings(round_: Round) -> tuple[engine.Posting, ...]:
    """Return the postings that a round has sealed, by reference, without any ballot."""
    rows = SealedPosting.objects.filter(round=round_)
    postings = (
        engine.Posting(row.posting, row.state, row.places, row.reserve, engine.Order(row.order))
        for row in rows
    )
    return tuple(sorted(postings, key=lambda posting: posting.id))


def pool_lines(round_: Round, state: str) -> list[tuple[str, str, str, Category]]:
    """List (reference, title, ISCO-08 code, kind) of a state's sealed postings, by reference."""
    rows = SealedPosting.objects.filter(round=round_, state=state).order_by("posting")
    columns = ("posting", "quota__title", "quota__occupation__code", "quota__category")
    return [
        (posting, title, code, Category(kind))
        for posting, title, code, kind in rows.values_list(*columns)
    ]


def pool_titles(round_: Round) -> list[tuple[str, str]]:
    """List (reference, title) of all sealed postings of a round, by reference."""
    rows = SealedPosting.objects.filter(round=round_).order_by("posting")
    return list(rows.values_list("posting", "quota__title"))


def standing_plan(round_: Round) -> engine.Plan | None:
    """Return the plan that offers of a round follow now; None before the release."""
    run = find_applied_run(round_)
    return None if run is None else snapshot.plan_of(run)
