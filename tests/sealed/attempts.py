"""Eight ways to change what is sealed, and a digest of what must stay as it is."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import cycle, islice
from typing import Any

import psycopg
from django.apps import apps
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from clearinghouse.background import tasks
from clearinghouse.registry import services as registry
from tests.factories.matching import RELEASED, World
from tests.web.doors import signed_in

Attempt = tuple[str, Callable[[], object]]
# Whole rows of these tables are evidence; of a round and of its secrets these columns are.
WHOLE = (
    "matching.SealedPosting",
    "matching.SealedEntry",
    "matching.Decision",
    "matching.PostingResult",
    "matching.RulesDocument",
    "matching.MerkleTree",
    "matching.SelfTest",
    "matching.Certification",
    "ledger.Transaction",
    "ledger.Entry",
    "audit.Event",
    "protection.Determination",
)
PARTS = {
    "matching.Round": (
        "salt", "rules_digest", "input_digest", "merkle_root", "seed", "market_digest",
        "plan_digest", "sealed_at", "engine_version", "verified_at", "certified_at",
    ),
    "matching.Run": (
        "round", "generation", "withdrawn", "accepted", "engine_version", "market_digest",
        "plan_digest", "checked_by", "finished_at",
    ),
    "matching.SeedSecret": ("party", "commitment"),
}  # fmt: skip


def evidence() -> Iterator[tuple[type[models.Model], list[Any]]]:
    """Yield each table of evidence with the columns that must stay."""
    for label in WHOLE:
        model = apps.get_model(label)
        yield model, [field for field in model._meta.concrete_fields if not field.primary_key]
    for label, names in PARTS.items():
        model = apps.get_model(label)
        yield model, [model._meta.get_field(name) for name in names]


def digests(before: dict[str, int]) -> dict[str, str]:
    """Digest every table of evidence as the database holds it, row by row.

    Of the trails only what stood there `before`: acts go on, and add lines.
    """
    found = {}
    with connection.cursor() as cursor:
        for model, fields in evidence():
            table = model._meta.db_table
            columns = ", ".join(f'"{field.column}"' for field in fields)
            key = "id, " if _has_id(model) else ""
            rows = f"SELECT {key}{columns} FROM {table}"
            rows += f" WHERE id <= {before[table]}" if table in before else ""
            joined = "string_agg(r::text, '|' ORDER BY r::text)"
            cursor.execute(f"SELECT md5(coalesce({joined}, '')) FROM ({rows}) r")
            found[table] = cursor.fetchone()[0]
    return found


def marks() -> dict[str, int]:
    """Return the last row of each trail, to which later acts add lines."""
    found = {}
    with connection.cursor() as cursor:
        for table in ("audit_event", "ledger_transaction", "ledger_entry"):
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


def tried(attempts: Iterator[Attempt], wanted: int) -> tuple[int, list[str]]:
    """Make each attempt, and so many at least, round and round; return how many, and which passed.

    What is accepted stays, so that the digest can notice it. What Python itself cannot write does
    not reach the database, so it does not count.
    """
    accepted: list[str] = []
    count = 0
    known = list(attempts)
    for number, (name, attempt) in enumerate(islice(cycle(known), len(known) + wanted * 3)):
        if count >= wanted and number >= len(known):
            break
        try:
            with transaction.atomic():
                if attempt():
                    accepted.append(name)
        except (DatabaseError, psycopg.Error, models.ProtectedError, models.RestrictedError):
            pass
        except (ValueError, TypeError, FieldError):
            continue
        count += 1
    return count, accepted


def changed(field: Any, value: Any) -> Any:
    """Return another value that the column could hold."""
    others: dict[type, Callable[[Any], Any]] = {
        bool: lambda one: not one,
        int: lambda one: one + 1,
        str: lambda one: ("0" if one[:1] != "0" else "1") + one[1:],
        datetime: lambda one: one + timedelta(days=1),
        date: lambda one: one + timedelta(days=1),
        list: lambda one: [*one, *one[:1]] if one else [1],
        dict: lambda one: {**one, "changed": 1},
    }
    if type(value) in others:
        return others[type(value)](value)
    return RELEASED if isinstance(field, models.DateTimeField) else 1


def by_save() -> Iterator[Attempt]:
    """Change a row and save it, as careless code would."""
    for model, fields in evidence():
        for row in model.objects.all()[:6]:
            for field in fields:

                def save(row: Any = row, field: Any = field) -> bool:
                    fresh = type(row).objects.get(pk=row.pk)
                    setattr(fresh, field.attname, changed(field, getattr(fresh, field.attname)))
                    fresh.save()
                    return True

                yield f"save {model._meta.label}.{field.name}", save


def by_queryset() -> Iterator[Attempt]:
    """Change or delete rows in bulk."""
    for model, fields in evidence():
        rows = model.objects
        first = rows.first()
        if first is None:
            continue
        for field in fields:
            value = changed(field, getattr(first, field.attname))
            yield (
                f"update {model._meta.label}.{field.name}",
                lambda rows=rows, field=field, value=value: rows.filter(pk=rows.first().pk).update(
                    **{field.attname: value}
                ),
            )
        yield f"delete {model._meta.label}", lambda rows=rows: rows.all().delete()[0]
        yield f"raw delete {model._meta.label}", lambda rows=rows: rows.all()._raw_delete("default")


def by_sql(login: str = "") -> Iterator[Attempt]:
    """Change rows in SQL, as the login that the web server has, where there is one."""
    for model, fields in evidence():
        table = model._meta.db_table
        for field in fields:
            column = f'"{field.column}"'
            yield (
                f"sql {table}.{column}",
                _sql(f"UPDATE {table} SET {column} = {_other(field)}", login),
            )
        yield f"sql delete {table}", _sql(f"DELETE FROM {table}", login)
        if login:
            statement = f"ALTER TABLE {table} DISABLE TRIGGER ALL"
            yield f"sql without triggers {table}", _sql(statement, login)
    swap = (
        "UPDATE matching_sealedentry a SET {0} = b.{0} FROM matching_sealedentry b"
        " WHERE a.round_id = b.round_id AND a.id <> b.id"
    )
    for column in ("candidate", "worker_id", "application_id", "points", "postings", "protected"):
        yield f"swap {column} of two entries", _sql(swap.format(column), login)
    yield (
        "swap the winners",
        _sql(
            "UPDATE matching_decision a SET quota_id = b.quota_id FROM matching_decision b"
            " WHERE a.run_id = b.run_id AND a.entry_id <> b.entry_id",
            login,
        ),
    )


def by_copy(login: str = "") -> Iterator[Attempt]:
    """Empty the tables, or copy rows into them past the door."""
    for model, _fields in evidence():
        table = model._meta.db_table
        # As the owner too: the login of the web server has no right to empty anything.
        for who in dict.fromkeys((login, "")):
            yield f"truncate {table} {who}", _sql(f"TRUNCATE {table} CASCADE", who)
            yield f"truncate {table} alone {who}", _sql(f"TRUNCATE {table}", who)
        if model.objects.exists():
            yield f"copy into {table}", lambda table=table: _copy_back(table)


def by_cascade() -> Iterator[Attempt]:
    """Delete what the evidence hangs on."""
    for label in (
        "matching.Round", "matching.Run", "quotas.Quota", "applications.Application",
        "people.Worker", "accounts.User",
    ):  # fmt: skip
        model = apps.get_model(label)
        table = model._meta.db_table
        referred = "SELECT min(id) FROM " + table
        for row in model.objects.all()[:4]:
            yield f"delete {label}", lambda row=row: row.delete()[0]
        yield f"sql delete {table}", _sql(f"DELETE FROM {table} WHERE id = ({referred})")
        yield f"sql renumber {table}", _sql(f"UPDATE {table} SET id = id + 1000000")
        yield f"truncate {table}", _sql(f"TRUNCATE {table} CASCADE")


def by_api(world: World, users: list[User]) -> Iterator[Attempt]:
    """Send sealed columns to every write of rounds, by every account that has a token."""
    client = Client(raise_request_exception=False)
    body = dict.fromkeys(PARTS["matching.Round"], "0" * 64) | {"reason": "x", "secret": "ab"}
    names = ("open", "commit", "seal", "reveal", "draw", "run", "certify", "void", "discharge")
    for user in users:
        token = registry.issue_token(by=user, now=RELEASED)
        headers = {"authorization": f"Token {token}"}
        for name in names:
            path = reverse(f"api-round-{name}", args=[world.number])
            for given in (body, {}, {"reason": "x"}, {"secret": "ab" * 16}):
                yield f"api {name}", _request(client, "post", path, given, headers)
        for method in ("put", "patch", "delete"):
            path = reverse("api-round", args=[world.number])
            yield f"api {method} round", _request(client, method, path, body, headers)


def by_form(world: World, users: list[User]) -> Iterator[Attempt]:
    """Send sealed columns with every form of the secretariat."""
    body = dict.fromkeys(PARTS["matching.Round"], "0" * 64) | {"reason": "x", "sure": "on"}
    names = ("certify", "cancel", "void", "commit", "reveal", "discharge")
    for user in users:
        client = signed_in(user)
        client.raise_request_exception = False
        paths = [reverse(f"operations-round-{name}", args=[world.number]) for name in names]
        steps = ("open", "seal", "draw", "run", "release")
        paths += [reverse("operations-round-step", args=[world.number, step]) for step in steps]
        for path in paths:
            yield f"form {path}", _form(client, path, body)


def by_background(world: World) -> Iterator[Attempt]:
    """Let every task and the commands of operators run once more."""
    run = world.round.runs.first()
    for name, task in {
        "run": lambda: tasks.run_round(run_id=str(run.public_id)),
        "sweep": tasks.sweep_runs,
        "open": tasks.open_rounds,
        "refill": lambda: tasks.refill_places(number=world.number),
        "reconcile": tasks.reconcile_ledger,
        "referrals": tasks.refer_minors,
        "replay": lambda: call_command("replay_round", str(world.number), stdout=io.StringIO()),
        "reference": lambda: call_command("load_reference", verbosity=0),
    }.items():
        yield f"background {name}", _silent(task)


def _silent(task: Callable[[], object]) -> Callable[[], bool]:
    def attempt() -> bool:
        task()
        return False

    return attempt


def _request(
    client: Client, method: str, path: str, body: object, headers: dict[str, str]
) -> Callable[[], bool]:
    def attempt() -> bool:
        send = getattr(client, method)
        response = send(path, json.dumps(body), content_type="application/json", headers=headers)
        return bool(response.status_code < 300)

    return attempt


def _form(client: Client, path: str, body: dict[str, str]) -> Callable[[], bool]:
    def attempt() -> bool:
        # A form that is refused says so on a page; the digest tells whether anything changed.
        client.post(path, body)
        return False

    return attempt


def _sql(statement: str, login: str = "") -> Callable[[], int]:
    def attempt() -> int:
        with connection.cursor() as cursor:
            if login:
                cursor.execute(f"SET LOCAL ROLE {login}")
            cursor.execute(statement)
            changed_rows = cursor.rowcount
            if login:
                cursor.execute("RESET ROLE")
        return max(changed_rows, 0)

    return attempt


def _copy_back(table: str) -> bool:
    """Copy the first row out and in again under another key: one row too many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " ORDER BY ordinal_position",
            [table],
        )
        columns = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table} LIMIT 1")
        row = list(cursor.fetchone())
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            copy.write_row(row)
    return True


def _has_id(model: type[models.Model]) -> bool:
    return any(field.column == "id" for field in model._meta.concrete_fields)


def _other(field: Any) -> str:
    column = f'"{field.column}"'
    kind = field.db_type(connection) or ""
    if kind == "boolean":
        return f"NOT {column}"
    if kind.startswith(("integer", "bigint", "smallint")) and not kind.endswith("[]"):
        return f"coalesce({column}, 0) + 1"
    if kind.startswith(("varchar", "text")) and not kind.endswith("[]"):
        return (
            f"reverse({column}) || 'x'"
            if kind == "text"
            else f"overlay({column} placing '0' from 1)"
        )
    if kind.startswith("timestamp"):
        return f"{column} + interval '1 day'"
    return "NULL"
