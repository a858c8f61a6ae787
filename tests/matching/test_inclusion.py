"""The tree over the sealed entries, and each person's own proof."""

import hashlib
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clearinghouse import engine
from clearinghouse.matching import merkle, queries, snapshot
from clearinghouse.matching.models import MerkleTree, Round
from clearinghouse.shared.errors import NotFound
from tests.factories.matching import lead, make_person, make_world

SALT = "5a" * 32


def people(count: int) -> list[engine.Candidate]:
    wishes = (engine.Wish("DE-1", 7),)
    return [engine.Candidate(f"{number:032x}", number % 3 == 0, wishes) for number in range(count)]


def root_by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word by word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    left, right = root_by_definition(leaves[:half]), root_by_definition(leaves[half:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 1023, 1024, 1025, 2049, 3000])
def test_plant_gives_the_root_of_the_definition(count: int) -> None:
    candidates = people(count)
    size, firsts, roots = merkle.plant(SALT, candidates)
    leaves = [merkle.leaf(SALT, candidate) for candidate in candidates]
    assert (size, len(firsts)) == (count, -(-count // merkle.CHUNK))
    assert merkle.root_of(roots) == root_by_definition(leaves)


def test_leaf_is_salted_and_is_what_the_market_says() -> None:
    (candidate,) = people(1)
    market = engine.Market(
        "", (engine.Posting("DE-1", "DE", 1, 0, engine.Order.OPEN_FIRST),), (), (candidate,)
    )
    assert engine.market_to_json(market)["candidates"] == [merkle.entry_of(candidate)]
    assert merkle.leaf(SALT, candidate) != merkle.leaf("5b" * 32, candidate)
    other = replace(candidate, protected=not candidate.protected)
    assert merkle.leaf(SALT, candidate) != merkle.leaf(SALT, other)


def test_plant_refuses_entries_out_of_order() -> None:
    with pytest.raises(RuntimeError):
        merkle.plant(SALT, people(3)[::-1])


@pytest.mark.django_db
def test_proof_is_there_from_the_seal_on_and_for_oneself_only() -> None:
    world = make_world(status="open")
    with pytest.raises(NotFound):
        queries.proof_for(world.workers[0], world.round)
    lead(world, "sealed")
    proofs = [queries.proof_for(worker, world.round) for worker in world.workers]
    assert {proof["merkle_root"] for proof in proofs} == {world.round.merkle_root}
    assert sorted(int(str(proof["index"])) for proof in proofs) == [0, 1, 2, 3]
    assert len({str(proof["entry"]) for proof in proofs}) == 4
    with pytest.raises(NotFound):
        queries.proof_for(make_person(3), world.round)
    assert [row.number for row in queries.list_sealed_rounds_of(world.workers[0])] == [world.number]


@pytest.mark.django_db
def test_proof_costs_the_same_number_of_queries_and_one_chunk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(merkle, "CHUNK", 2)
    world = make_world([(0,)] * 7, status="sealed")
    tree = MerkleTree.objects.get(round=world.round)
    assert (tree.size, len(tree.roots)) == (7, 4)
    market = snapshot.take(world.round)
    leaves = [merkle.leaf(world.round.salt, row) for row in market.candidates]
    assert root_by_definition(leaves).hex() == world.round.merkle_root
    for worker in world.workers:
        with CaptureQueriesContext(
            connection,
        ) as counted:
            proof = queries.proof_for(worker, world.round)
        assert len(counted) == 4
        path = proof["path"]
        assert isinstance(path, list)
        assert len(path) <= 3


@pytest.mark.django_db
def test_root_and_tree_stay_as_they_are() -> None:
    world = make_world([(0,)], status="sealed")
    for act in (
        lambda: Round.objects.filter(pk=world.round.pk).update(merkle_root="f" * 64),
        lambda: MerkleTree.objects.update(size=2),
        lambda: MerkleTree.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
