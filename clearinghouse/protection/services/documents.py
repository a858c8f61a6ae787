"""Documents of a claim: added by the person, removed until decided, read by the protection body."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.audit import reads, trail
from clearinghouse.audit.enums import Purpose, Verb
from clearinghouse.documents.cleaning import Clean, clean
from clearinghouse.documents.kinds import MEDIA_TYPES
from clearinghouse.people import queries as people
from clearinghouse.protection import guards, keys, permissions, queries
from clearinghouse.protection.models import EVIDENCE_MAX, Evidence
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Conflict, NotNow

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker

_ENDINGS = {"pdf": "pdf", "jpeg": "jpg", "png": "png"}


@dataclass(frozen=True, slots=True)
class Document:
    """A document as the protection body gets it: a name that says nothing, its type, its bytes."""

    name: str
    media_type: str
    content: bytes


def add_evidence(
    *,
    by: User,
    content: bytes,
    label: str = "",
    now: datetime,
    worker_id: uuid.UUID | str | None = None,
) -> Evidence:
    """Add a document to the own claim, or to a mandated person's (`worker_id`).

    It is written anew first (`documents`), outside any lock. Raises `Invalid` with the reason.
    """
    label = guards.check_label(label)
    permissions.check_can_ask(by)
    found = people.get_worker_for(by, worker_id, now) if worker_id else people.find_worker(by)
    if found is not None:
        guards.free_place(queries.list_taken_places(found), EVIDENCE_MAX)
    cleaned = clean(content)
    with transaction.atomic():
        return _keep(_own(by, worker_id, now), cleaned, label, by=by, now=now)


@transaction.atomic
def remove_evidence(
    *,
    by: User,
    evidence_id: uuid.UUID | str,
    now: datetime,
    worker_id: uuid.UUID | str | None = None,
) -> None:
    """Remove a document for good, as long as no decision was made with it."""
    evidence = queries.get_own_evidence(_own(by, worker_id, now), evidence_id)
    if queries.is_decided_on(evidence):
        raise guards.still_decided_on()
    trail.record(Verb.EVIDENCE_REMOVED, by=by, on=evidence)
    with refusals({"protection_evidence_kept": guards.still_decided_on()}):
        evidence.delete()


@transaction.atomic
def read_evidence(*, by: User, evidence_id: uuid.UUID | str, now: datetime) -> Document:
    """Return a document to the protection body; every read is recorded, for the person too.

    Raises `NotFound` for an erased person too.
    """
    evidence = queries.get_evidence(by, evidence_id)
    name = f"{evidence.sealed_as}:content"
    try:
        content = keys.decrypt(evidence.worker_id, name, bytes(evidence.content))
    except keys.Erased:
        raise permissions.not_found() from None
    trail.record(Verb.EVIDENCE_READ, by=by, on=evidence)
    reads.record(by, [evidence.worker_id], purpose=Purpose.PROTECTION, now=now)
    return Document(
        name=f"document-{evidence.place}.{_ENDINGS[evidence.kind]}",
        media_type=MEDIA_TYPES[evidence.kind],
        content=content,
    )


def _keep(worker: "Worker", cleaned: Clean, label: str, *, by: User, now: datetime) -> Evidence:
    place = guards.free_place(queries.list_taken_places(worker), EVIDENCE_MAX)
    evidence = Evidence(worker=worker, place=place, added_at=now)
    keys.seal_row(evidence, kind=cleaned.kind, pages=cleaned.pages, label=label)
    evidence.content = keys.encrypt(worker.pk, f"{evidence.sealed_as}:content", cleaned.content)
    twice = Conflict(_("Somebody else is changing this right now. Please try again in a moment."))
    with refusals({"protection_evidence_once": twice}):
        evidence.save()
    trail.record(Verb.EVIDENCE_ADDED, by=by, on=evidence)
    return evidence


def _own(by: User, worker_id: uuid.UUID | str | None, now: datetime) -> "Worker":
    permissions.check_can_ask(by)
    worker = people.lock_worker_for(by, worker_id, now)
    if worker is None:
        raise NotNow(_("Fill in your profile first."), code="no_profile")
    return worker
