"""From the arrays of a market to those of its plan."""

from clearinghouse.engine.arrays import ArrayMarket, ArrayPlan

from .accelerator import engine_of


def match_arrays(market: ArrayMarket, accelerator: str | None = None) -> ArrayPlan:
    """Return the plan of a market that check_arrays has passed (nothing is checked here).

    `accelerator` is "numba", "numpy", "auto" or None (see accelerator_in_use); the result is the
    same bit for bit. Cost: wishes x log(quota) at worst. Source: matching page, sections 1 and 3.
    """
    return engine_of(accelerator, len(market.posting))(market)
