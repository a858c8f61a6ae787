"""What a round publishes in numbers: which counts there are and how they add up.

Values in, values out. Per posting nothing is published about protected people but the cut-off, and
that only where every reserve of the state is large; per state what became of its reserve.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from clearinghouse.ledger.enums import Cause
from clearinghouse.quotas.enums import ReserveOrder
from clearinghouse.statistics.rules import Limits, Table

# Each of these is put down to one protected person; the rest are places for which there was none.
OF_PEOPLE: Final = (Cause.DECLINED, Cause.PLACED_HIGHER, Cause.FAILED_CHECKS)
CAUSES: Final = (*OF_PEOPLE, Cause.NO_ELIGIBLE)


@dataclass(frozen=True, slots=True)
class PostingCounts:
    """One posting of a plan in whole numbers; points are cut-offs, None: everybody got in."""

    name: str
    state: str
    places: int
    reserve: int
    order: str = ReserveOrder.OPEN_FIRST.value
    filled: int = 0
    holders: int = 0
    others_points: int | None = None
    protected_points: int | None = None
    causes: Mapping[Cause, int] = field(default_factory=dict)

    @property
    def most_holders(self) -> int:
        """Return how many reserved places protected people can hold, whoever is protected.

        With open places first, a reserved place is given only once the open ones are full.
        """
        spill = self.filled
        if self.order == ReserveOrder.OPEN_FIRST:
            spill = max(0, self.filled - (self.places - self.reserve))
        return max(self.holders, min(self.reserve, spill))


@dataclass(frozen=True, slots=True)
class RoundCounts:
    """A plan in whole numbers."""

    applicants: int
    protected_placed: int
    postings: Sequence[PostingCounts]


def shows_bar(postings: Sequence[PostingCounts], state: str, limits: Limits) -> bool:
    """Tell whether cut-offs of protected people are published for a state's postings.

    A cut-off says that the reserve is full. So it depends on published reserves alone, and one
    small reserve hides all cut-offs of its state.
    """
    reserves = [row.reserve for row in postings if row.state == state and row.reserve]
    return bool(reserves) and min(reserves) >= limits.smallest


def table_of_round(round_: RoundCounts, limits: Limits) -> Table:
    """Lay the counts of a plan out as a table: what is published and what is linked to it."""
    by_state: dict[str, list[PostingCounts]] = defaultdict(list)
    for row in round_.postings:
        if row.reserve:
            by_state[row.state].append(row)
    counts, sums = _totals(round_, by_state)
    exact, traces = {"placed"}, set[str]()
    most: dict[str, int] = {}
    published = ["applicants", "people_placed", *(f"seats:{row.name}" for row in round_.postings)]
    for state, rows in sorted(by_state.items()):
        shown = shows_bar(round_.postings, state, limits)
        exact |= {f"reserve:{state}"}
        exact |= {
            f"holders:{row.name}" for row in rows if shown and row.protected_points is not None
        }
        most |= {f"holders:{row.name}": row.most_holders for row in rows}
        traces |= {f"{cause}:{state}" for cause in OF_PEOPLE}
        published += [f"{cause}:{state}" for cause in CAUSES]
    published += [f"filled:{state}" for state in sorted(by_state)]
    people = {"protected_placed", "others_placed", "reserved_filled", "protected_open"}
    people |= {name for name in counts if name.startswith(("filled:", "holders:"))}
    return Table(
        counts=counts,
        exact=frozenset(exact),
        most=most,
        sums=sums,
        people=frozenset(people),
        traces=frozenset(traces),
        published=(*published, "protected_placed", "reserved_filled"),
    )


def _totals(
    round_: RoundCounts, by_state: Mapping[str, Sequence[PostingCounts]]
) -> tuple[dict[str, int], tuple[tuple[str, tuple[str, ...]], ...]]:
    placed = sum(row.filled for row in round_.postings)
    counts = {
        "applicants": round_.applicants,
        "people_placed": placed,
        "placed": placed,
        "protected_placed": round_.protected_placed,
        "others_placed": placed - round_.protected_placed,
        "reserved_filled": sum(row.holders for row in round_.postings),
    }
    counts["protected_open"] = counts["protected_placed"] - counts["reserved_filled"]
    counts |= {f"seats:{row.name}": row.filled for row in round_.postings}
    sums = [
        ("placed", ("protected_placed", "others_placed")),
        ("protected_placed", ("reserved_filled", "protected_open")),
        ("reserved_filled", tuple(f"filled:{state}" for state in sorted(by_state))),
    ]
    for state, rows in sorted(by_state.items()):
        names = tuple(f"holders:{row.name}" for row in rows)
        counts |= {f"holders:{row.name}": row.holders for row in rows}
        counts[f"filled:{state}"] = sum(row.holders for row in rows)
        counts[f"reserve:{state}"] = sum(row.reserve for row in rows)
        left = counts[f"reserve:{state}"] - counts[f"filled:{state}"]
        counts |= {f"{cause}:{state}": count for cause, count in _causes(rows, left).items()}
        causes = tuple(f"{cause}:{state}" for cause in CAUSES)
        sums.append((f"filled:{state}", names))
        sums.append((f"reserve:{state}", (f"filled:{state}", *causes)))
    return counts, tuple(sums)


def _causes(rows: Sequence[PostingCounts], left: int) -> dict[Cause, int]:
    """Put the reserved places that are left down to people, as far as there are any.

    The rest is places for which there was nobody; that nobody asked is told no further apart.
    """
    found: dict[Cause, int] = {}
    for cause in OF_PEOPLE:
        found[cause] = min(left, sum(row.causes.get(cause, 0) for row in rows))
        left -= found[cause]
    return {**found, Cause.NO_ELIGIBLE: left}


def content_of_round(round_: RoundCounts, limits: Limits) -> dict[str, object]:
    """Return what is published of a plan beside its counts: places, pledges and cut-offs."""
    return {
        "places": sum(row.places for row in round_.postings),
        "reserve": sum(row.reserve for row in round_.postings),
        "states": {
            state: sum(row.reserve for row in round_.postings if row.state == state)
            for state in sorted({row.state for row in round_.postings})
        },
        "postings": {
            row.name: _posting(row, shown=shows_bar(round_.postings, row.state, limits))
            for row in round_.postings
        },
    }


def _posting(row: PostingCounts, *, shown: bool) -> dict[str, object]:
    bar_shown = shown or not row.reserve
    return {
        "full": row.filled == row.places and row.others_points is not None,
        "others_points": row.others_points,
        "protected_points": row.protected_points if bar_shown else None,
        "bar_withheld": not bar_shown,
    }
