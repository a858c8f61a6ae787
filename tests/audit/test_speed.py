"""How fast a long trail is linked and verified."""

import os
import sys

import pytest
from django.db import connection

from clearinghouse.audit import checkpoints, verifying

ROWS = int(os.environ.get("AUDIT_SPEED_ROWS", "20000"))
# The goal holds for a long trail on a quiet machine; a short one only shows that it works.
GOAL = 50_000 if ROWS >= 500_000 else 5_000
pytestmark = pytest.mark.django_db(transaction=True)


def test_verifies_a_long_trail_in_time(settings, tmp_path, now, capsys):
    settings.CHECKPOINT_DIR = str(tmp_path)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            "INSERT INTO audit_event (actor_role, verb, subject_kind, subject, state, facts)"
            " SELECT 'system', 'profile_edited', 'people.worker', gen_random_uuid(), '',"
            " jsonb_build_object('n', n) FROM generate_series(1, %s) n",
            [ROWS],
        )
    checkpoints.make(now=now)
    report = verifying.verify([tmp_path])
    speed = report.entries / report.seconds
    with capsys.disabled():
        sys.stdout.write(f"\n{report.entries} entries, {report.seconds:.1f} s, {speed:,.0f}/s\n")
    assert report.sound
    assert report.entries > ROWS
    assert speed > GOAL
