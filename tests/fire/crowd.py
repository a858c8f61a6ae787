"""Two hundred clients that do something at the same moment, each on a connection of its own."""

import http.client
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psycopg
from knox.models import AuthToken

from accounts.models import User
from tests.background.celery_worker import database_url
from tests.web.doors import signed_in

CROWD = 200
TIMEOUT = 60.0
_CSRF = "0" * 32


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do these from a thread each, released together."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait(timeout=TIMEOUT)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@dataclass
class Answer:
    """What a client was told."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)


@dataclass
class Caller:
    """How one client names itself: a token, a session, or not at all."""

    headers: dict[str, str]
    is_program: bool = True

    def post(self, port: int, offer_id: Any, act: str) -> Callable[[], Answer]:
        """Return what sends this caller's answer on a new connection, opened already."""
        path = f"/api/v1/offers/{offer_id}/{act}/"
        if not self.is_program:
            path = f"/worker/result/{offer_id}/{act}/"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        connection.connect()

        def send() -> Answer:
            body = b"{}" if self.is_program else b""
            connection.request("POST", path, body=body, headers=self.headers)
            response = connection.getresponse()
            text = response.read()
            connection.close()
            return Answer(response.status, json.loads(text) if self.is_program else {})

        return send


def program(user: User | None) -> Caller:
    """Give a program with a token of its own, or one without any."""
    headers = {"Content-Type": "application/json"}
    if user is not None:
        headers["Authorization"] = f"Token {AuthToken.objects.create(user)[1]}"
    return Caller(headers)


def browser(user: User) -> Caller:
    """Give a browser in which a person has signed in."""
    session = signed_in(user).cookies["session"].value
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"session={session}; csrf={_CSRF}",
        "X-CSRFToken": _CSRF,
    }
    return Caller(headers, is_program=False)


class RawConnections:
    """Connections past all of our code, kept open from one repetition to the next."""

    def __init__(self, count: int) -> None:
        self.all = [psycopg.connect(database_url()) for _ in range(count)]

    def close(self) -> None:
        """Close them all."""
        for connection in self.all:
            connection.close()

    def insert_at_once(self, statement: str, rows: Sequence[Sequence[Any]], *, undo: int) -> Any:
        """Execute a statement on every connection together; the first `undo` roll back.

        Returns a list of `kept`, `undone` or the name of the constraint that refused.
        """

        def insert(number: int) -> str:
            connection = self.all[number]
            try:
                connection.execute(statement, rows[number])
            except psycopg.IntegrityError as error:
                connection.rollback()
                return str(error.diag.constraint_name)
            if number < undo:
                connection.rollback()
                return "undone"
            connection.commit()
            return "kept"

        return at_once([lambda number=number: insert(number) for number in range(len(self.all))])
