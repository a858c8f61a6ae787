"""The plain way of doing a round, as the first version of the house did: for comparison only."""

import time
from typing import Any, ClassVar

from django.db import connection, models, transaction

from clearinghouse import engine
from clearinghouse.matching.models import Round, SealedEntry, SealedPosting


class Old(models.Model):
    """A decision as a row of its own, with keys to what it speaks of."""

    run = models.BigIntegerField()
    entry = models.ForeignKey(SealedEntry, on_delete=models.PROTECT, related_name="+")
    posting = models.ForeignKey(
        SealedPosting, on_delete=models.PROTECT, related_name="+", null=True
    )
    seat = models.CharField(max_length=8, blank=True)
    lottery = models.PositiveIntegerField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label = "matching"
        managed = False
        db_table = "bench_decision"
        constraints = [
            models.UniqueConstraint(fields=["run", "entry"], name="matching_bench_decision_once")
        ]


def make_table() -> None:
    """Create the table as Django would."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_decision")
    with connection.schema_editor() as editor:
        editor.create_model(Old)


def orm_round(round_: Round) -> tuple[dict[str, float], str]:
    """Read objects, match and verify in plain Python, write objects; return seconds and digest."""
    laps = [time.perf_counter()]
    postings = {row.number: row for row in SealedPosting.objects.filter(round=round_)}
    market = _market(round_, postings)
    entries = dict(SealedEntry.objects.filter(round=round_).values_list("candidate", "pk"))
    laps.append(time.perf_counter())
    plan = engine.match_plain(market)
    laps.append(time.perf_counter())
    if engine.verify(market, plan):
        raise SystemExit("the plain way came to a plan that the verifier refuses")
    laps.append(time.perf_counter())
    keys = {row.posting: row.pk for row in postings.values()}
    ranks = engine.lottery_ranks(market.seed, [person.id for person in market.candidates])
    with transaction.atomic():
        Old.objects.bulk_create(
            (_row(row, entries, keys, ranks) for row in plan.assignments), batch_size=5_000
        )
    laps.append(time.perf_counter())
    names = ("read", "match", "verify", "write")
    parts = {name: round(laps[i + 1] - laps[i], 3) for i, name in enumerate(names)}
    return parts, plan.digest


def _market(round_: Round, postings: dict[int, SealedPosting]) -> engine.Market:
    candidates = [
        engine.Candidate(
            entry.candidate,
            entry.protected,
            tuple(
                engine.Wish(postings[number].posting, points)
                for number, points in zip(entry.postings, entry.points, strict=True)
            ),
        )
        for entry in SealedEntry.objects.filter(round=round_)
    ]
    places = tuple(
        engine.Posting(row.posting, row.state, row.places, row.reserve, engine.Order(row.order))
        for row in postings.values()
    )
    return engine.Market(round_.seed, places, (), tuple(candidates))


def _row(row: Any, entries: dict[str, int], keys: dict[str, int], ranks: Any) -> Old:
    return Old(
        run=0,
        entry_id=entries[row.candidate],
        posting_id=None if row.posting is None else keys[row.posting],
        seat="" if row.seat is None else row.seat.value,
        lottery=ranks[row.candidate],
    )
