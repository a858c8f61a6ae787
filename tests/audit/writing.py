"""Ten ways in which rows get written, and what was written, seen without any trigger."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from knox.models import AuthToken
from rest_framework.test import APIClient

from clearinghouse.applications import services as applications
from clearinghouse.audit.installing import catalogue
from clearinghouse.audit.tables import AUDITED
from clearinghouse.background import tasks
from clearinghouse.matching.services.copying import copy_rows
from clearinghouse.people.models import LanguageSkill, Worker
from tests.factories.accounts import make_user
from tests.factories.people import make_worker

# Reference data that no path below touches.
STILL = {"registry_occupation", "registry_state", "accounts_incompatiblepair"}
LANGUAGES = [f"{first}{second}" for first in "abcdefgh" for second in "klmnopqr"]
Seen = dict[tuple[str, str], str]


class World:
    """Some people, an officer who nominates, and a program that calls."""

    def __init__(self, rng: random.Random, now: datetime) -> None:
        """Make the people."""
        self.rng, self.now, self.number = rng, now, 0
        self.officer = make_user("origin_officer", state="KE")
        self.caller = APIClient()
        _instance, token = AuthToken.objects.create(self.officer)
        self.caller.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        for _turn in range(6):
            make_worker()
        with connection.cursor() as cursor:
            tables = catalogue(cursor)
        self.snapshot_sql = " UNION ALL ".join(
            f"SELECT '{name}', {' || chr(44) || '.join(f'{key}::text' for key in table.key)},"
            f" tableoid::text || ctid::text FROM {table.sql_name}"
            for name, table in tables.items()
            if name in AUDITED and name not in STILL
        )

    def next(self) -> int:
        """Return a number that was not there before."""
        self.number += 1
        return self.number

    def worker(self) -> Worker:
        """Choose a person."""
        return self.rng.choice(list(Worker.objects.order_by("pk")[:40]))

    def snapshot(self) -> Seen:
        """Return where each row version stands: every write moves it, trigger or not."""
        with connection.cursor() as cursor:
            cursor.execute(self.snapshot_sql)
            return {(table, key): place for table, key, place in cursor.fetchall()}


def written(before: Seen, after: Seen) -> set[tuple[str, str]]:
    """Return the rows that were inserted, changed or deleted in between."""
    return {row for row in before.keys() | after.keys() if before.get(row) != after.get(row)}


@contextmanager
def audited() -> Iterator[set[tuple[str, str]]]:
    """Collect the rows that the audit took down in the block."""
    found: set[tuple[str, str]] = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM audit_rowchange")
        last = cursor.fetchone()[0]
        yield found
        cursor.execute(
            'SELECT l."table", r.key FROM audit_rowchange r JOIN audit_layout l ON l.id = r.layout'
            " WHERE r.id > %s",
            [last],
        )
        found.update(cursor.fetchall())


def save(world: World) -> None:
    """ORM `save`."""
    worker = world.worker()
    worker.phone = f"+{world.next()}"
    worker.save()


def update(world: World) -> None:
    """ORM `update` of many rows."""
    Worker.objects.filter(pk__lte=world.worker().pk).update(phone=f"+{world.next()}")


def bulk(world: World) -> None:
    """`bulk_create` and `bulk_update`."""
    worker = world.worker()
    LanguageSkill.objects.filter(worker=worker).delete()
    skills = LanguageSkill.objects.bulk_create(
        LanguageSkill(worker=worker, language=code, level="A1")
        for code in world.rng.sample(LANGUAGES, 3)
    )
    for skill in skills:
        skill.level = "B2"
    LanguageSkill.objects.bulk_update(skills, ["level"])


def raw(world: World) -> None:
    """SQL by hand: a statement that writes twice, and one that inserts or updates."""
    worker = world.worker().pk
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM people_languageskill WHERE worker_id = %s RETURNING 1)"
            " UPDATE people_worker SET version = version + 1 WHERE id = %s",
            [worker, worker],
        )
        cursor.execute(
            "INSERT INTO people_languageskill (worker_id, language, level) VALUES (%s, 'zz', 'A1')"
            " ON CONFLICT (worker_id, language) DO UPDATE SET level = 'C1'",
            [worker],
        )


def command(_world: World) -> None:
    """A command of `manage.py`; there is no admin site in this house."""
    call_command("check_ledger", stdout=open("/dev/null", "w"))  # noqa: SIM115, PTH123


def api(world: World) -> None:
    """A program that calls."""
    cache.clear()
    answer = world.caller.post("/api/v1/nominations/", _row(world))
    assert answer.status_code == 201, answer.content


def csv(world: World) -> None:
    """A file of rows."""
    rows = [_row(world) for _turn in range(3)]
    lines = [",".join([*rows[0], "posting"]), *(",".join([*row.values(), ""]) for row in rows)]
    applications.import_nominations(
        by=world.officer, file_name="a.csv", content="\n".join(lines).encode(), now=world.now
    )


def task(world: World) -> None:
    """A task of the background."""
    Worker.objects.filter(pk=make_worker().pk).update(birth_date=date(2015, 1, 1))
    tasks.refer_minors.apply()
    assert world.now


def cascade(_world: World) -> None:
    """A deletion that takes other rows with it."""
    worker = make_worker()
    LanguageSkill.objects.create(worker=worker, language="zz", level="A1")
    worker.delete()


def copy(world: World) -> None:
    """COPY."""
    worker = make_worker()
    rows = [(worker.pk, code, "A2") for code in world.rng.sample(LANGUAGES, 5)]
    LanguageSkill.objects.filter(worker=worker).delete()
    copy_rows(LanguageSkill, ["worker_id", "language", "level"], rows)


def _row(world: World) -> dict[str, Any]:
    number = world.next()
    return {
        "reference": f"KE-{number}",
        "given_names": f"Name{number}",
        "family_name": "Odhiambo",
        "birth_date": "1994-05-17",
        "email": f"w{number}@example.org",
        "occupation": "7212",
    }


PATHS: tuple[Callable[[World], None], ...] = (
    save,
    update,
    bulk,
    raw,
    command,
    api,
    csv,
    task,
    cascade,
    copy,
)
