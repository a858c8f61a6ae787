"""What the database refuses, in words a person can read; and locks in one order."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pgtrigger
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg import IsolationLevel

from clearinghouse.shared.errors import Conflict, DomainError

# A lock that cannot be had in time, and two transactions that wait for each other.
_BUSY = frozenset({"55P03", "40P01"})

_REFUSE = """
    RAISE EXCEPTION 'Rows of this table are evidence: nobody changes or deletes them'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{name}_append_only';
"""


def append_only(name: str) -> list[pgtrigger.Trigger]:
    """Return the triggers that refuse UPDATE, DELETE and TRUNCATE on a table of evidence.

    The refusal is an `IntegrityError` of the constraint `<name>_append_only`.
    """
    refuse = _REFUSE.format(name=name)
    return [
        pgtrigger.Trigger(
            name=f"{name}_no_change",
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=refuse,
        ),
        pgtrigger.Trigger(
            name=f"{name}_no_truncate",
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            level=pgtrigger.Statement,
            func=refuse,
        ),
    ]


def written_whole(name: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses INSERT into a table whose rows come by whole partitions.

    A table that is being filled is no partition yet, so the trigger is not on it. The refusal is
    an `IntegrityError` of the constraint `<name>_append_only`.
    """
    return pgtrigger.Trigger(
        name=f"{name}_no_insert",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=_REFUSE.format(name=name),
    )


def violated_constraint(error: DatabaseError) -> str | None:
    """Return the name of the constraint (or of the trigger's own name) that refused the row."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None)


@contextmanager
def refusals(errors: Mapping[str, DomainError]) -> Iterator[None]:
    """Turn violations of named constraints into domain errors; anything else is a bug and surfaces.

    `errors` maps constraint names to the refusal to raise. A lock that cannot be had within the
    lock time-out, or never for want of an end, becomes a `Conflict` too.
    """
    try:
        yield
    except IntegrityError as error:
        name = violated_constraint(error)
        if name is not None and name in errors:
            raise errors[name] from error
        raise
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) in _BUSY:
            raise Conflict(
                _("Somebody else is changing this right now. Please try again in a moment."),
                code="locked",
            ) from error
        raise


def try_advisory_lock(space: int, key: int) -> bool:
    """Try to take a lock for this transaction, named by two 32-bit numbers; never waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [space, key])
        row = cursor.fetchone()
    return bool(row and row[0])


def advisory_lock(space: int, key: int) -> None:
    """Wait for a lock of this transaction, named by two 32-bit numbers, up to the lock time-out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [space, key])


def set_local(name: str, value: str) -> None:
    """Tell the database something that its triggers read, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


@contextmanager
def read_only() -> Iterator[None]:
    """Do the block in a transaction in which the database itself refuses every write."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield


@contextmanager
def one_moment() -> Iterator[None]:
    """Do the block in a transaction that sees the database as it is now and writes nothing.

    Inside a transaction (of a test) it sees what that one sees.
    """
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    # Not as a statement: the transaction's first one says who acts.
    connection.connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.connection.read_only = True
    try:
        with transaction.atomic():
            yield
    finally:
        connection.connection.isolation_level = connection.connection.read_only = None
