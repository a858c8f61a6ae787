"""Nothing that the protection zone knows stands in the open: in no table, in no log line.

Every table is copied as a backup copies it, byte for byte, and searched.
"""

import logging
from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from clearinghouse.access.checks import SYSTEM
from clearinghouse.protection import queries, services
from clearinghouse.protection.models import Referral
from clearinghouse.shared import envelope
from tests.factories.accounts import make_user
from tests.factories.people import make_worker

pytestmark = pytest.mark.django_db

STATEMENT, REASONS, NOTE = "canary-statement-8f1d", "canary-reasons-27ab", "canary-note-90cc"
CANARIES = [
    STATEMENT.encode(),
    REASONS.encode(),
    NOTE.encode(),
    b'"forced_migrant"',
    b'"2026-10-17"',
    b'"2031-02-03"',
    b'"former_residence"',
    b'"UG"',
]


def _live(now: datetime) -> None:
    officer = make_user("protection_officer")
    worker = make_worker(former_residence="UG", now=now)
    request = services.request_check(by=worker.user, statement=STATEMENT, now=now)
    services.determine(
        by=officer,
        request_id=request.public_id,
        outcome="forced_migrant",
        effective_on=date(2026, 10, 17),
        review_on=date(2031, 2, 3),
        reasons=REASONS,
        now=now,
    )
    make_worker(birth_date=date(2010, 1, 1), experience_years=0, now=now)
    services.open_referrals(by=SYSTEM, now=now)
    referral = Referral.objects.get()
    services.close_referral(by=officer, referral_id=referral.public_id, note=NOTE, now=now)
    for shield in queries.list_holding(worker):
        services.ask_to_lift(by=worker.user, shield_id=shield.public_id, now=now)
        services.agree_to_lift(by=officer, shield_id=shield.public_id, now=now)
    services.sweep_shields(now=now + timedelta(days=4))


def _dump() -> bytes:
    found = bytearray()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname IN ('public', 'protection') ORDER BY 1"
        )
        tables = [row[0] for row in cursor.fetchall()]
        assert "protection.protection_determination" in tables and len(tables) > 40
        for table in tables:
            with cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT (FORMAT binary)") as copy:
                for block in copy:
                    found += block
    return bytes(found)


def _hits(text: bytes) -> list[bytes]:
    return [canary for canary in CANARIES if canary in text]


def test_no_table_and_no_log_holds_it_in_the_open(
    now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        _live(now)
    assert _hits(_dump()) == []
    # What the driver is given is what a log of statements would show.
    assert _hits(caplog.text.encode()) == []


def test_twin_without_encryption_all_of_it_is_found(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelope, "seal", lambda _key, data, **_about: bytes(28) + data)
    monkeypatch.setattr(envelope, "unseal", lambda _key, data, **_about: data[28:])
    _live(now)
    assert _hits(_dump()) == CANARIES


def test_a_text_that_was_moved_or_changed_does_not_open(now: datetime) -> None:
    key, other = envelope.new_key(), envelope.new_key()
    sealed = envelope.seal(key, b"text", about="1/a")
    assert envelope.unseal(key, sealed, about="1/a") == b"text"
    changed = bytes([*sealed[:-1], sealed[-1] ^ 1])
    for attempt in (
        lambda: envelope.unseal(key, sealed, about="2/a"),
        lambda: envelope.unseal(other, sealed, about="1/a"),
        lambda: envelope.unseal(key, changed, about="1/a"),
        lambda: envelope.unseal(key, b"short", about="1/a"),
    ):
        with pytest.raises(envelope.UnreadableError):
            attempt()


def test_the_length_of_a_sealed_text_says_little(now: datetime) -> None:
    for outcome in ("recognised", "forced_migrant", "refused"):
        services.determine(
            by=make_user("protection_officer"),
            worker_id=make_worker(now=now).public_id,
            outcome=outcome,
            effective_on=date(2026, 10, 17),
            reasons="Because.",
            now=now,
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT length(sealed) FROM protection_determination")
        assert len(cursor.fetchall()) == 1
