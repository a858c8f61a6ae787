"""How tests of pages sign in, stop the clock and count queries."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from clearinghouse.shared import clock


def stop_clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let every door see the same moment."""
    monkeypatch.setattr(clock, "now", lambda: moment)


def signed_in(user: User) -> Client:
    """Give a browser in which a person has signed in."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def count_queries(client: Client, url: str) -> int:
    """Count the queries of one page, once caches of the process are warm; it must answer 200."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def writes_of(client: Client, url: str) -> list[str]:
    """List the statements of a GET that are not reads.

    Sessions and sign-in do not count, nor does the log of reads, which a GET alone may write.
    """
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    reads = ("SELECT", "SAVEPOINT", "RELEASE")
    return [
        query["sql"]
        for query in captured.captured_queries
        if not query["sql"].startswith(reads)
        and "accounts_session" not in query["sql"]
        and not query["sql"].startswith('INSERT INTO "audit_reading"')
    ]


def text_of(response: Any) -> str:
    """Return a page as text."""
    return str(response.content.decode())
