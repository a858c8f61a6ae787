"""My result as a document: signed text and paper, under names that say nothing about it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from clearinghouse.matching import queries
from clearinghouse.matching.permissions import not_found
from clearinghouse.web.files import attachment
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.worker.case import case_of

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round
    from clearinghouse.people.models import Worker


@require_safe
def signed(request: SignedInRequest, number: int, worker_id: UUID | None = None) -> HttpResponse:
    """Send the signed explanation of one round, in the language of the page or `?language=`."""
    found = _found(queries.signed_explanation_for, request, number, worker_id)
    return attachment(found.token, "application/jose", f"round-{number}.jws")


@require_safe
def paper(request: SignedInRequest, number: int, worker_id: UUID | None = None) -> HttpResponse:
    """Send the explanation of one round as PDF, in the language of the page or `?language=`."""
    content = _found(queries.explanation_paper_for, request, number, worker_id)
    return attachment(content, "application/pdf", f"round-{number}.pdf")


def _found(
    read: "Callable[..., Any]", request: SignedInRequest, number: int, worker_id: UUID | None
) -> Any:
    case = case_of(request, worker_id)
    round_: Round = queries.get_round(request.user, number)
    worker: Worker | None = case.worker
    if worker is None:
        raise not_found()
    return read(worker, round_, language=request.GET.get("language", ""))
