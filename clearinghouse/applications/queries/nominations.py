"""Reads of nominations: a state's own, and those that wait for a worker's word.

The rows of a state's list are `NominationRow` values, so that no page of a state can follow a
nomination to the worker or see that somebody said no.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet
from django.db.models.query import ModelIterable

from clearinghouse.access.tokens import state_token
from clearinghouse.applications.enums import NominationStatus
from clearinghouse.applications.models import Nomination, NominationBatch
from clearinghouse.applications.permissions import can_confirm, check_can_nominate, no_nomination
from clearinghouse.people import queries as people
from clearinghouse.shared.database import refusals
from clearinghouse.shared.ids import as_uuid

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota
    from clearinghouse.registry.models import Occupation, State


@dataclass(frozen=True, slots=True)
class NominationRow:
    """What the nominating state sees of its own nomination: what it wrote, and the status."""

    public_id: uuid.UUID
    reference: str
    given_names: str
    family_name: str
    birth_date: date
    email: str
    occupation: "Occupation"
    quota: "Quota | None"
    status: str
    nominated_at: datetime
    confirmed_at: datetime | None
    file_name: str

    def get_status_display(self) -> str:
        """Return the status in words."""
        return str(NominationStatus(self.status).label)


class _Rows(ModelIterable):
    def __iter__(self) -> Iterator[Any]:
        return (_row(nomination) for nomination in super().__iter__())


def list_nominations(actor: Any, search: str = "", status: str = "") -> QuerySet[Any]:
    """List the `NominationRow`s of the actor's own state, newest first."""
    state = check_can_nominate(actor)
    rows = Nomination.objects.filter(state=state).select_related(
        "occupation", "quota__state", "quota__occupation", "batch"
    )
    if status:
        rows = rows.filter(status=status)
    for word in search.split():
        rows = rows.filter(
            Q(reference__icontains=word)
            | Q(given_names__icontains=word)
            | Q(family_name__icontains=word)
            | Q(email__icontains=word)
        )
    rows = rows.order_by("-nominated_at", "-pk")
    rows._iterable_class = _Rows
    return rows


def get_nomination(actor: Any, public_id: uuid.UUID | str) -> NominationRow:
    """Return a nomination of the actor's own state, or raise `NotFound`."""
    row: NominationRow | None = list_nominations(actor).filter(public_id=as_uuid(public_id)).first()
    if row is None:
        raise no_nomination()
    return row


def list_batches(actor: Any) -> QuerySet[NominationBatch]:
    """List the files that the actor's own state has imported, newest first."""
    state = check_can_nominate(actor)
    rows = NominationBatch.objects.filter(state=state).select_related("uploaded_by")
    return rows.order_by("-uploaded_at", "-pk")


def find_batch(state: "State", digest: str) -> NominationBatch | None:
    """Find the import of a file by its digest."""
    return NominationBatch.objects.filter(state=state, file_digest=digest).first()


def list_taken_references(state: "State", references: Iterable[str]) -> set[str]:
    """Return which of these references a state has used already."""
    rows = Nomination.objects.filter(state=state, reference__in=list(references))
    return set(rows.values_list("reference", flat=True))


def nominations_for(user: Any) -> QuerySet[Nomination]:
    """List the nominations that wait for this person's word, found by verified e-mail address."""
    if not can_confirm(user):
        return Nomination.objects.none()
    addresses = EmailAddress.objects.filter(user=user, verified=True)
    emails = [email.lower() for email in addresses.values_list("email", flat=True)]
    rows = Nomination.objects.filter(
        email__in=emails, status=NominationStatus.AWAITING_WORKER, declined_at__isnull=True
    )
    rows = rows.exclude(state_id__in=_hidden_states(user, rows))
    return rows.select_related("state", "occupation", "quota__state", "quota__occupation").order_by(
        "-nominated_at", "-pk"
    )


def _hidden_states(user: Any, rows: QuerySet[Nomination]) -> list[int]:
    """Return the nominating states that must not learn of this person; see `protection`."""
    worker = people.find_worker(user)
    if worker is None or not worker.shield:
        return []
    states = rows.values_list("state_id", "state__iso2").distinct()
    return [pk for pk, iso2 in states if state_token(iso2) in worker.shield]


def lock_nomination_for(user: Any, public_id: uuid.UUID | str) -> Nomination:
    """Return a nomination that waits for this person's word, locked, or raise `NotFound`."""
    rows = nominations_for(user).select_for_update(of=("self",))
    with refusals({}):
        nomination = rows.filter(public_id=as_uuid(public_id)).first()
    if nomination is None:
        raise no_nomination()
    return nomination


def lock_nomination_of(state: "State", public_id: uuid.UUID | str) -> Nomination:
    """Return a nomination that a state made, locked, or raise `NotFound`."""
    rows = Nomination.objects.select_for_update(of=("self",)).filter(state=state)
    with refusals({}):
        nomination = rows.filter(public_id=as_uuid(public_id)).first()
    if nomination is None:
        raise no_nomination()
    return nomination


def _row(nomination: Nomination) -> NominationRow:
    return NominationRow(
        public_id=nomination.public_id,
        reference=nomination.reference,
        given_names=nomination.given_names,
        family_name=nomination.family_name,
        birth_date=nomination.birth_date,
        email=nomination.email,
        occupation=nomination.occupation,
        quota=nomination.quota,
        status=nomination.status,
        nominated_at=nomination.nominated_at,
        confirmed_at=nomination.confirmed_at,
        file_name=nomination.batch.file_name if nomination.batch else "",
    )
