"""Reads of shield sets: what a person is hidden from, and whether every copy says the same."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearinghouse.access.tokens import BLOCK, state_token
from clearinghouse.people import queries as people
from clearinghouse.protection.enums import ShieldStatus
from clearinghouse.protection.keys import Keys, keys_of, opening
from clearinghouse.protection.models import Shield
from clearinghouse.registry.queries import list_states
from clearinghouse.shared.envelope import UnreadableError

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker


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


def list_holding(worker: "Worker") -> list[Shield]:
    """List the entries that hide a person, readable, the oldest first; two queries."""
    rows = Shield.objects.filter(worker=worker).exclude(status=ShieldStatus.LIFTED)
    return list(opening(rows.order_by("raised_at", "pk")))


def holding_states(worker_id: int) -> set[str]:
    """Return the ISO codes of the states that a person (key) is hidden from; two queries.

    What an erased person was hidden from is known to nobody any more.
    """
    rows = Shield.objects.filter(worker_id=worker_id).exclude(status=ShieldStatus.LIFTED)
    return {row.state for row in opening(rows)} - {""}


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


def _fault(rows: list[Shield], copy: list[int], keys: Keys, known: set[int]) -> str:
    try:
        for row in rows:
            keys.open_row(row)
    except UnreadableError:
        return "unreadable"
    if any(row.erased for row in rows):
        return "erased"
    wanted = {state_token(row.state) for row in rows}
    padded = len(copy) % BLOCK == 0 and copy == sorted(copy) and bool(copy) == bool(wanted)
    return "" if padded and known & set(copy) == wanted else "wrong"
