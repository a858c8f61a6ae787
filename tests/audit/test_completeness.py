"""Every write over ten paths is taken down, counted by row versions and not by triggers."""

import os
import random

import pytest
from django.db import connection
from django.db.models.signals import post_delete, post_save

from clearinghouse.people.models import Worker
from clearinghouse.shared import clock
from tests.audit import writing
from tests.audit.writing import PATHS, World, audited, written

WRITES = int(os.environ.get("AUDIT_WRITES", "1000"))
pytestmark = pytest.mark.django_db


@pytest.fixture
def world(now, monkeypatch):
    """Give a small world in which the clock stands still."""
    monkeypatch.setattr(clock, "now", lambda: now)
    return World(random.Random(20261122), now)


def missed_by(world, path):
    """Do one write; return how many rows changed, and which of them the audit did not see."""
    before = world.snapshot()
    with audited() as found:
        path(world)
    changed = written(before, world.snapshot())
    return len(changed), changed - found


def test_leaves_no_write_out(world):
    count, missed, used = 0, set(), set()
    while count < WRITES or used != set(PATHS):
        path = world.rng.choice(PATHS)
        changed, unseen = missed_by(world, path)
        assert changed > 0, path
        count, missed, used = count + changed, missed | unseen, used | {path}
    assert missed == set()


def test_takes_nothing_down_that_was_not_written(world):
    before = world.snapshot()
    with audited() as found:
        Worker.objects.filter(pk=-1).update(phone="1")
        list(Worker.objects.all())
    assert found == set()
    assert written(before, world.snapshot()) == set()


def test_the_twin_without_a_trigger_shows_the_gap(world):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP TRIGGER audit_update ON people_worker")
    changed, unseen = missed_by(world, writing.update)
    assert changed == len(unseen) > 0


def test_the_twin_by_signals_misses_what_goes_past_them(world):
    heard = set()

    def hear(sender, instance, **_more):
        heard.add((sender._meta.db_table, str(instance.pk)))

    for signal in (post_save, post_delete):
        signal.connect(hear)
    try:
        gaps = set()
        for path in PATHS:
            heard.clear()
            before = world.snapshot()
            path(world)
            if written(before, world.snapshot()) - heard:
                gaps.add(path.__name__)
    finally:
        for signal in (post_save, post_delete):
            signal.disconnect(hear)
    assert {"update", "bulk", "raw", "csv", "copy"} <= gaps
