"""Every way out of the house during hostile requests: answers, mails, log lines, the queue."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from random import Random
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import connection, transaction
from redis import Redis

from clearinghouse.exports import queries as exports
from clearinghouse.exports.enums import Kind
from clearinghouse.exports.models import Export
from clearinghouse.exports.services import sweep as make_exports
from clearinghouse.exports.sources import Selection
from clearinghouse.notices import services as notices
from clearinghouse.shared.logs import json_formatter
from tests.worlds import looks
from tests.worlds.canaries import throw
from tests.worlds.cast import ACCOUNTS, Cast
from tests.worlds.chance import Chance, Watch
from tests.worlds.doors import Answer, Call, Doors
from tests.worlds.scanner import Scanner

BATCH = 250
QUEUE = "celery"
EXPORTS = "origin_officer"


class _Lines(logging.Handler):
    """Keeps log lines as they leave the process."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(json_formatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.lines.append(self.format(record))


@dataclass(frozen=True)
class Hit:
    """A canary that got out."""

    where: str
    names: tuple[str, ...]
    call: Call | None = None

    def __str__(self) -> str:
        who = f" after {self.call.account} {self.call.method} {self.call.path}" if self.call else ""
        return f"{self.where}: {', '.join(self.names)}{who}"


@dataclass
class Egress:
    """Makes hostile requests in batches that leave nothing behind, and scans what comes out."""

    cast: Cast
    chance: Chance
    watch: Watch
    scanner: Scanner
    hits: list[Hit] = field(default_factory=list)
    requests: int = 0
    fine: int = 0
    files: int = 0
    broken: list[str] = field(default_factory=list)
    _said: bytes = b""

    def __post_init__(self) -> None:
        self.doors = Doors(self.cast, self.chance)
        self.doors.sign_in_all()

    def fuzz(self, seed: int, count: int, *, broker: Redis, first: int = 0) -> Iterator[int]:
        """Make `count` requests that this number names, from the `first`; yield how many are done.

        A long run may so be made in pieces that never repeat each other.
        """
        for start in range(0, count, BATCH):
            with _log_lines() as log, transaction.atomic():
                chance = Random(f"fuzz {seed} {first + start}")
                self._batch(chance, min(BATCH, count - start), log, seed)
                self._scan_mails()
                self._scan_queue(broker)
                transaction.set_rollback(True)
            yield self.requests

    def try_one(self, call: Call) -> Answer:
        """Make one request and scan its answer."""
        with _log_lines() as log:
            return self._one(
                self.doors.branched(self.cast), call, log, f"one {self.scanner.pieces}"
            )

    def _batch(self, random: Random, count: int, log: _Lines, seed: int) -> None:
        mail.outbox.clear()
        self._said = b""
        ids = looks.known_ids()
        doors = self.doors.branched(self.cast)
        for number in range(count):
            if number % 50 == 0:
                cache.clear()
            call = throw(random, ids)
            answer = self._one(doors, call, log, f"{seed} {self.requests}")
            self.requests += 1
            if answer.status >= 500:
                self.broken.append(f"{answer.status} {call}")
            self.fine += answer.status == 200
        self._export(self.doors.branched(self.cast), log)

    def _export(self, doors: Doors, log: _Lines) -> None:
        """Let the hostile state take its whole list as a file, and scan that."""
        by, now, call = (
            self.cast.users[EXPORTS],
            self.watch.moment,
            Call(EXPORTS, "/state/exports/new/"),
        )
        found = exports.preview(by, Kind.NOMINATIONS, Selection("", ""), now=now)
        words = {"reason": "Our own list.", "shown": str(found.lines)}
        self._one(doors, replace(call, method="POST", data=words), log, "export")
        make_exports(now=now)
        for export in Export.objects.filter(asked_by=by, status="ready"):
            path = f"/state/exports/{export.public_id}/file/"
            self.files += self._one(doors, Call(EXPORTS, path), log, "file").status == 200

    def _one(self, doors: Doors, call: Call, log: _Lines, name: str) -> Answer:
        log.lines.clear()
        # A request that is refused by a database error must not spoil the ones after it.
        with transaction.atomic():
            answer = doors.ask(call, name)
        _let_callbacks_go()
        own = json.dumps([call.path, call.data, call.headers], default=str).encode()
        if call.data:
            self._said += own
        headers = "\n".join(f"{key}: {value}" for key, value in answer.headers).encode()
        self._look("body", answer.body, own, call)
        self._look("headers", headers, own, call)
        self._look("log", "\n".join(log.lines).encode(), own, call)
        return answer

    def _look(self, where: str, content: bytes, own: bytes, call: Call | None) -> None:
        if content and (names := self.scanner.find(content, but_not=own + self._said)):
            self.hits.append(Hit(where, tuple(names), call))

    def _scan_mails(self) -> None:
        notices.deliver_outbox(now=self.watch.moment, limit=10_000)
        hostile = {self.cast.users[name].email for name in ACCOUNTS if name in self.cast.users}
        for letter in mail.outbox:
            if letter.to[0] in hostile:
                self._look("mail", letter.message().as_bytes(), b"", None)
            self._look("mail to anybody", f"{letter.subject}\n{letter.body}".encode(), b"", None)

    def _scan_queue(self, broker: Redis) -> None:
        """Scan every key and value of Valkey: queues, what is taken but not done, throttles."""
        for key in broker.scan_iter(count=1000):
            for raw in (key, *_values(broker, key)):
                self._look("broker", raw, b"", None)
        broker.delete(QUEUE)


def _values(broker: Redis, key: bytes) -> Iterable[bytes]:
    read: Mapping[bytes, Callable[[], Any]] = {
        b"string": lambda: [broker.get(key) or b""],
        b"list": lambda: broker.lrange(key, 0, -1),
        b"set": lambda: broker.smembers(key),
        b"zset": lambda: broker.zrange(key, 0, -1),
        b"hash": lambda: chain.from_iterable(broker.hgetall(key).items()),
    }
    kind = broker.type(key)
    return read[kind]() if kind in read else ()


def queue_of_tests() -> Redis:
    """Return a client of the broker."""
    return Redis.from_url(settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://"))


def _let_callbacks_go() -> None:
    """Do what waits for the commit, which a test's transaction never reaches."""
    waiting, connection.run_on_commit = connection.run_on_commit, []
    for _savepoints, callback, _robust in waiting:
        callback()


@contextmanager
def _log_lines() -> Iterator[Any]:
    lines, root = _Lines(), logging.getLogger()
    root.addHandler(lines)
    try:
        yield lines
    finally:
        root.removeHandler(lines)
