"""A tree of salted digests over a round's entries, so that each person can prove to be in it.

The shape is that of RFC 6962, section 2.1. Leaves are salted, so that nobody who guesses an entry
can tell it from its neighbours on a path.
"""

import hashlib
import hmac
from collections.abc import Iterable

from clearinghouse import engine
from clearinghouse.shared.merkle import CHUNK, path_of, root_of

__all__ = ["CHUNK", "entry_of", "leaf", "leaf_salt", "path_of", "plant", "root_of"]


def leaf_salt(salt: str, candidate: str) -> bytes:
    """Return the 32 bytes that blind a candidate's leaf, from the round's secret salt."""
    return hmac.digest(salt.encode(), f"leaf|{candidate}".encode(), "sha256")


def entry_of(candidate: engine.Candidate) -> dict[str, object]:
    """Return what a leaf says of a candidate: the same object as in the market."""
    return {
        "id": candidate.id,
        "protected": candidate.protected,
        "wishes": [{"posting": wish.posting, "points": wish.points} for wish in candidate.wishes],
    }


def leaf(salt: str, candidate: engine.Candidate) -> bytes:
    """Return the digest of a candidate's leaf."""
    entry = engine.canonical_bytes(entry_of(candidate))
    return hashlib.sha256(b"\x00" + leaf_salt(salt, candidate.id) + entry).digest()


def plant(salt: str, candidates: Iterable[engine.Candidate]) -> tuple[int, list[str], list[bytes]]:
    """Return how many leaves there are, the first candidate of each chunk, and each chunk's root.

    Candidates come by ascending id; only one chunk of leaves is in memory at a time.
    """
    size, last = 0, ""
    firsts: list[str] = []
    roots: list[bytes] = []
    leaves: list[bytes] = []
    for candidate in candidates:
        if candidate.id <= last:
            raise RuntimeError("entries must come by ascending candidate id")
        if size % CHUNK == 0:
            firsts.append(candidate.id)
        size, last = size + 1, candidate.id
        leaves.append(leaf(salt, candidate))
        if len(leaves) == CHUNK:
            roots.append(root_of(leaves))
            leaves.clear()
    if leaves:
        roots.append(root_of(leaves))
    return size, firsts, roots
