"""The rules of a round as one document, published before lists open; pure values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from clearinghouse import engine

Document: TypeAlias = dict[str, object]

RULES_FORMAT: Final = "mvch-rules/1"
# Fixed before any round: a fair draw leaves them once in some 16,000 tests.
Z_BOUND: Final = "4.00"
LOTTERY: Final = (
    "One number a candidate: SHA-256 over the seed's 32 bytes and the UTF-8 bytes of the"
    " candidate's id; ascending, the smallest is best."
)
SEED: Final = (
    "SHA-256 over the 32 bytes of the input digest and the revealed secrets' bytes, sorted."
)
MISSING: Final = (
    "A secret that is not revealed in time is left out of the seed, and its party is named."
)
TREE: Final = (
    "RFC 6962 over the entries by candidate id; a leaf is SHA-256 over 0x00, the leaf salt and the"
    " entry's canonical JSON, a node SHA-256 over 0x01 and its two children; a leaf salt is"
    " HMAC-SHA-256 with the round's salt over 'leaf|' and the candidate's id."
)
PRIORITY: Final = "Points of the posting, higher first; equal points by the lottery."


@dataclass(frozen=True, slots=True)
class House:
    """What the house promises of every round: parties' time, certifiers."""

    reveal_minutes: int
    certifiers: int


def document(
    *,
    number: int,
    opens_at: datetime,
    closes_at: datetime,
    house: House,
    postings: Iterable[Mapping[str, object]],
) -> Document:
    """Return the rules of a round; `postings` are what `services.rulebook` says of each."""
    return {
        "format": RULES_FORMAT,
        "round": number,
        "opens_at": opens_at.isoformat(),
        "closes_at": closes_at.isoformat(),
        "engine": engine.ENGINE_VERSION,
        "priority": PRIORITY,
        "lottery": LOTTERY,
        "seed": SEED,
        "reveal_minutes": house.reveal_minutes,
        "missing_reveal": MISSING,
        "tree": TREE,
        "certifiers": house.certifiers,
        "self_test_bound": Z_BOUND,
        "caps": [],
        "postings": sorted(map(dict, postings), key=lambda posting: str(posting["id"])),
    }


def changes(published: Document, now: Document) -> list[str]:
    """Name what differs from the published rules: ids of postings, else names of rules."""
    before, after = _postings(published), _postings(now)
    names = sorted(name for name in before | after if before.get(name) != after.get(name))
    others = (published.keys() | now.keys()) - {"postings"}
    return names + sorted(name for name in others if published.get(name) != now.get(name))


def _postings(rules: Document) -> dict[str, object]:
    rows = rules["postings"]
    return {str(row["id"]): row for row in rows} if isinstance(rows, list) else {}
