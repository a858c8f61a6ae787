"""The receipt that an application stands in the signed records."""

import json
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from clearinghouse.applications import queries as applications
from clearinghouse.audit import queries
from clearinghouse.shared import clock
from clearinghouse.web.files import attachment
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.worker.case import case_of


@require_safe
def own(
    request: SignedInRequest, application_id: UUID, worker_id: UUID | None = None
) -> HttpResponse:
    """Send the receipt of an application, under a name that says nothing about the person."""
    case_of(request, worker_id)
    application = applications.get_own(request.user, application_id, clock.now())
    found = queries.receipt_of("applications.application", application.public_id)
    content = json.dumps(found, ensure_ascii=False, indent=1)
    return attachment(content, "application/json", "receipt.json")
