"""Decisions come as whole partitions: checked before, unchangeable after."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction

from clearinghouse import engine
from clearinghouse.matching.models import Decision, Run
from clearinghouse.matching.services import partitions, runs, writing
from clearinghouse.matching.services.computing import Outcome, Unsound, compute
from clearinghouse.matching.services.progress import Meter
from clearinghouse.shared.database import violated_constraint
from tests.factories.matching import RAN, World, make_world

pytestmark = pytest.mark.django_db


def computed(world: World) -> tuple[Run, Outcome, Meter]:
    """Claim and compute the run of a drawn round."""
    run = runs.request_run(by=world.operator, number=world.number, now=RAN)
    claim = runs._claim(run.public_id, pid=1, host="a", now=RAN)
    assert claim is not None
    meter = Meter(claim, lambda: RAN, {})
    return claim, compute(claim, meter), meter


def tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname LIKE 'matching_decision_run%%'")
        return {name for (name,) in cursor.fetchall() if "once" not in name}


def execute(statement: str) -> Callable[[], Any]:
    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return act


def other_entry(outcome: Outcome) -> Outcome:
    keys = outcome.ballots.entry_ids.copy()
    keys[0] = 2_000_000_000
    return replace(outcome, ballots=replace(outcome.ballots, entry_ids=keys))


def fewer_entries(outcome: Outcome) -> Outcome:
    ballots = outcome.ballots
    short = replace(ballots, names=ballots.names[1:], entry_ids=ballots.entry_ids[1:])
    plan = replace(outcome.plan, assignment=outcome.plan.assignment[1:], seat=outcome.plan.seat[1:])
    market = replace(outcome.market, lottery=outcome.market.lottery[1:])
    return replace(outcome, ballots=short, plan=plan, market=market)


def other_quota(outcome: Outcome) -> Outcome:
    rows = outcome.ballots.postings
    for row in rows:
        row.quota_id += 1_000_000
    return outcome


def everybody(outcome: Outcome) -> Outcome:
    plan = replace(
        outcome.plan,
        assignment=np.zeros_like(outcome.plan.assignment),
        seat=np.zeros_like(outcome.plan.seat),
    )
    return replace(outcome, plan=plan)


BREAKERS = [
    (other_entry, "decisions without a sealed ballot"),
    (fewer_entries, "sealed ballots without a decision"),
    (other_quota, "places that are not of the round"),
    (everybody, "postings with more people than places"),
]


@pytest.mark.parametrize(("corrupt", "text"), BREAKERS, ids=[text for _, text in BREAKERS])
def test_write_result_refuses_wrong_rows(
    corrupt: Callable[[Outcome], Outcome], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world([(0,), (0, 1), (1, 0)], places=(1, 1), status="drawn")
    run, outcome, meter = computed(world)
    wrong = corrupt(outcome)
    with pytest.raises(Unsound, match=text):
        runs.write_result(run, wrong, meter, now=RAN)
    assert tables() == set()
    assert not Decision.objects.exists()
    # The twin: with the check off the wrong rows are written.
    monkeypatch.setattr(partitions, "findings", lambda *_given: [])
    monkeypatch.setattr(writing, "copy_rows", lambda *_given: 0)
    assert runs.write_result(run, wrong, meter, now=RAN) is True
    assert Decision.objects.count() == len(wrong.ballots)


def test_write_result_refuses_the_same_ballot_twice() -> None:
    world = make_world([(0,), (0, 1)], status="drawn")
    run, outcome, meter = computed(world)
    keys = outcome.ballots.entry_ids[[0, 0]]
    wrong = replace(outcome, ballots=replace(outcome.ballots, entry_ids=keys))
    with pytest.raises(IntegrityError) as refusal:
        runs.write_result(run, wrong, meter, now=RAN)
    assert str(violated_constraint(refusal.value)).endswith("_once")
    assert tables() == set()


def test_table_refuses_a_seat_without_a_place() -> None:
    world = make_world([(0,)], status="drawn")
    run, _outcome, _meter = computed(world)
    part = partitions.create(run)
    insert = f"INSERT INTO {part} (run_id, entry_id, lottery, seat) VALUES ({run.pk}, 1, 0, 'open')"
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        execute(insert)()
    assert violated_constraint(refusal.value) == "matching_decision_seat"


def test_close_refuses_rows_of_another_run() -> None:
    world = make_world([(0,)], status="drawn")
    run, _outcome, _meter = computed(world)
    part = partitions.create(run)
    execute(f"INSERT INTO {part} (run_id, entry_id, lottery, seat) VALUES (0, 1, 0, '')")()
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        partitions.close(run)
    assert violated_constraint(refusal.value) == f"{part}_run"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET lottery = 7",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        (
            "INSERT INTO {table} (run_id, entry_id, quota_id, lottery, seat)"
            " SELECT run_id, entry_id + 9, quota_id, lottery, seat FROM {table}"
        ),
    ],
)
@pytest.mark.parametrize("whole", [True, False], ids=["table", "partition"])
def test_attached_rows_refuse_every_change(statement: str, whole: bool) -> None:
    make_world([(0,), (0,)], status="verified")
    (part,) = tables()
    act = execute(statement.format(table="matching_decision" if whole else part))
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act()
    assert violated_constraint(refusal.value) == "matching_decision_append_only"
    # The twin: without its triggers the partition takes every change.
    execute(f"ALTER TABLE {part} DISABLE TRIGGER USER")()
    execute(statement.format(table=part))()


def test_each_run_has_a_partition_of_its_own() -> None:
    world = make_world([(0,), (0,)], status="verified")
    run = Run.objects.get(round=world.round)
    assert tables() == {f"matching_decision_run_{run.pk}_1"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM matching_decision")
        assert cursor.fetchall() == [(f"matching_decision_run_{run.pk}_1",)]


def test_lottery_of_decisions_is_the_engines() -> None:
    world = make_world([(0,), (0, 1), (1,)], status="verified")
    run = Run.objects.get(round=world.round)
    rows = run.decisions.values_list("entry__candidate", "lottery")
    names = [name for name, _ in rows]
    assert dict(rows) == engine.lottery_ranks(world.round.seed, names)
