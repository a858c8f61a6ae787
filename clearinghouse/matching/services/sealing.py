"""Sealing: copying live rows into tables that nobody can change, and the digest over them."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from clearinghouse import engine
from clearinghouse.access.checks import Actor
from clearinghouse.applications import services as applications
from clearinghouse.applications.queries import Ballot, lock_in_pool
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.matching import guards, permissions, queries, snapshot
from clearinghouse.matching.enums import Status
from clearinghouse.matching.lifecycle import LIFECYCLE
from clearinghouse.matching.models import Round, SealedEntry, SealedPosting
from clearinghouse.matching.queries.zone import list_protected
from clearinghouse.matching.services.copying import copy_rows
from clearinghouse.matching.services.inclusion import plant_tree
from clearinghouse.matching.services.rulebook import check_rules_kept
from clearinghouse.matching.services.steps import move
from clearinghouse.people.queries import profiles_of
from clearinghouse.quotas import services as quotas
from clearinghouse.quotas.queries import facts_of, list_by_ids
from clearinghouse.quotas.rules import Profile, QuotaFacts, split_points
from clearinghouse.shared.failpoints import pass_failpoint

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota

_POSTING_COLUMNS = (
    "round_id",
    "quota_id",
    "posting",
    "number",
    "state",
    "places",
    "reserve",
    "order",
)
_ENTRY_COLUMNS = (
    "round_id",
    "candidate",
    "application_id",
    "worker_id",
    "protected",
    "postings",
    "points",
    "ranks",
    "parts",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One ballot as it is sealed; lists run along the wishes, dearest first."""

    candidate: str
    application_id: int
    worker_id: int
    protected: bool
    postings: list[str]
    points: list[int]
    ranks: list[int]
    parts: list[list[int]]


@transaction.atomic
def seal_round(*, by: Actor, number: int, now: datetime) -> Round:
    """Seal a round that has closed: nobody can change what it will be decided from.

    Quotas close, applications are locked, postings and ballots (eligible wishes only) are copied
    with points and protected status of this day, and the digest over the copies is fixed. All in
    one transaction; an empty pool is a round with nobody.
    """
    round_ = queries.lock_round(number)
    permissions.check_can_operate(by, round_)
    LIFECYCLE.check(round_.status, Status.SEALED)
    guards.check_sealing_possible(round_, now=now)
    quota_ids = queries.quota_ids_of(round_)
    check_rules_kept(round_)
    quotas.close_quotas(by=by, quota_ids=quota_ids, now=now)
    postings = sorted(list_by_ids(quota_ids), key=lambda quota: quota.reference.encode())
    ballots = _lock_ballots(round_, quota_ids, by=by, now=now)
    copy_rows(SealedPosting, _POSTING_COLUMNS, _posting_rows(round_, postings))
    pass_failpoint("sealing")
    entries = entries_of(round_.salt, postings, ballots, on=now.date())
    copy_rows(SealedEntry, _ENTRY_COLUMNS, _entry_rows(round_, entries, postings))
    digest = _digest(round_)
    root = plant_tree(round_)
    move(round_, Status.SEALED, sealed_at=now, input_digest=digest, merkle_root=root)
    pass_failpoint("sealed")
    facts = {"entries": len(ballots), "postings": len(postings), "input_digest": digest}
    facts["merkle_root"] = root
    trail.record(Verb.ROUND_SEALED, by=by, on=round_, facts=facts)
    return round_


def entries_of(
    salt: str, postings: Sequence["Quota"], ballots: Sequence[Ballot], *, on: date
) -> Iterator[Entry]:
    """Return what is sealed of each ballot: points by the published rules, and one boolean.

    Reads profiles and determinations as they are now; after the seal nothing calls this again.
    """
    ballots = list(ballots)
    rules = {quota.pk: (quota.reference, facts_of(quota)) for quota in postings}
    profiles = profiles_of(ballot.worker_pk for ballot in ballots)
    protected = list_protected(on)
    # A generator of its own: every query has run before the connection starts to copy.
    return (
        _entry(salt, ballot, rules, profiles[ballot.worker_pk], protected) for ballot in ballots
    )


def candidate_id(salt: str, application: uuid.UUID) -> str:
    """Return an application's name in a round: 32 hexadecimal digits of a salted SHA-256.

    Hashed are the salt's 64 digits, a bar, and the application's public id in its usual form.
    """
    return hashlib.sha256(f"{salt}|{application}".encode()).hexdigest()[:32]


def _lock_ballots(round_: Round, quota_ids: list[int], *, by: Actor, now: datetime) -> list[Ballot]:
    ballots = lock_in_pool(quota_ids)
    applications.lock(
        application_ids=[ballot.application_pk for ballot in ballots],
        by=by,
        now=now,
        round_number=round_.number,
    )
    return ballots


def _posting_rows(round_: Round, postings: Iterable["Quota"]) -> Iterator[tuple[object, ...]]:
    for number, quota in enumerate(postings):
        yield (
            round_.pk,
            quota.pk,
            quota.reference,
            number,
            quota.state.iso2,
            quota.places,
            quota.reserved,
            quota.reserve_order,
        )


def _entry_rows(
    round_: Round, entries: Iterable[Entry], postings: Sequence["Quota"]
) -> Iterator[tuple[object, ...]]:
    numbers = {quota.reference: number for number, quota in enumerate(postings)}
    # By name: the order of the rows says nothing of the order of the applications.
    for entry in sorted(entries, key=lambda entry: entry.candidate):
        yield (
            round_.pk,
            entry.candidate,
            entry.application_id,
            entry.worker_id,
            entry.protected,
            [numbers[name] for name in entry.postings],
            entry.points,
            entry.ranks,
            entry.parts,
        )


def _entry(
    salt: str,
    ballot: Ballot,
    rules: Mapping[int, tuple[str, QuotaFacts]],
    profile: Profile,
    protected: set[int],
) -> Entry:
    parts = [
        [line[3] for line in split_points(rules[quota_id][1], profile)]
        for quota_id, _ in ballot.wishes
    ]
    return Entry(
        candidate=candidate_id(salt, ballot.public_id),
        application_id=ballot.application_pk,
        worker_id=ballot.worker_pk,
        protected=ballot.worker_pk in protected,
        postings=[rules[quota_id][0] for quota_id, _ in ballot.wishes],
        points=[sum(line) for line in parts],
        ranks=[rank for _, rank in ballot.wishes],
        parts=parts,
    )


def _digest(round_: Round) -> str:
    """Return the digest of what was really written, after the engine's own check of the format."""
    market = snapshot.take(round_)
    engine.read_market(engine.market_to_json(market), drawn=False)
    return engine.input_digest(market)
