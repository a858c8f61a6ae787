"""How often somebody may guess: counted in PostgreSQL before the guess is looked at.

A guess is counted by one statement that locks the row of its key, so that of any number of
guesses at the same moment exactly as many are let through as the limit says. The count stands in
a transaction of its own on a connection of its own: what happens to the request afterwards, an
error page or a rollback, takes nothing back. A key is a keyed digest of what it counts (an
address, an account, a network), kept until its time is over; nobody can read an address from it.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection

# Clean a little with every count, so that nothing needs to come by and sweep.
_CLEANED = 50
_COUNT = """
    INSERT INTO accounts_attempt AS kept (key, tries, until)
    VALUES (%(key)s, 1, statement_timestamp() + %(time)s)
    ON CONFLICT (key) DO UPDATE SET
        tries = CASE WHEN kept.until <= statement_timestamp() THEN 1 ELSE kept.tries + 1 END,
        until = CASE WHEN kept.until <= statement_timestamp()
            THEN excluded.until ELSE kept.until END
    WHERE kept.until <= statement_timestamp() OR kept.tries < %(most)s
    RETURNING tries
"""
_CLEAN = """
    DELETE FROM accounts_attempt WHERE key IN (
        SELECT key FROM accounts_attempt WHERE until <= statement_timestamp()
        LIMIT %(many)s FOR UPDATE SKIP LOCKED
    )
"""
_GIVE_BACK = "UPDATE accounts_attempt SET tries = tries - 1 WHERE key = %(key)s AND tries > 1"
_FORGET = "DELETE FROM accounts_attempt WHERE key = %(key)s"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries in so much time, per account or address (`one`) or per network (`net`)."""

    name: str
    most: int
    time: timedelta


PASSWORD = Limit("password", 5, timedelta(minutes=5))
PASSWORD_NET = Limit("password-net", 60, timedelta(minutes=5))
CODE = Limit("code", 5, timedelta(minutes=5))
RESET = Limit("reset", 5, timedelta(hours=1))
RESET_NET = Limit("reset-net", 20, timedelta(minutes=10))
SIGN_UP = Limit("sign-up", 5, timedelta(hours=1))
SIGN_UP_NET = Limit("sign-up-net", 20, timedelta(minutes=10))
CONFIRMATION = Limit("confirmation", 5, timedelta(hours=1))
# Longer than a code is good for, half a minute to either side.
USED_CODE = Limit("used-code", 1, timedelta(minutes=3))


def spend(limit: Limit, what: Any) -> bool:
    """Count one try; False says that it is one too many and must not be looked at."""
    with _apart() as cursor:
        cursor.execute(_COUNT, {"key": _key(limit, what), "time": limit.time, "most": limit.most})
        allowed = cursor.fetchone() is not None
        cursor.execute(_CLEAN, {"many": _CLEANED})
    return allowed


def give_back(limit: Limit, what: Any) -> None:
    """Take one try back, because it was right."""
    with _apart() as cursor:
        cursor.execute(_GIVE_BACK, {"key": _key(limit, what)})


def forget(limit: Limit, what: Any) -> None:
    """Forget the tries of one account or address, because the right person has come."""
    with _apart() as cursor:
        cursor.execute(_FORGET, {"key": _key(limit, what)})


def network_of(address: str) -> str:
    """Return the network of an address: 256 addresses of version 4, one site of version 6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    size = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network(f"{found}/{size}", strict=False))


def _key(limit: Limit, what: Any) -> bytes:
    text = f"{limit.name}:{what}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).digest()


@contextmanager
def _apart() -> Iterator[Any]:
    if not settings.COUNT_GUESSES_APART:
        with connection.cursor() as cursor:
            yield cursor
        return
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            yield cursor
    finally:
        own.close()
