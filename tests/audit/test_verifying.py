"""Eight ways in which who rules the database may lie, and that each is found."""

import json
import os
import random
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.urls import reverse

from clearinghouse.audit import chaining, checkpoints, verifying
from clearinghouse.audit.models import Checkpoint, Event, Link, RowChange
from tests.audit import attacks
from tests.audit.history import act, live

TIMES = int(os.environ.get("AUDIT_TAMPERINGS", "5"))
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """Keep copies of checkpoints in a folder of this test."""
    settings.CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    return tmp_path / "checkpoints"


@contextmanager
def undone():
    """Let a superuser act without triggers, and undo it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield cursor
        transaction.set_rollback(True)


def found(places: list[Path]) -> set[str]:
    return {fault.what for fault in verifying.verify(places).findings.faults}


def test_finds_every_class_of_tampering_and_raises_no_false_alarm(folder, now):
    rng = random.Random(20261122)
    live(rng, acts=10, now=now)
    attacks.keep_backup()
    for _turn in range(3):
        live(rng, acts=8, now=now)
    missed, alarms = [], []
    for turn in range(TIMES):
        for name, attack in attacks.ATTACKS.items():
            with undone() as cursor:
                what = attack(rng, cursor)
                if not found([folder]):
                    missed.append(f"{name} {turn}: {what}")
        act(rng)
        if turn % 3 == 0:
            live(rng, acts=2, now=now)
        alarms += verifying.verify([folder]).findings.faults
    attacks.drop_backup()
    assert missed == []
    assert alarms == []


def test_a_whole_rewrite_is_found_by_checkpoints_alone(folder, now):
    rng = random.Random(1)
    live(rng, acts=4, now=now)
    with undone() as cursor:
        attacks.rewrite_everything(rng, cursor)
        assert {"rewritten", "root"} <= found([folder])
        cursor.execute("DELETE FROM audit_checkpoint")
        assert "checkpoint_gone" in found([folder])
        # Without any checkpoint nothing contradicts the new story: why there are copies outside.
        assert found([]) == set()


def test_says_what_and_where(folder, now, capsys):
    rng = random.Random(2)
    live(rng, acts=3, now=now)
    call_command("verify_audit")
    assert "wait for their link" in capsys.readouterr().out
    event = Event.objects.order_by("pk").first()
    with undone() as cursor:
        cursor.execute("UPDATE audit_event SET subject = 'x' WHERE id = %s", [event.pk])
        with pytest.raises(CommandError):
            call_command("verify_audit", "--json", "--checkpoints", str(folder))
    report = json.loads(capsys.readouterr().out)
    assert report["sound"] is False
    where = {(fault["what"], fault["where"]) for fault in report["faults"]}
    assert ("entry_changed", f"audit_event {event.pk}") in where
    with pytest.raises(CommandError, match="There is no"):
        call_command("verify_audit", "--checkpoints", str(folder / "absent"))


def test_notices_a_trigger_that_was_taken_away_and_what_happened_meanwhile(folder, now):
    rng = random.Random(3)
    live(rng, acts=3, now=now)
    with undone() as cursor:
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE people_worker DISABLE TRIGGER audit_update")
        cursor.execute("UPDATE people_worker SET phone = '1'")
        assert found([folder]) == {"trigger_gone", "row_changed"}


def test_links_every_entry_once_however_transactions_overlap(now):
    rng = random.Random(4)
    live(rng, acts=3, now=now)
    other = connection.copy()
    try:
        with other.cursor() as slow:
            slow.execute("BEGIN")
            slow.execute(
                "INSERT INTO audit_event (actor_role, verb, subject_kind, subject, state, facts)"
                " VALUES ('system', 'profile_edited', 'x', 'slow', '', '{}')"
            )
            act(rng)
            assert chaining.link_entries() > 0
            assert verifying.verify([]).pending == 0
            slow.execute("COMMIT")
        assert verifying.verify([]).pending == 1
        assert verifying.verify([]).sound
        assert chaining.link_entries() == 1
        assert chaining.link_entries() == 0
    finally:
        other.close()
    assert Link.objects.count() == Event.objects.count() + RowChange.objects.count()
    assert verifying.verify([]).sound


def test_goes_on_in_another_cluster_after_a_logical_restore(now):
    rng = random.Random(5)
    live(rng, acts=3, now=now)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_chainstate SET cluster = 'another', snapshot = '9:9:'")
    act(rng)
    assert chaining.link_entries() > 0
    assert verifying.verify([]).sound
    assert verifying.verify([]).pending == 0


def test_signs_nothing_while_the_copy_outside_cannot_be_written(folder, now):
    live(random.Random(6), acts=1, now=now)
    first = folder / checkpoints.file_name(1)
    text = first.read_text()
    first.unlink()
    (folder / checkpoints.file_name(2)).write_text("another")
    with pytest.raises(RuntimeError, match="another checkpoint"):
        checkpoints.make(now=now)
    assert Checkpoint.objects.count() == 1
    assert first.read_text() == text


def test_a_copy_that_is_missing_outside_is_written_again(folder, now):
    live(random.Random(7), acts=1, now=now)
    (folder / checkpoints.file_name(1)).unlink()
    checkpoints.make(now=now)
    assert sorted(path.name for path in folder.glob("*.jws")) == [
        checkpoints.file_name(1),
        checkpoints.file_name(2),
    ]


def test_is_not_disturbed_by_writers(folder, now):
    rng = random.Random(8)
    live(rng, acts=2, now=now)
    other = connection.copy()
    try:
        with other.cursor() as slow:
            slow.execute("BEGIN")
            slow.execute("UPDATE people_worker SET phone = '2'")
            assert found([folder]) == set()
            slow.execute("ROLLBACK")
    finally:
        other.close()
    assert found([folder]) == set()


@pytest.mark.parametrize("door", ["page", "api"])
def test_what_was_handed_out_is_enough_to_find_a_rewrite(door, folder, tmp_path, client, now):
    """A state that kept what it downloaded needs nothing of ours: our own copies may be gone."""
    rng = random.Random(4)
    number = live(rng, acts=4, now=now).number
    kept = tmp_path / "kept.jws"
    if door == "page":
        kept.write_bytes(client.get(reverse("public-checkpoint-file", args=[number])).content)
    else:
        kept.write_text(client.get(reverse("api-checkpoint", args=[number])).json()["token"])
    shutil.rmtree(folder)
    assert found([kept]) == set()
    with undone() as cursor:
        attacks.rewrite_everything(rng, cursor)
        cursor.execute("DELETE FROM audit_checkpoint")
        assert {"checkpoint_gone", "rewritten"} <= found([kept])
        # The twin: nobody kept anything.
        assert found([]) == set()
