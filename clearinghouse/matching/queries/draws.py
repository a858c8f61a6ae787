"""Reads of what lets others check a round: rules, self-test, repeats, the own proof."""

import json
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from clearinghouse.matching import merkle, snapshot
from clearinghouse.matching.enums import StatisticalTest, Status
from clearinghouse.matching.models import (
    Discharge,
    MerkleTree,
    Round,
    RulesDocument,
    SealedEntry,
    SeedSecret,
    SelfTest,
)
from clearinghouse.matching.permissions import not_found
from clearinghouse.matching.queries.results import find_entry
from clearinghouse.matching.queries.rounds import list_secrets

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker

PROOF_FORMAT = "mvch-proof/1"


def find_rules(round_: Round) -> str | None:
    """Find the published rules of a round: the text whose SHA-256 is the rules digest."""
    return RulesDocument.objects.filter(round=round_).values_list("text", flat=True).first()


def promised(round_: Round, name: str, default: int) -> int:
    """Return a number of the published rules; the default for a round that published none."""
    text = find_rules(round_)
    return default if text is None else int(json.loads(text)[name])


def find_self_test(round_: Round) -> SelfTest | None:
    """Find what the statistics said about a round's plan."""
    return SelfTest.objects.filter(round=round_).first()


def failed_tests(test: SelfTest | None) -> list[str]:
    """List the names of the statistical tests that are out of bounds."""
    return [] if test is None else [row["name"] for row in test.results if not row["passed"]]


def results_of(test: SelfTest | None, *, whole: bool) -> list[dict[str, Any]] | None:
    """Return the results of the statistical tests; None while there are none.

    How many people were looked at, and the figure that follows from their number, only `whole`:
    numbers of people are published by releases.
    """
    if test is None:
        return None
    return [row if whole else {**row, "people": None, "z": None} for row in test.results]


def named_tests(test: SelfTest | None, *, whole: bool) -> list[tuple[str, dict[str, Any]]]:
    """List the statistical tests of a round, each with its name in the active language."""
    rows = results_of(test, whole=whole) or []
    return [(str(StatisticalTest(row["name"]).label), row) for row in rows]


def find_repeat(round_: Round) -> Round | None:
    """Find the round that repeats one voided after its draw."""
    return Round.objects.filter(repeat_of=round_).first()


def repeat_chain(round_: Round) -> list[Round]:
    """List a round and those that it repeats, newest first."""
    chain = [round_]
    while chain[-1].repeat_of is not None:
        chain.append(chain[-1].repeat_of)
    return chain


def count_revealed(round_: Round) -> int:
    """Count the secrets of a round that are revealed."""
    return list_secrets(round_).exclude(secret="").count()


def list_missing(round_: Round) -> list[str]:
    """List the parties that committed to a secret and did not reveal it before the draw."""
    if not round_.seed:
        return []
    return list(list_secrets(round_).filter(secret="").values_list("party", flat=True))


def list_discharges(round_: Round) -> QuerySet[Discharge]:
    """List who agreed to give the entries of a round back, first one first."""
    rows = Discharge.objects.filter(round=round_).select_related("certifier")
    return rows.order_by("at", "pk")


def list_waiting_for_secret(party: str) -> QuerySet[Round]:
    """List the rounds in which a party may commit to a secret, or should reveal its own, now."""
    given = SeedSecret.objects.filter(party=party)
    commit = Q(status=Status.OPEN) & ~Q(pk__in=given.values("round_id"))
    reveal = Q(status=Status.SEALED, pk__in=given.filter(secret="").values("round_id"))
    return Round.objects.filter(commit | reveal).order_by("number")


def list_under_way() -> QuerySet[Round]:
    """List rounds that everybody may know of and that have no public result, newest first."""
    hidden = Q(status__in=[Status.PLANNED, Status.RELEASED])
    return Round.objects.exclude(hidden).order_by("-number")


def list_sealed_rounds_of(worker: "Worker") -> QuerySet[Round]:
    """List the rounds with a published root that a person's list is sealed in, newest first."""
    entries = SealedEntry.objects.filter(worker_id=worker.pk)
    rounds = Round.objects.filter(pk__in=entries.values("round_id")).exclude(merkle_root="")
    return rounds.order_by("-number")


def proof_for(worker: "Worker", round_: Round) -> dict[str, object]:
    """Return the proof that a person's list is in the sealed input (mvch-proof/1), or `NotFound`.

    Reads one chunk of entries, whatever the size of the round. It names nobody else: the path
    holds digests of salted leaves.
    """
    entry = find_entry(worker.pk, round_)
    tree = MerkleTree.objects.filter(round=round_).first()
    if entry is None or tree is None:
        raise not_found()
    chunk = bisect_right(tree.firsts, entry.candidate) - 1
    after = tree.firsts[chunk + 1] if chunk + 1 < len(tree.firsts) else ""
    ballots = list(snapshot.stream(round_, first=tree.firsts[chunk], before=after))
    index = next(place for place, ballot in enumerate(ballots) if ballot.id == entry.candidate)
    leaves = [merkle.leaf(round_.salt, ballot) for ballot in ballots]
    roots = [bytes.fromhex(root) for root in tree.roots]
    path = merkle.path_of(index, leaves) + merkle.path_of(chunk, roots)
    return {
        "format": PROOF_FORMAT,
        "round": round_.number,
        "entry": merkle.entry_of(ballots[index]),
        "leaf_salt": merkle.leaf_salt(round_.salt, entry.candidate).hex(),
        "index": chunk * merkle.CHUNK + index,
        "size": tree.size,
        "path": [node.hex() for node in path],
        "merkle_root": round_.merkle_root,
        "input_digest": round_.input_digest,
        "rules_digest": round_.rules_digest,
        "seed": round_.seed,
    }
