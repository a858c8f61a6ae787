"""A pass sees its own transaction as under way, whatever others have ended meanwhile."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from clearinghouse.audit import chaining
from clearinghouse.audit.verifying import verify
from tests.background.celery_worker import database_url
from tests.factories.people import make_worker


@pytest.mark.parametrize(
    ("snapshot", "own", "seen"),
    [
        ("10:20:", None, "10:20:"),
        ("10:20:12", 20, "10:20:12"),
        ("10:20:", 15, "10:20:15"),
        ("10:20:18,12", 15, "10:20:12,15,18"),
        ("20:20:", 15, "15:20:15"),
    ],
)
def test_own_transaction_stands_in_the_list(snapshot: str, own: int | None, seen: str) -> None:
    assert chaining._unfinished(snapshot, own) == seen


def _entries_left_out(tmp_path: Path) -> set[str]:
    """Write, let a later transaction of somebody else end, link, write again, and verify."""
    make_worker()
    with psycopg.connect(database_url()) as other:
        other.execute("SELECT pg_current_xact_id()")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_chainstate")
    chaining.link_entries(wait=True)
    make_worker()
    return {fault.what for fault in verify([tmp_path]).findings.faults}


@pytest.mark.django_db
def test_leaves_nothing_out_that_is_written_after_it(tmp_path: Path) -> None:
    assert _entries_left_out(tmp_path) == set()


@pytest.mark.django_db
def test_twin_with_the_snapshot_as_it_comes(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(chaining, "_unfinished", lambda snapshot, _own: snapshot)
    assert "unlinked" in _entries_left_out(tmp_path)
