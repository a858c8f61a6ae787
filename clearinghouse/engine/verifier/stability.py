"""Would a posting choose other people, or give them other kinds of places?

Source: matching page, section 2 (stability); Kominers & Soenmez 2016.
"""

from collections.abc import Iterator

from clearinghouse.engine.reasons import Fault
from clearinghouse.engine.types import Finding, Seat

from .case import Case
from .rule import Claim, Line, choose


def check_stability(case: Case) -> Iterator[Finding]:
    """Yield a finding for every wrong kind of place and every line that would choose otherwise."""
    for line in case.lines:
        held = {claim: seat for name in line.postings for claim, seat in case.held[name].items()}
        wanted = [claim for name in line.postings for claim in case.wanted[name]]
        yield from _check_seats(line, held)
        chosen = choose(line, [*wanted, *held])
        for claim in wanted:
            if claim in chosen:
                yield Finding(
                    Fault.POSTING_UNSTABLE,
                    claim.posting,
                    f"Posting {claim.posting!r} would choose candidate {claim.candidate!r},"
                    " who prefers it, over its present holders.",
                )


def _check_seats(line: Line, held: dict[Claim, Seat]) -> Iterator[Finding]:
    chosen = choose(line, held)
    for claim, seat in held.items():
        right = chosen.get(claim)
        if right is not seat:
            yield Finding(
                Fault.SEAT_WRONG,
                claim.candidate,
                f"Candidate {claim.candidate!r} holds {seat.value!r} at {claim.posting!r};"
                f" by the rule it is {right.value if right else 'no place'!r}.",
            )
