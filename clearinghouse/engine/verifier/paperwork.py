"""Is the plan about this market, complete, and within every limit?"""

from collections import Counter
from collections.abc import Iterator

from clearinghouse.engine.reasons import Fault
from clearinghouse.engine.types import Assignment, Finding
from clearinghouse.engine.writing import market_digest, plan_digest

from .case import Case


def check_digests(case: Case) -> Iterator[Finding]:
    """Yield a finding for each seal that does not fit."""
    if case.plan.market_digest != market_digest(case.market):
        yield Finding(
            Fault.MARKET_DIGEST_WRONG, "market_digest", "The plan was made for another market."
        )
    if case.plan.digest != plan_digest(case.plan):
        yield Finding(
            Fault.PLAN_DIGEST_WRONG, "digest", "The plan was changed after it was sealed."
        )


def check_sorting(case: Case) -> Iterator[Finding]:
    """Yield a finding for each list that is not in canonical order."""
    people = [row.candidate for row in case.plan.assignments]
    nodes = [(row.posting is None, row.posting or row.cap or "") for row in case.plan.cutoffs]
    if people != sorted(people):
        yield Finding(
            Fault.ROWS_NOT_SORTED, "assignments", "The assignments are not sorted by candidate."
        )
    if nodes != sorted(nodes):
        yield Finding(
            Fault.ROWS_NOT_SORTED, "cutoffs", "The cut-offs are not sorted, postings before caps."
        )


def check_people(case: Case) -> Iterator[Finding]:
    """Yield a finding for everyone who is not in the plan exactly once."""
    rows = Counter(row.candidate for row in case.plan.assignments)
    for name in sorted(case.ranks.keys() - rows.keys()):
        yield Finding(Fault.CANDIDATE_MISSING, name, f"Candidate {name!r} has no result.")
    for name, count in rows.items():
        if name not in case.ranks:
            yield Finding(
                Fault.CANDIDATE_UNKNOWN, name, f"Candidate {name!r} is not in the market."
            )
        elif count > 1:
            yield Finding(
                Fault.CANDIDATE_REPEATED, name, f"Candidate {name!r} has {count} results."
            )


def check_wishes(case: Case) -> Iterator[Finding]:
    """Yield a finding for every place given to somebody who did not ask for it."""
    wishes = {
        candidate.id: {wish.posting for wish in candidate.wishes}
        for candidate in case.market.candidates
    }
    for row in case.plan.assignments:
        yield from _check_row(row, wishes.get(row.candidate, set()))


def check_limits(case: Case) -> Iterator[Finding]:
    """Yield a finding for every posting and cap with more people than places."""
    given = Counter(row.posting for row in case.plan.assignments)
    for posting in case.market.postings:
        if given[posting.id] > posting.quota:
            yield Finding(
                Fault.POSTING_OVERFILLED,
                posting.id,
                f"Posting {posting.id!r} has {given[posting.id]} people on {posting.quota} places.",
            )
    for cap in case.market.caps:
        people = sum(given[name] for name in cap.postings)
        if people > cap.limit:
            yield Finding(
                Fault.CAP_OVERFILLED,
                cap.id,
                f"Cap {cap.id!r} has {people} people on {cap.limit} places.",
            )


def _check_row(row: Assignment, wishes: set[str]) -> Iterator[Finding]:
    if (row.posting is None) != (row.seat is None):
        yield Finding(
            Fault.SEAT_INCOMPLETE,
            row.candidate,
            f"Candidate {row.candidate!r} has a posting without a kind of place, or the reverse.",
        )
    if row.posting is not None and row.posting not in wishes:
        yield Finding(
            Fault.POSTING_NOT_WISHED,
            row.candidate,
            f"Candidate {row.candidate!r} was given {row.posting!r} without asking for it.",
        )
