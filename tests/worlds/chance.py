"""Chance and time that a test holds in its hand.

Two worlds may differ only by the person, so both must draw the same random ids, tokens and keys.
A history names a source for each act: what one act draws never moves what the next one draws.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random

import pytest
from django.db import connection
from django.db.models import DateTimeField, Value
from django.utils import timezone
from knox import crypto

from accounts import sessions
from clearinghouse.shared import clock

_CLOCKED = """
    SELECT adrelid::regclass::text, quote_ident(attname) FROM pg_attrdef
    JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    WHERE pg_get_expr(adbin, adrelid) = 'statement_timestamp()'
"""


class Chance:
    """Where random bytes come from: a named source inside `named`, the machine outside."""

    def __init__(self) -> None:
        self._machine = os.urandom
        self._source: Random | None = None

    def bytes(self, count: int) -> bytes:
        """Return random bytes."""
        return self._machine(count) if self._source is None else self._source.randbytes(count)

    @contextmanager
    def named(self, *words: object) -> Iterator[None]:
        """Draw from the source that these words name, from its beginning."""
        before = self._source, random.getstate()
        self._source = Random(repr(words))
        random.seed(repr(words))
        try:
            yield
        finally:
            self._source, state = before
            random.setstate(state)


class Watch:
    """The time that every door sees, and the database where it fills in a moment of its own."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    @property
    def moment(self) -> datetime:
        """Return the present moment."""
        return self._moment

    @moment.setter
    def moment(self, moment: datetime) -> None:
        self._moment = moment
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('worlds.now', %s, false)", [moment.isoformat()])

    def hold_database(self) -> None:
        """Let columns that default to the time of the statement follow the watch.

        Inside the test's transaction, which is rolled back.
        """
        with connection.cursor() as cursor:
            cursor.execute(_CLOCKED)
            for table, column in cursor.fetchall():
                cursor.execute(
                    f"ALTER TABLE {table} ALTER {column} SET DEFAULT"
                    " current_setting('worlds.now')::timestamptz"
                )
        self.moment = self._moment

    def now(self) -> datetime:
        """Return the moment."""
        return self.moment


@contextmanager
def held(moment: datetime) -> Iterator[tuple[Chance, Watch]]:
    """Take chance and time from the machine: `os.urandom`, `secrets`, `uuid4`, every clock.

    The house's own clock follows the watch. The clocks of Django and of the sessions stand still at
    `moment`, so that a cookie's last day is the same in both worlds and no session ends.
    """
    chance, watch = Chance(), Watch(moment)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "urandom", chance.bytes)
        patch.setattr(random, "_urandom", chance.bytes)
        patch.setattr(crypto, "generate_bytes", chance.bytes)
        patch.setattr(time, "time", moment.timestamp)
        patch.setattr(timezone, "now", lambda: moment)
        patch.setattr(clock, "now", watch.now)
        patch.setattr(sessions, "Now", lambda: Value(moment, output_field=DateTimeField()))
        yield chance, watch
