"""Reads of shield sets: what a person is hidden from, and whether every copy says the same."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from clearinghouse.access.tokens import BLOCK, state_token
from clearinghouse.people import queries as people
from clearinghouse.protection.enums import Ground, ShieldStatus
from clearinghouse.protection.keys import Erased, Keys, keys_of
from clearinghouse.protection.models import Shield
from clearinghouse.registry.queries import list_states
from clearinghouse.shared.envelope import UnreadableError

if TYPE_CHECKING:
    import uuid

    from clearinghouse.people.models import Worker


@dataclass(frozen=True, slots=True)
class Holding:
    """A state that a person is hidden from, in the open: for the person and the protection body."""

    public_id: "uuid.UUID"
    state: str
    ground: Ground
    status: ShieldStatus
    raised_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShieldCheck:
    """What a comparison of all sources with the copies on people's rows found, as numbers.

    `wrong` are people whose copy does not say what the source says, `unreadable` those whose
    source cannot be opened, `erased` those whose key was destroyed; their copy stays as it is.
    """

    people: int
    wrong: int
    unreadable: int
    erased: int


def field_of(shield: Shield) -> str:
    """Return what an entry is encrypted as."""
    return f"shield:{shield.public_id}"


def list_holding(worker: "Worker") -> list[Holding]:
    """List the states that a person is hidden from, the oldest first; two queries."""
    rows = Shield.objects.filter(worker=worker).exclude(status=ShieldStatus.LIFTED)
    keys = keys_of([worker.pk])
    return [_opened(row, keys) for row in rows.order_by("raised_at", "pk")]


def holding_states(worker_id: int) -> set[str]:
    """Return the ISO codes of the states that a person (key) is hidden from."""
    rows = Shield.objects.filter(worker_id=worker_id).exclude(status=ShieldStatus.LIFTED)
    keys = keys_of([worker_id])
    return {_opened(row, keys).state for row in rows}


def check_sources() -> ShieldCheck:
    """Compare every encrypted source with the copy on the person's row; three queries."""
    sources: dict[int, list[Shield]] = {}
    for row in Shield.objects.exclude(status=ShieldStatus.LIFTED):
        sources.setdefault(row.worker_id, []).append(row)
    copies, keys = people.shields_of(), keys_of(sources)
    known = {state_token(iso2) for iso2 in list_states().values_list("iso2", flat=True)}
    found = {"wrong": 0, "unreadable": 0, "erased": 0}
    everybody = sources.keys() | {pk for pk, copy in copies.items() if copy}
    for worker_id in everybody:
        if fault := _fault(sources.get(worker_id, []), copies.get(worker_id, []), keys, known):
            found[fault] += 1
    return ShieldCheck(people=len(everybody), **found)


def _fault(rows: Iterable[Shield], copy: list[int], keys: Keys, known: set[int]) -> str:
    try:
        wanted = {state_token(_opened(row, keys).state) for row in rows}
    except Erased:
        return "erased"
    except (UnreadableError, ValueError):
        return "unreadable"
    padded = len(copy) % BLOCK == 0 and copy == sorted(copy) and bool(copy) == bool(wanted)
    return "" if padded and known & set(copy) == wanted else "wrong"


def _opened(row: Shield, keys: Keys) -> Holding:
    said = json.loads(keys.decrypt(row.worker_id, field_of(row), row.sealed))
    return Holding(
        public_id=row.public_id,
        state=said["state"],
        ground=Ground(said["ground"]),
        status=ShieldStatus(row.status),
        raised_at=row.raised_at,
        ends_at=row.ends_at,
    )
