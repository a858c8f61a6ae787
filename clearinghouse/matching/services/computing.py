"""From sealed rows to a plan that two programs agree on and a third has found nothing against."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from clearinghouse import engine
from clearinghouse.matching import bulk
from clearinghouse.matching.enums import Stage
from clearinghouse.matching.models import Run
from clearinghouse.matching.services.progress import Meter
from clearinghouse.shared.failpoints import pass_failpoint

# Ballots; loading Numba takes a second and 200 MB.
_WORTH_LOADING = 20_000


class Unsound(Exception):
    """The plan must not be written; the text says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has found, ready to be written."""

    ballots: bulk.Ballots
    market: engine.ArrayMarket
    plan: engine.ArrayPlan
    market_digest: str
    plan_digest: str
    checked_by: str

    @property
    def placed(self) -> int:
        """Count the people who got a place."""
        return int(np.count_nonzero(self.plan.seat >= 0))


def compute(run: Run, meter: Meter) -> Outcome:
    """Read, match and check one run; nothing is written.

    Raises `Unsound`, `bulk.Unreadable`, `engine.InputError`, or `Superseded` from the meter.
    """
    turn = run.attempt
    pass_failpoint("reading", turn=turn)
    ballots = bulk.read_sealed(run.round, tell=meter.read)
    pass_failpoint("read", turn=turn)
    ballots = bulk.leave_out(ballots, frozenset(run.withdrawn), run.accepted)
    meter.part("read")
    meter.enter(Stage.MATCHING, rows_read=len(ballots))
    pass_failpoint("matching", turn=turn)
    market = ballots.market()
    meter.part("lottery")
    engine.check_arrays(market)
    meter.part("check")
    plan = engine.match_arrays(market, accelerator_for(ballots))
    meter.part("match")
    pass_failpoint("matched", turn=turn)
    meter.enter(Stage.VERIFYING, people_placed=int(np.count_nonzero(plan.seat >= 0)))
    pass_failpoint("verifying", turn=turn)
    refuse_findings([str(finding) for finding in engine.verify_arrays(market, plan)])
    meter.part("verify")
    market_digest = bulk.market_digest(ballots)
    plan_digest = bulk.plan_digest(ballots, plan, market_digest)
    meter.part("digests")
    pass_failpoint("digested", turn=turn)
    checked_by = second_opinion(ballots, market, plan, (market_digest, plan_digest))
    meter.part("second")
    pass_failpoint("verified", turn=turn)
    return Outcome(ballots, market, plan, market_digest, plan_digest, checked_by)


def second_opinion(
    ballots: bulk.Ballots,
    market: engine.ArrayMarket,
    plan: engine.ArrayPlan,
    digests: tuple[str, str],
) -> str:
    """Let another program match the same market; return who agreed, or raise `Unsound`.

    Up to `SECOND_IMPLEMENTATION_MAX` ballots that is the plain one over objects, with the
    verifier for objects; above, it is the other fast engine, or the plain one where there is none.
    """
    first = engine.accelerator_in_use(accelerator_for(ballots))
    if len(ballots) <= settings.SECOND_IMPLEMENTATION_MAX:
        objects = bulk.to_market(ballots)
        second = engine.match_plain(objects)
        if (second.market_digest, second.digest) != digests:
            raise Unsound(_disagreement())
        findings = engine.verify(objects, second)
        refuse_findings([f"{finding.code}: {finding.message}" for finding in findings])
        return f"engine={first} second=plain verifiers=arrays,objects"
    other = "numpy" if first == "numba" else "plain"
    again = (
        engine.match_arrays(market, "numpy")
        if other == "numpy"
        else engine.match_arrays_plain(market)
    )
    for field in fields(plan):
        if not np.array_equal(getattr(plan, field.name), getattr(again, field.name)):
            raise Unsound(_disagreement())
    return f"engine={first} second={other} verifiers=arrays"


def accelerator_for(ballots: bulk.Ballots) -> str | None:
    """Return which engine a round gets: a small one is done before Numba would be loaded."""
    return None if len(ballots) >= _WORTH_LOADING else "numpy"


def refuse_findings(findings: Sequence[str]) -> None:
    """Raise `Unsound` with the first few findings of a verifier, if there are any."""
    if not findings:
        return
    lines = list(findings[:5])
    if len(findings) > len(lines):
        lines.append(_("and %(count)d more") % {"count": len(findings) - len(lines)})
    raise Unsound("\n".join(lines))


def _disagreement() -> str:
    return _("The second program came to another plan.")
