"""Sealed ballots and decisions: one entry a statement, and still every row is watched."""

import pytest
from django.db import connection

from clearinghouse.audit import installing, verifying
from clearinghouse.audit.models import Layout, RowChange
from clearinghouse.matching.models import Decision, SealedEntry
from clearinghouse.matching.services import runs, writing
from clearinghouse.matching.services.computing import compute
from clearinghouse.matching.services.progress import Meter
from tests.factories.matching import RAN, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided():
    """Give a run whose decisions are written."""
    world = make_world([(0,), (0, 1), (1, 0)], places=(1, 1), status="drawn")
    run = runs.request_run(by=world.operator, number=world.number, now=RAN)
    claim = runs._claim(run.public_id, pid=1, host="a", now=RAN)
    assert claim is not None
    meter = Meter(claim, lambda: RAN, {})
    assert writing.write_result(claim, compute(claim, meter), meter, now=RAN)
    return claim


def entries(model):
    layouts = Layout.objects.filter(table=model._meta.db_table).values("id")
    return list(RowChange.objects.filter(layout__in=layouts))


def found():
    return {(fault.what, fault.where.split()[0]) for fault in verifying.verify([]).findings.faults}


def tamper(statement):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_takes_down_a_whole_part_when_it_is_attached(decided):
    (entry,) = entries(Decision)
    assert entry.rows == Decision.objects.filter(run=decided).count() > 0
    assert entry.key.startswith(f"{decided.pk}:")
    assert sum(row.rows for row in entries(SealedEntry)) == SealedEntry.objects.count()
    assert found() == set()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE matching_decision SET lottery = lottery + 1", "set_changed"),
        ("DELETE FROM matching_decision", "set_changed"),
        ("UPDATE matching_sealedentry SET protected = NOT protected", "set_changed"),
        ("DELETE FROM matching_sealedentry WHERE id = (SELECT max(id) FROM matching_sealedentry)",
         "set_changed"),
    ],
)  # fmt: skip
def test_notices_a_changed_row_of_a_set(decided, statement, fault):
    tamper(statement)
    assert (fault, statement.split("matching_")[1].split()[0]) in {
        (what, where.removeprefix("matching_")) for what, where in found()
    }


def test_puts_its_triggers_on_each_part(decided):
    part = f"matching_decision_run_{decided.pk}_{decided.attempt}"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'audit_%%'",
            [part],
        )
        assert len(cursor.fetchall()) == 4
        cursor.execute(f"ALTER TABLE {part} DISABLE TRIGGER audit_update")
    assert ("trigger_gone", part) in found()


def test_parts_of_an_older_database_are_watched_after_the_upgrade(decided):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'matching_decision'::regclass"
        )
        parts = [name for (name,) in cursor.fetchall()]
        assert parts
        for part in parts:
            for event in ("insert", "update", "delete", "truncate"):
                cursor.execute(f"DROP TRIGGER audit_{event} ON {part}")
    assert {what for what, _where in found()} == {"trigger_gone"}
    installing.install()
    assert found() == set()
