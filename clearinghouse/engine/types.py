"""The engine's frozen values: a market goes in, a plan comes out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ENGINE_VERSION: Final = "1.0.0"
"""Version of the rules and formats; every implementation of them states the same one."""

MARKET_FORMAT: Final = "mvch-market/1"
PLAN_FORMAT: Final = "mvch-plan/1"
POINTS_MAX: Final = 65_535
PLACES_MAX: Final = 2_147_483_647


class Order(StrEnum):
    """In which order a posting fills its places."""

    OPEN_FIRST = "open_first"
    RESERVE_FIRST = "reserve_first"


class Seat(StrEnum):
    """The kind of place a person holds."""

    OPEN = "open"
    RESERVED = "reserved"
    REVERTED = "reverted"


@dataclass(frozen=True, slots=True)
class Posting:
    """One quota line of a state, with how many of its places are reserved."""

    id: str
    state: str
    quota: int
    reserve: int
    order: Order


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit over several postings of one state."""

    id: str
    limit: int
    postings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """A posting a candidate would accept, with their points there."""

    posting: str
    points: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person under the identifier of this round, wishes best first."""

    id: str
    protected: bool
    wishes: tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class Market:
    """Everything a round decides from; an empty seed means not drawn yet."""

    seed: str
    postings: tuple[Posting, ...]
    caps: tuple[Cap, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where one candidate was placed; both None when unplaced."""

    candidate: str
    posting: str | None
    seat: Seat | None


@dataclass(frozen=True, slots=True)
class Bar:
    """The lowest priority that still gets in: points, ties by that candidate's lottery number."""

    points: int
    candidate: str | None


CLOSED: Final = Bar(points=POINTS_MAX + 1, candidate=None)
"""The bar nobody can meet: every place is out of reach of this group whatever the points."""


@dataclass(frozen=True, slots=True)
class Cutoff:
    """Both bars of one posting or of one cap; None means that everyone gets in."""

    posting: str | None
    cap: str | None
    others: Bar | None
    protected: Bar | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole result of a round, sealed by its digest."""

    engine: str
    market_digest: str
    assignments: tuple[Assignment, ...]
    cutoffs: tuple[Cutoff, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the verifier holds against a plan."""

    code: str
    subject: str
    message: str
