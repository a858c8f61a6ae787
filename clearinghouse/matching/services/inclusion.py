"""The tree over a round's sealed entries."""

from clearinghouse.matching import merkle, snapshot
from clearinghouse.matching.models import MerkleTree, Round


def plant_tree(round_: Round) -> str:
    """Build the salted tree over what was really written, keep its middle, and return the root."""
    size, firsts, roots = merkle.plant(round_.salt, snapshot.stream(round_))
    MerkleTree.objects.create(
        round=round_, size=size, firsts=firsts, roots=[root.hex() for root in roots]
    )
    return merkle.root_of(roots).hex()
