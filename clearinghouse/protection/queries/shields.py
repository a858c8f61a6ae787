"""Reads of shield sets: what a person is hidden from, and whether every copy says the same."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from clearinghouse.access.tokens import BLOCK, state_token
from clearinghouse.people import queries as people
from clearinghouse.protection.enums import Ground, RequestStatus, ShieldStatus
from clearinghouse.protection.keys import Keys, keys_of, opening
from clearinghouse.protection.models import Request, SetAside, Shield
from clearinghouse.protection.permissions import check_can_determine, not_found
from clearinghouse.protection.queries.claims import protected_worker_ids
from clearinghouse.registry.queries import list_states
from clearinghouse.shared.database import refusals
from clearinghouse.shared.envelope import UnreadableError
from clearinghouse.shared.ids import as_uuid

if TYPE_CHECKING:
    import uuid

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


def grounds_of(worker: "Worker") -> dict[str, Ground]:
    """Return the states that a person seeks protection from as the profile tells them.

    A stateless person without a former residence has none: the page asks for them.
    """
    found = {}
    if worker.former_residence is not None:
        found[worker.former_residence.iso2] = Ground.FORMER_RESIDENCE
    if worker.nationality is not None:
        found[worker.nationality.iso2] = Ground.NATIONALITY
    return found


def lock_own_shield(worker: "Worker", public_id: "uuid.UUID | str") -> Shield:
    """Return an entry of a person, locked and readable, or raise `NotFound`."""
    return _locked(Shield.objects.filter(worker=worker), public_id)


def lock_shield(public_id: "uuid.UUID | str") -> Shield:
    """Return an entry, locked and readable, for the protection body; or raise `NotFound`."""
    return _locked(Shield.objects.all(), public_id)


def lock_ending(now: datetime) -> list[Shield]:
    """Return the entries whose three days are over, locked; others' locks are skipped."""
    rows = Shield.objects.select_for_update(of=("self",), skip_locked=True)
    due = rows.filter(status=ShieldStatus.LIFT_AGREED, ends_at__lte=now)
    return list(due.select_related("worker__user").order_by("pk"))


def list_lifts(actor: Any) -> QuerySet[Shield]:
    """List the entries that somebody asked to end, readable, those that wait longest first."""
    check_can_determine(actor)
    rows = Shield.objects.filter(status__in=[ShieldStatus.LIFT_ASKED, ShieldStatus.LIFT_AGREED])
    rows = rows.select_related("worker__nationality", "worker__user")
    return opening(rows).order_by("-status", "lift_asked_at", "pk")


def count_lifts(actor: Any) -> int:
    """Count the entries whose end waits for the protection body."""
    return list_lifts(actor).filter(status=ShieldStatus.LIFT_ASKED).count()


def list_seekers(on: date) -> "QuerySet[Worker]":
    """List the people who seek protection: who asked and waits, and who is protected on a day."""
    waiting = Request.objects.filter(status=RequestStatus.WAITING).values_list("worker", flat=True)
    return people.list_by_ids(set(waiting) | protected_worker_ids(on)).select_related(
        "nationality", "former_residence"
    )


def list_unhidden_seekers(on: date, limit: int) -> "list[tuple[Worker, dict[str, Ground]]]":
    """List people who seek protection from states that they were never hidden from, with these.

    Who was hidden and ended it is not hidden again without a word. A fixed number of queries.
    """
    ever: set[tuple[int, str]] = set()
    for row in opening(Shield.objects.all()):
        ever.add((row.worker_id, row.state))
    found: list[tuple[Worker, dict[str, Ground]]] = []
    for worker in list_seekers(on).order_by("pk"):
        grounds = grounds_of(worker)
        never = {state: why for state, why in grounds.items() if (worker.pk, state) not in ever}
        if never and len(found) < limit:
            found.append((worker, never))
    return found


def list_set_aside(actor: Any) -> QuerySet[SetAside]:
    """List nominations that were set aside, readable, with their people, newest first."""
    check_can_determine(actor)
    rows = SetAside.objects.select_related("worker__nationality", "worker__user")
    return opening(rows).order_by("-set_aside_at", "-pk")


def list_own_set_aside(worker: "Worker") -> list[SetAside]:
    """List the nominations of a person that were set aside, readable, newest first."""
    rows = SetAside.objects.filter(worker=worker)
    return list(opening(rows).order_by("-set_aside_at", "-pk"))


def _locked(rows: QuerySet[Shield], public_id: "uuid.UUID | str") -> Shield:
    rows = rows.select_for_update(of=("self",)).select_related("worker__user")
    with refusals({}):
        shield = opening(rows).filter(public_id=as_uuid(public_id)).first()
    if shield is None:
        raise not_found()
    return shield


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
