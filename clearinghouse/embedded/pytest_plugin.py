"""Give the tests a database and a queue of their own unless the environment names some.

Loaded with `-p` before pytest-django reads the settings. Workers of xdist inherit the variables
and start nothing.
"""

import atexit
import contextlib
import os

import pytest

from clearinghouse.embedded.errors import EmbeddedError
from clearinghouse.embedded.pair import addresses_from_outside, throw_away_pair, versions

# A private key that everybody can read: it signs nothing but what tests make.
SIGNING_KEY_OF_TESTS = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEILqREGDdDmEQ2u3DlKDQjWDfplcaPLd1//KT6Hq6m3iR
-----END PRIVATE KEY-----
"""

_servers = contextlib.ExitStack()
_header = "database and queue: DATABASE_URL and REDIS_URL of the environment"


def _start() -> None:
    global _header  # noqa: PLW0603 - the one thing that the header hook needs to know
    try:
        if addresses_from_outside():
            return
        pair = _servers.enter_context(throw_away_pair())
    except EmbeddedError as error:
        raise pytest.UsageError(str(error)) from None
    # A start that fails before the hooks below exist still stops its servers.
    atexit.register(_servers.close)
    os.environ.update(pair.environment)
    _header = f"database and queue: throw-away {versions(pair.place.account)} on unix sockets"


os.environ.setdefault("SECRET_KEY", "for tests only")
os.environ.setdefault("SIGNING_KEY", SIGNING_KEY_OF_TESTS)
os.environ.setdefault("WRAPPING_KEY", "d3JhcHBpbmcga2V5IG9mIHRlc3RzLCAzMiBieXRlcyE=")
os.environ.setdefault("SHIELD_KEY", "c2hpZWxkIGtleSBvZiB0ZXN0cywgLSAzMiBieXRlcyE=")
# Templates may name files that nobody collected.
os.environ.setdefault("HASHED_STATIC", "0")
_start()


def pytest_report_header() -> str:
    """Name the servers at the top of the report."""
    return _header


def pytest_unconfigure() -> None:
    """Stop the servers that were started here."""
    _servers.close()
