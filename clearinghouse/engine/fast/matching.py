"""From the arrays of a market to those of its plan."""

from clearinghouse.engine.arrays import ArrayMarket, ArrayPlan
from clearinghouse.engine.plain import match_arrays_plain


def match_arrays(market: ArrayMarket, accelerator: str | None = None) -> ArrayPlan:
    """Return the plan of a market that check_arrays has passed."""
    del accelerator
    return match_arrays_plain(market)
