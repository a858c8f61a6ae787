"""From a market to its plan, by the fast engine."""

from .arrays import to_arrays, to_plan
from .fast import match_arrays
from .types import Market, Plan


def match(market: Market, accelerator: str | None = None) -> Plan:
    """Return the plan of a market: who gets which place, the cut-offs, and the seals.

    The market comes from read_market, with its seed drawn (InputError otherwise). The same market
    gives the same plan whatever the order of its rows, and the same bytes as `match_plain`.
    `accelerator` is that of match_arrays. Source: matching page, sections 1 to 3.
    """
    return to_plan(market, match_arrays(to_arrays(market), accelerator))
