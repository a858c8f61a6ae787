"""A later round on the same sealed lists: refilling places without hand-filling."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from .errors import Problems
from .types import Market


def market_without(
    market: Market, withdrawn: AbstractSet[str], accepted: Mapping[str, str]
) -> Market:
    """Return the market of a later round, same seed: withdrawn people leave, accepted ones stay.

    `withdrawn` holds candidate ids; `accepted` maps candidate ids to the posting they accepted,
    which becomes their only wish. Matching the result leaves every accepted person where they are
    and nobody else worse off, if `accepted` agrees with the plan. Raises InputError for an unknown
    candidate, a posting never wished, or somebody in both. Source: matching page, section 4.
    """
    _refuse_mistakes(market, withdrawn, accepted)
    return replace(
        market,
        candidates=tuple(
            replace(
                candidate,
                wishes=tuple(
                    wish
                    for wish in candidate.wishes
                    if accepted.get(candidate.id, wish.posting) == wish.posting
                ),
            )
            for candidate in market.candidates
            if candidate.id not in withdrawn
        ),
    )


def _refuse_mistakes(
    market: Market, withdrawn: AbstractSet[str], accepted: Mapping[str, str]
) -> None:
    problems = Problems()
    wished = {
        candidate.id: {wish.posting for wish in candidate.wishes} for candidate in market.candidates
    }
    for name in sorted(withdrawn):
        if name not in wished:
            problems.add("withdrawn", f"unknown candidate {name!r}")
        if name in accepted:
            problems.add("withdrawn", f"candidate {name!r} has accepted a place")
    for name, posting in sorted(accepted.items()):
        if name not in wished:
            problems.add("accepted", f"unknown candidate {name!r}")
        elif posting not in wished[name]:
            problems.add("accepted", f"candidate {name!r} never wished {posting!r}")
    problems.refuse_if_any()
