"""Reads of rounds: what they are about and where they stand."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, QuerySet

from clearinghouse.matching.enums import Status
from clearinghouse.matching.models import (
    Certification,
    Round,
    RoundQuota,
    SealedEntry,
    SealedPosting,
    SeedSecret,
)
from clearinghouse.matching.permissions import not_found, sees_plans
from clearinghouse.quotas.queries import list_by_ids
from clearinghouse.shared.database import advisory_lock, refusals

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker
    from clearinghouse.quotas.models import Quota

# First half of the name of the lock that orders the numbering of rounds.
LOCK_SPACE = 4210


def get_round(actor: Any, number: int) -> Round:
    """Return a round that an actor may know of; absent and hidden ones are not found alike."""
    round_ = list_rounds(actor).filter(number=number).first()
    if round_ is None:
        raise not_found()
    return round_


def lock_round(number: int) -> Round:
    """Return a round locked until the end of the transaction or raise `NotFound`."""
    with refusals({}):
        round_ = _rows().select_for_update(of=("self",)).filter(number=number).first()
    if round_ is None:
        raise not_found()
    return round_


def list_rounds(actor: Any) -> QuerySet[Round]:
    """List the rounds that an actor may know of, newest first."""
    rounds = _rows().order_by("-number")
    return rounds if sees_plans(actor) else rounds.exclude(status=Status.PLANNED)


def list_released() -> QuerySet[Round]:
    """List rounds with public results, newest first."""
    return _rows().filter(status=Status.RELEASED).order_by("-released_at", "-number")


def list_due_to_open(now: datetime) -> QuerySet[Round]:
    """List planned rounds whose opening time has come and whose closing time has not."""
    due = Round.objects.filter(status=Status.PLANNED, opens_at__lte=now, closes_at__gt=now)
    return due.order_by("number")


def list_rounds_of(worker: "Worker") -> QuerySet[Round]:
    """List the released rounds that a person took part in, newest first."""
    entries = SealedEntry.objects.filter(worker_id=worker.pk)
    return list_released().filter(pk__in=entries.values("round_id"))


def next_number() -> int:
    """Return the number of the next round; nobody else numbers until the transaction ends."""
    advisory_lock(LOCK_SPACE, 0)
    return int(Round.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def quota_ids_of(round_: Round) -> list[int]:
    """List the keys of the postings that take part in a round now, ascending."""
    taking_part = RoundQuota.objects.filter(round=round_).order_by("quota_id")
    return list(taking_part.values_list("quota_id", flat=True))


def list_postings(round_: Round) -> "QuerySet[Quota]":
    """List the quotas of a round: those sealed once it is sealed, else those that take part."""
    sealed = SealedPosting.objects.filter(round=round_).values_list("quota_id", flat=True)
    return list_by_ids(list(sealed) or quota_ids_of(round_))


def list_secrets(round_: Round) -> QuerySet[SeedSecret]:
    """List commitments and revealed secrets of a round by party; both are public."""
    return SeedSecret.objects.filter(round=round_).order_by("party")


def lock_secret(round_: Round, party: str) -> SeedSecret:
    """Return a party's commitment locked until the end of the transaction or raise `NotFound`."""
    rows = SeedSecret.objects.select_for_update(of=("self",))
    row = rows.filter(round=round_, party=party).first()
    if row is None:
        raise not_found()
    return row


def list_unrevealed(round_: Round) -> list[str]:
    """List the parties whose secret is not revealed, by name."""
    return list(list_secrets(round_).filter(secret="").values_list("party", flat=True))


def list_certifications(round_: Round) -> QuerySet[Certification]:
    """List who certified a round and when, first one first."""
    rows = Certification.objects.filter(round=round_).select_related("certifier")
    return rows.order_by("at", "pk")


def count_entries(round_: Round) -> int:
    """Count the ballots that a round has sealed."""
    return SealedEntry.objects.filter(round=round_).count()


def list_entry_ids(round_: Round, candidates: Iterable[str]) -> list[int]:
    """List the keys of the ballots that a round has sealed under these names."""
    names = list(candidates)
    if not names:
        return []
    rows = SealedEntry.objects.filter(round=round_, candidate__in=names)
    return list(rows.values_list("pk", flat=True))


def list_application_ids(round_: Round) -> list[int]:
    """List the keys of the applications that a round has sealed, ascending."""
    entries = SealedEntry.objects.filter(round=round_).order_by("application_id")
    return list(entries.values_list("application_id", flat=True))


def rounds_of_quotas(quota_ids: Iterable[int]) -> dict[int, Round]:
    """Return the round that each of these quotas takes part in, by the quota's key."""
    rows = RoundQuota.objects.select_related("round").filter(quota_id__in=list(quota_ids))
    return {row.quota_id: row.round for row in rows}


def count_by_status() -> dict[str, int]:
    """Count rounds by status, for the operator's first page."""
    return dict(Round.objects.values_list("status").annotate(count=Count("pk")).order_by())


def list_to_certify(actor: Any) -> QuerySet[Round]:
    """List verified rounds that a certifier has not certified yet, oldest first."""
    mine = Certification.objects.filter(certifier=actor).values("round_id")
    waiting = Round.objects.filter(status=Status.VERIFIED).exclude(pk__in=mine)
    return waiting.exclude(operator=actor).order_by("number")


def _rows() -> QuerySet[Round]:
    return Round.objects.select_related("operator", "repeat_of")
