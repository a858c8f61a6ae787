"""Requests for protection: the worklist, one case, and the determination with a second look."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.enums import Role
from clearinghouse.access.checks import require
from clearinghouse.access.permissions import Permission
from clearinghouse.audit import reads
from clearinghouse.audit.enums import Purpose
from clearinghouse.people import queries as people
from clearinghouse.protection import queries, services
from clearinghouse.protection.enums import Outcome, RequestStatus
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError
from clearinghouse.web.guard import SignedInRequest, require_role
from clearinghouse.web.pages import apply_errors, paginate
from clearinghouse.web.protection.forms import DeterminationForm, sent

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker

officer = require_role(Role.PROTECTION_OFFICER)


@officer
def worklist(request: SignedInRequest) -> HttpResponse:
    """List requests; those that wait come first, the oldest of them at the top."""
    status = request.GET.get("status") or RequestStatus.WAITING
    rows = queries.list_requests(
        request.user, request.GET.get("q", ""), "" if status == "all" else status
    )
    if request.GET.get("sort") == "-made":
        rows = rows.order_by("-made_at", "-pk")
    page = paginate(request, rows)
    people_of = [row.worker for row in page]
    reads.record(request.user, people_of, purpose=Purpose.PROTECTION, now=clock.now())
    context = {
        "page": page,
        "filters": [
            {
                "name": "status",
                "label": _("Status"),
                "choices": [
                    ("", RequestStatus.WAITING.label),
                    *[pair for pair in RequestStatus.choices if pair[0] != RequestStatus.WAITING],
                    ("all", _("All")),
                ],
            }
        ],
        "sorts": [("", _("Oldest first")), ("-made", _("Newest first"))],
    }
    return render(request, "protection/requests.html", context)


@officer
def case(request: SignedInRequest, request_id: UUID) -> HttpResponse:
    """Show one case and decide it; the decision is shown once more before it is kept."""
    row = queries.get_request(request.user, request_id)
    return _decide(request, row.worker, {"case": row}, request_id=request_id)


@officer
def person(request: SignedInRequest, worker_id: UUID) -> HttpResponse:
    """Show the history of a person and decide again without a new request."""
    require(request.user, Permission.DETERMINE_PROTECTION)
    worker = people.get_worker(worker_id)
    return _decide(request, worker, {}, worker_id=worker_id)


def _decide(
    request: SignedInRequest, worker: "Worker", context: dict[str, Any], **subject: Any
) -> HttpResponse:
    reads.record(request.user, [worker], purpose=Purpose.PROTECTION, now=clock.now())
    form = DeterminationForm(
        request.POST or None, initial={"effective_on": clock.now().date().isoformat()}
    )
    if request.method == "POST" and "edit" not in request.POST and form.is_valid():
        if "confirmed" not in request.POST:
            return _confirm(request, form, worker)
        try:
            services.determine(
                by=request.user,
                **subject,
                **form.cleaned_data,
                now=clock.now(),
            )
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, _("The decision is kept. The person is told."))
            return redirect("protection-requests")
    context |= {
        "worker": worker,
        "form": form,
        "history": queries.history_of(request.user, worker.public_id),
        "documents": queries.evidence_of(request.user, worker.public_id),
        "may_decide": "case" not in context or context["case"].status == RequestStatus.WAITING,
    }
    return render(request, "protection/case.html", context)


def _confirm(request: SignedInRequest, form: DeterminationForm, worker: "Worker") -> HttpResponse:
    outcome = Outcome(form.cleaned_data["outcome"])
    name = f"{worker.given_names} {worker.family_name}".strip()
    consequences = [
        _("The decision can never be changed or deleted. A later decision can follow it."),
        _("The person gets a message that there is news, and reads the reasons after signing in."),
        _("No state, employer or helper is told."),
    ]
    if outcome in {Outcome.REFUSED, Outcome.ENDED}:
        consequences.append(_("The person's application stays in the general pool with its date."))
    context = {
        "title": _("Decide “%(outcome)s” for %(name)s?") % {"outcome": outcome.label, "name": name},
        "consequences": consequences,
        "hidden": {**sent(form), "confirmed": "1"},
        "confirm_label": _("Keep this decision"),
        "cancel_url": request.path,
        "danger": outcome in {Outcome.REFUSED, Outcome.ENDED},
    }
    return render(request, "worker/confirm.html", context)
