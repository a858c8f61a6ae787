"""My proof: a small file that shows that my list is in the sealed input."""

import json
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from clearinghouse.matching import queries
from clearinghouse.matching.permissions import not_found
from clearinghouse.web.files import attachment
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.worker.case import case_of


@require_safe
def own(request: SignedInRequest, number: int, worker_id: UUID | None = None) -> HttpResponse:
    """Send the proof of one round, under a name that says nothing about the person."""
    case = case_of(request, worker_id)
    round_ = queries.get_round(request.user, number)
    if case.worker is None:
        raise not_found()
    content = json.dumps(queries.proof_for(case.worker, round_), ensure_ascii=False, indent=1)
    return attachment(content, "application/json", f"round-{number}-proof.json")
