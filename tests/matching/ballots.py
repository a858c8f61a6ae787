"""Sealed rounds of any market, written as rows without the long road through services."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from clearinghouse import engine
from clearinghouse.matching.models import Round, Run, SealedEntry, SealedPosting
from tests.factories.accounts import make_user
from tests.factories.matching import CLOSES, DRAWN, NOW, RAN, SEALED

COLUMNS = (
    "id", "round_id", "candidate", "application_id", "worker_id", "protected", "postings",
    "points", "ranks", "parts",
)  # fmt: skip


def seal_market(market: engine.Market, *, shuffle: Sequence[int] = ()) -> Round:
    """Write a market as the sealed rows of a drawn round.

    Applications, workers and quotas that the rows point to do not exist. `shuffle` is the order in
    which the candidates are written.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    operator = make_user("operator")
    round_ = Round.objects.create(
        number=1, status="drawn", operator=operator, opens_at=NOW, closes_at=CLOSES, salt="0" * 64,
        input_digest="0" * 64, seed=market.seed, sealed_at=SEALED, drawn_at=DRAWN,
    )  # fmt: skip
    rows = sorted(market.postings, key=lambda posting: posting.id.encode())
    SealedPosting.objects.bulk_create(
        SealedPosting(
            round=round_, quota_id=1000 + number, posting=row.id, number=number, state=row.state,
            places=row.quota, reserve=row.reserve, order=row.order.value,
        )
        for number, row in enumerate(rows)
    )  # fmt: skip
    numbers = {row.id: number for number, row in enumerate(rows)}
    people = [market.candidates[index] for index in shuffle] if shuffle else market.candidates
    SealedEntry.objects.bulk_create(
        SealedEntry(
            round=round_, candidate=person.id, application_id=number, worker_id=number,
            protected=person.protected,
            postings=[numbers[wish.posting] for wish in person.wishes],
            points=[wish.points for wish in person.wishes],
        )
        for number, person in enumerate(people)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = origin")
    return round_


def claimed_run(round_: Round, **given: Any) -> Run:
    """Make a run that this process has claimed."""
    return Run.objects.create(
        round=round_, requested_at=RAN, status="running", attempt=1, lease_until=RAN, **given
    )
