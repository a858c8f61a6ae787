"""Making releases of numbers: disclosure control, then one row that stays."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import rfc8785
from django.conf import settings
from django.db import transaction

from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.shared.database import advisory_lock
from clearinghouse.statistics import queries, rules
from clearinghouse.statistics.enums import Kind
from clearinghouse.statistics.models import Deduction, Release
from clearinghouse.statistics.rules import Limits, Shown, Table

Compose = Callable[[Mapping[str, Shown]], Mapping[str, Any]]
# "STAT" in bytes, so that no other advisory lock has this name.
_SPACE = 0x53544154


def limits() -> Limits:
    """Return the smallest cell and the step of rounding that hold here."""
    return Limits(settings.SMALLEST_PUBLIC_CELL, settings.PUBLIC_NUMBERS_STEP)


@transaction.atomic
def release(
    kind: Kind,
    subject: int,
    *,
    table: Table,
    compose: Compose,
    reason: str,
    now: datetime,
) -> Release | None:
    """Release the numbers of a table; None if nothing may change, or nothing has.

    `compose` puts the chosen numbers into the content that is published. The counts themselves are
    written nowhere. `reason` is kept from the second release on.
    """
    advisory_lock(_SPACE, subject)
    last = queries.find_release(kind, subject)
    number = last.number + 1 if last else 1
    wanted = rules.Release(
        table=table,
        limits=limits(),
        number=number,
        before=queries.cells_of(last) if last else {},
        earlier=queries.list_deductions(kind, subject),
    )
    shown = rules.protect(wanted)
    if shown is None:
        return None
    content = {**compose(shown), "cells": {name: cell.to_json() for name, cell in shown.items()}}
    row = _keep(kind, subject, number, content, reason=reason if last else "", now=now)
    Deduction.objects.create(release=row, ranges=wanted.ranges(shown))
    return row


@transaction.atomic
def release_once(kind: Kind, subject: int, *, content: Mapping[str, Any], now: datetime) -> Release:
    """Keep numbers that were chosen from another release; only the first call does anything."""
    advisory_lock(_SPACE, subject)
    found = queries.find_release(kind, subject)
    return found or _keep(kind, subject, 1, content, reason="", now=now)


def _keep(
    kind: Kind,
    subject: int,
    number: int,
    content: Mapping[str, Any],
    *,
    reason: str,
    now: datetime,
) -> Release:
    held = limits()
    content = {**content, "smallest": held.smallest, "step": held.step}
    row = Release.objects.create(
        kind=kind,
        subject=subject,
        number=number,
        made_at=now,
        reason=reason,
        content=content,
        digest=hashlib.sha256(rfc8785.dumps(content)).hexdigest(),
    )
    facts = {"kind": kind.value, "subject": subject, "number": number, "digest": row.digest}
    trail.record(Verb.STATISTICS_RELEASED, by=SYSTEM, on=row, facts=facts)
    return row
