"""Random rounds in counts, and the same round some weeks later."""

import random
from dataclasses import replace

from clearinghouse.ledger.enums import Cause
from clearinghouse.matching.numbers import OF_PEOPLE, PostingCounts, RoundCounts

STATES = ("CA", "DE", "ES", "FR", "SE")


def random_round(chance: random.Random) -> RoundCounts:
    """Make a round of 1 to 5 states with 1 to 4 postings each, small and large ones mixed."""
    postings = []
    for state in STATES[: chance.randint(1, 5)]:
        for number in range(chance.randint(1, 4)):
            postings.append(_posting(chance, state, number))
    held = sum(row.holders for row in postings)
    others = sum(row.filled for row in postings) - held
    in_open = min(others, chance.choice((0, 0, 2, 5, 9, 14, 40)))
    applicants = sum(row.filled for row in postings) + chance.randint(0, 200)
    return RoundCounts(applicants, held + in_open, tuple(postings))


def later(chance: random.Random, before: RoundCounts) -> RoundCounts:
    """Let some reserved places change hands, a few at most postings and many at some."""
    postings = []
    for row in before.postings:
        step = chance.choice((0, 0, 1, -1, 3, -4, 7, -9, 14, -18, 30, 50))
        holders = min(max(0, row.holders + step), row.most_holders)
        postings.append(_with_causes(chance, replace(row, holders=holders)))
    held = sum(row.holders for row in postings)
    others = sum(row.filled for row in postings) - held
    in_open = before.protected_placed - sum(row.holders for row in before.postings)
    in_open = min(others, max(0, in_open + chance.choice((0, 0, 1, -2, 5, 20))))
    return RoundCounts(before.applicants, held + in_open, tuple(postings))


def _posting(chance: random.Random, state: str, number: int) -> PostingCounts:
    places = chance.choice((2, 5, 8, 12, 20, 40, 60, 120))
    reserve = places * chance.choice((0, 10, 20, 40, 50, 100)) // 100
    order = chance.choice(("open_first", "open_first", "reserve_first"))
    filled = places if chance.random() < 0.7 else chance.randint(0, places)
    row = PostingCounts(f"{state}-{number}", state, places, reserve, order, filled)
    most = row.most_holders
    holders = chance.choice(
        (0, most, most, chance.randint(0, most), min(most, chance.randint(0, 12)))
    )
    return _with_causes(chance, replace(row, holders=holders))


def _with_causes(chance: random.Random, row: PostingCounts) -> PostingCounts:
    """Say why places reverted; a full reserve may have turned somebody away, a full posting too."""
    left = row.reserve - row.holders
    causes: dict[Cause, int] = {}
    for cause in OF_PEOPLE:
        causes[cause] = min(left, chance.choice((0, 0, 1, 3, 11)))
        left -= causes[cause]
    causes[chance.choice((Cause.NO_ELIGIBLE, Cause.NONE_RANKED))] = left
    turned_away = row.reserve > 0 and row.holders == row.reserve and chance.random() < 0.6
    full = row.filled == row.places
    return replace(
        row,
        causes=causes,
        others_points=40 if full and chance.random() < 0.9 else None,
        protected_points=25 if turned_away else None,
    )
