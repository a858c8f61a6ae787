"""The independent verifier: checks what one plan can show, without running the algorithm.

It shares types, reading, lottery and digests with the matcher, and nothing else.
"""

from clearinghouse.engine.types import Finding, Market, Plan

from .case import open_case
from .certificate import check_certificate, check_cutoffs
from .fairness import check_fairness
from .paperwork import check_digests, check_limits, check_people, check_sorting, check_wishes
from .stability import check_stability

_CHECKS = (
    check_digests,
    check_sorting,
    check_people,
    check_wishes,
    check_limits,
    check_stability,
    check_fairness,
    check_cutoffs,
    check_certificate,
)


def verify(market: Market, plan: Plan) -> list[Finding]:
    """Return everything that is wrong with a plan; an empty list means verified.

    The market comes from read_market, with its seed drawn (InputError otherwise). Applicant
    optimality and truthfulness are properties of the rule, which no single plan can show: for
    those, match the market again. Source: matching page, section 2.
    """
    case = open_case(market, plan)
    return [finding for check in _CHECKS for finding in check(case)]
