"""Every read of the documents of a claim: the person's own list, and the protection body."""

import uuid
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from clearinghouse.people import queries as people
from clearinghouse.protection.keys import open_rows, opening
from clearinghouse.protection.models import Determination, Evidence
from clearinghouse.protection.permissions import check_can_determine, not_found
from clearinghouse.shared.ids import as_uuid

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker


def own_evidence(worker: "Worker") -> list[Evidence]:
    """List the documents of a worker without their content; the caller has found the worker."""
    return open_rows(_rows().filter(worker=worker))


def evidence_of(actor: Any, worker_public_id: uuid.UUID | str) -> list[Evidence]:
    """List the documents of a worker for the protection body, without their content."""
    check_can_determine(actor)
    return own_evidence(people.get_worker(worker_public_id))


def get_evidence(actor: Any, public_id: uuid.UUID | str) -> Evidence:
    """Return a document with its content, still sealed, for the protection body, or `NotFound`."""
    check_can_determine(actor)
    row = opening(Evidence.objects.filter(public_id=as_uuid(public_id))).first()
    if row is None:
        raise not_found()
    return row


def get_own_evidence(worker: "Worker", public_id: uuid.UUID | str) -> Evidence:
    """Return a document of a worker, or `NotFound`; the caller has found and locked the worker."""
    # No lock of its own: no login may change evidence, and PostgreSQL locks only what one may.
    row = _rows().filter(worker=worker, public_id=as_uuid(public_id)).first()
    if row is None:
        raise not_found()
    return row


def list_taken_places(worker: "Worker") -> list[int]:
    """List the numbers of the documents that a worker has."""
    return list(Evidence.objects.filter(worker=worker).values_list("place", flat=True))


def is_decided_on(evidence: Evidence) -> bool:
    """Tell whether a decision was made since this document was added."""
    rows = Determination.objects.filter(worker_id=evidence.worker_id)
    return rows.filter(decided_at__gte=evidence.added_at).exists()


def _rows() -> QuerySet[Evidence]:
    return Evidence.objects.defer("content").order_by("place")
