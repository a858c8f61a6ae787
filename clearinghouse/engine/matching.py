"""From a market to its plan."""

from .allocate import Held, allocate
from .cutoffs import find_cutoffs
from .lottery import lottery_ranks
from .reading import canonical
from .types import ENGINE_VERSION, Assignment, Market, Plan
from .writing import market_digest, seal_plan


def match(market: Market) -> Plan:
    """Return the plan of a market: who gets which place, the cut-offs, and the seals.

    The market comes from read_market, with its seed drawn (InputError otherwise). The same market
    gives the same plan whatever the order of its rows. Cost: wishes x log(quota). Source:
    matching page, sections 1 to 3.
    """
    market = canonical(market)
    ranks = lottery_ranks(market.seed, (candidate.id for candidate in market.candidates))
    held = allocate(market, ranks)
    return seal_plan(
        Plan(
            engine=ENGINE_VERSION,
            market_digest=market_digest(market),
            assignments=_assignments(market, held),
            cutoffs=find_cutoffs(market, ranks, held),
            digest="",
        )
    )


def _assignments(market: Market, held: Held) -> tuple[Assignment, ...]:
    return tuple(
        Assignment(candidate.id, *held.get(candidate.id, (None, None)))
        for candidate in market.candidates
    )
