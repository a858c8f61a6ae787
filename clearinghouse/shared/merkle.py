"""A tree of digests, so that one of them can be shown to be in it without the others.

The shape is that of RFC 6962, section 2.1.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

# A power of two, so that the root over each chunk is a node of the whole tree.
CHUNK: Final = 1024


def leaf_of(data: bytes) -> bytes:
    """Return the leaf of some bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def root_of(nodes: Sequence[bytes]) -> bytes:
    """Return the root over nodes of one level; over none it is the SHA-256 of nothing."""
    if not nodes:
        return hashlib.sha256(b"").digest()
    # Level by level: a last node without a partner goes up as it is, which is the split of the RFC.
    sha256, level = hashlib.sha256, list(nodes)
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs] + odd
    return level[0]


def path_of(index: int, nodes: Sequence[bytes]) -> list[bytes]:
    """Return the neighbours on the way from a node up to the root, lowest first."""
    if len(nodes) <= 1:
        return []
    middle = _split(len(nodes))
    if index < middle:
        return [*path_of(index, nodes[:middle]), root_of(nodes[middle:])]
    return [*path_of(index - middle, nodes[middle:]), root_of(nodes[:middle])]


def chunks_of(leaves: Sequence[bytes]) -> list[bytes]:
    """Return the root over each chunk of leaves."""
    return [root_of(leaves[start : start + CHUNK]) for start in range(0, len(leaves), CHUNK)]


def _split(count: int) -> int:
    """Return the largest power of two below a count of two or more."""
    return 1 << (count - 1).bit_length() - 1
