"""The measurements of `bench audit`, in a process of its own: `ROWS REPEATS`."""
# Nothing of Django may be imported before it is set up.
# ruff: noqa: PLC0415

import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CHECKPOINTS = 4
MANY = 10_000
# Of ten entries six are acts, three are changed rows (written by their trigger), one is a read.
_ACTS = """
INSERT INTO audit_event (actor_role, verb, subject_kind, subject, state, facts)
    SELECT 'system', 'profile_edited', 'people.worker', gen_random_uuid(), '',
           jsonb_build_object('n', n) FROM generate_series(1, %s) n
"""
_READS = """
INSERT INTO audit_reading (public_id, at, worker, reader, office, state, purpose, named)
    SELECT gen_random_uuid(), now(), n, gen_random_uuid(), 'helper', '', 'help', true
    FROM generate_series(1, %s) n
"""
_USERS = """
INSERT INTO accounts_user (id, public_id, email, password, display_name, language, time_zone,
                           is_active)
    SELECT n, gen_random_uuid(), 'p' || n || '@bench.example', '', '', 'en', 'UTC', true
    FROM generate_series(%s, %s) n
"""
_TRIGGERS = ("audit_insert", "audit_update", "audit_delete", "audit_truncate")
_FIRST, _ONE = 1_000_001, 900_000_000


def main(words: list[str]) -> None:
    """Fill the database, measure, and print one line of JSON."""
    rows, repeats = map(int, words)
    django.setup()
    from django.conf import settings

    from clearinghouse.access.checks import SYSTEM
    from clearinghouse.access.context import acting_for_process

    with acting_for_process(SYSTEM), tempfile.TemporaryDirectory() as folder:
        settings.CHECKPOINT_DIR = folder
        print(json.dumps(measure(rows, repeats, Path(folder))))


def measure(rows: int, repeats: int, folder: Path) -> dict[str, Any]:
    """Return seconds by way and milliseconds by write."""
    from django.core.management import call_command

    from clearinghouse.audit import verifying

    call_command("migrate", verbosity=0)
    _fill(rows)
    reports = []

    def verify() -> int:
        reports.append(verifying.verify([folder]))
        return reports[-1].entries

    ways = [
        _way("verify everything", verify, repeats),
        _way("COPY of the same entries and links", _copy_all, repeats),
        _way("links and digests row by row in Python", _row_by_row, 1),
    ]
    last = reports[-1]
    if not last.sound:
        raise SystemExit(f"the trail is not sound: {last.findings.faults[:5]}")
    for way in ways:
        way["ratio"] = way["seconds"] / ways[1]["seconds"]
    return {
        "entries": last.entries,
        "live_rows": last.live_rows,
        "checkpoints": last.checkpoints,
        "repeats": repeats,
        "ways": ways,
        "verify": {
            "speed": ways[0]["speed"],
            "per_processor": last.entries / ways[0]["processor"],
        },
        "writes": _writes(repeats),
    }


def _fill(rows: int) -> None:
    from django.db import connection

    from clearinghouse.audit import checkpoints

    part = rows // CHECKPOINTS
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for turn in range(CHECKPOINTS):
            low = _FIRST + turn * (part * 3 // 10)
            cursor.execute(_ACTS, [part * 6 // 10])
            cursor.execute(_USERS, [low, low + part * 3 // 10 - 1])
            cursor.execute(_READS, [part // 10])
            checkpoints.make(now=NOW + timedelta(minutes=4 * turn))
        cursor.execute("VACUUM ANALYZE")


def _way(name: str, act: Callable[[], int], repeats: int) -> dict[str, Any]:
    seconds, processor, count = [], [], 0
    for _turn in range(repeats):
        begun, used = time.perf_counter(), _processor()
        count = act()
        seconds.append(time.perf_counter() - begun)
        processor.append(_processor() - used)
    middle = statistics.median(seconds)
    return {
        "way": name,
        "seconds": middle,
        "processor": statistics.median(processor),
        "speed": count / middle,
    }


def _processor() -> float:
    """Return seconds of processor time of this process and of its session in the database."""
    from django.db import connection

    pid = connection.connection.info.backend_pid
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return time.process_time() + (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _copy_all() -> int:
    from django.db import connection

    from clearinghouse.audit.enums import Source

    with connection.cursor() as cursor:
        for table in ("audit_link", *(source.label for source in Source)):
            with cursor.cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
                for _part in copy:
                    pass
        cursor.execute("SELECT count(*) FROM audit_link")
        count: int = cursor.fetchone()[0]
        return count


def _row_by_row() -> int:
    """Do what a plain script would: each link with its entry, in order, two hashes a row."""
    from django.db import connection, transaction

    from clearinghouse.audit.blocks import LINKS
    from clearinghouse.audit.digests import first_hash, link_hash, use_one_text

    count, stream, before = 0, "", b""
    with transaction.atomic():
        with connection.cursor() as cursor:
            use_one_text(cursor)
        with connection.chunked_cursor() as rows:
            rows.execute(
                f"SELECT stream, position, digest, hash, found FROM ({LINKS}) l"
                " ORDER BY stream, position"
            )
            for name, position, digest, stored, found in rows:
                if name != stream:
                    stream, before = name, first_hash(name)
                before = link_hash(before, position, bytes(digest))
                if before != bytes(stored) or bytes(found) != bytes(digest):
                    raise SystemExit(f"{stream} {position} does not follow")
                hashlib.sha256(b"\x00" + bytes(digest)).digest()
                count += 1
    return count


def _writes(repeats: int) -> list[dict[str, Any]]:
    change = "UPDATE accounts_user SET display_name = 'Other'"
    many = f"id BETWEEN {_FIRST} AND {_FIRST + MANY - 1}"
    new = (
        "INSERT INTO accounts_user (id, public_id, email, password, display_name, language,"
        " time_zone, is_active) SELECT n, gen_random_uuid(), 'n' || n || '@bench.example', '', '',"
        " 'en', 'UTC', true FROM generate_series({0}, {0} + {1} - 1) n"
    )
    return [
        _write("update one row", f"{change} WHERE id = {_FIRST}",
               1, repeats * 50),
        _write("insert one row", new.format(_ONE, 1), 1, repeats * 50),
        _write("update in one statement", f"{change} WHERE {many}",
               MANY, repeats),
        _write("insert in one statement", new.format(_ONE, MANY), MANY, repeats),
        _write("delete in one statement", f"DELETE FROM accounts_user WHERE {many}", MANY, repeats),
    ]  # fmt: skip


def _write(name: str, statement: str, rows: int, repeats: int) -> dict[str, Any]:
    """Do a write with and without triggers, turn about; whatever it wrote is undone."""
    from django.db import connection, transaction

    taken: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * repeats + 2):
        on = turn % 2 == 0
        with transaction.atomic(), connection.cursor() as cursor:
            if not on:
                for trigger in _TRIGGERS:
                    cursor.execute(f"ALTER TABLE accounts_user DISABLE TRIGGER {trigger}")
            # Once before: switching triggers makes the session plan anew.
            point = transaction.savepoint()
            cursor.execute(statement)
            transaction.savepoint_rollback(point)
            begun = time.perf_counter()
            cursor.execute(statement)
            if turn > 1:
                taken[on].append((time.perf_counter() - begun) * 1000)
            transaction.set_rollback(True)
    without, with_ = statistics.median(taken[False]), statistics.median(taken[True])
    return {
        "write": name,
        "rows": rows,
        "without": without,
        "with": with_,
        "ratio": with_ / without,
        "more": (with_ - without) * 1000 / rows,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
