"""Checking applications for a state's own postings: facts beside requirements, never a name."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.enums import Role
from clearinghouse.applications import queries, services
from clearinghouse.applications.enums import Check
from clearinghouse.audit import reads
from clearinghouse.audit.enums import Purpose
from clearinghouse.quotas import queries as quotas
from clearinghouse.quotas.enums import PUBLIC_STATUSES, Reason
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError
from clearinghouse.web.guard import SignedInRequest, require_role
from clearinghouse.web.pages import apply_errors, paginate, sort
from clearinghouse.web.requirements import Names, names, own_of_file, requirement_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clearinghouse.applications.queries import CaseFile, CaseWish

caseworker = require_role(Role.CASEWORKER)
SORTS = {
    "sent": "submitted_at",
    "occupation": "worker__occupation__code",
    "experience": "worker__experience_years",
}
AT_ONCE = 200


class RefusalForm(forms.Form):
    """Why a person does not meet a posting."""

    reasons = forms.MultipleChoiceField(
        label=gettext_lazy("Reasons"),
        choices=Reason.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Note to the person"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The person reads it. Write plainly and kindly."),
    )


@caseworker
def worklist(request: SignedInRequest) -> HttpResponse:
    """List the files with a wish for the own state; those that wait for a check come first."""
    wanted = _wanted(request)
    rows = queries.list_to_check(request.user, **wanted)
    rows = sort(request, rows, allowed=SORTS, default="sent")
    page = paginate(request, rows, total=queries.count_to_check(request.user, **wanted))
    _record(request, page)
    context = {
        "page": page,
        "filters": _filters(request),
        "sorts": [
            ("sent", _("Oldest first")),
            ("-sent", _("Newest first")),
            ("occupation", _("By occupation")),
            ("-experience", _("Most experience first")),
        ],
        "waiting": queries.count_to_check(request.user),
    }
    return render(request, "state/checks.html", context)


@caseworker
def detail(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Show one file, each wish for the own state beside the requirements of its posting."""
    return _page(request, queries.get_for_check(request.user, application_id))


@caseworker
@require_POST
def decide(request: SignedInRequest, application_id: UUID, quota_id: UUID) -> HttpResponse:
    """Keep one decision; then the next file of the queue opens when this one is done."""
    accepts = "accept" in request.POST
    form = RefusalForm(request.POST, prefix=quota_id.hex)
    if not form.is_valid() and not accepts:
        return _page(request, queries.get_for_check(request.user, application_id), form)
    try:
        file = services.check_wish(
            by=request.user,
            application_id=application_id,
            quota_id=quota_id,
            eligible=accepts,
            reasons=[] if accepts else form.cleaned_data["reasons"],
            note="" if accepts else form.cleaned_data["note"],
            now=clock.now(),
        )
    except DomainError as error:
        apply_errors(form, error)
        return _page(request, queries.get_for_check(request.user, application_id), form)
    messages.success(request, _("The decision for %(file)s is kept.") % {"file": file.reference})
    if file.waiting:
        return redirect("state-check", application_id)
    return redirect("state-check-next")


@caseworker
def following(request: SignedInRequest) -> HttpResponse:
    """Open the file that waits longest, leaving out the one that the person looks at."""
    rows = queries.list_to_check(request.user, check_status=Check.WAITING)
    if after := request.GET.get("after", ""):
        rows = rows.exclude(public_id=_uuid(after))
    file: CaseFile | None = rows.first()
    if file is None:
        messages.success(request, _("No application waits for a check."))
        return redirect("state-checks")
    return redirect("state-check", file.public_id)


@caseworker
def accept_all(request: SignedInRequest) -> HttpResponse:
    """Show how many files meet every rule, then accept exactly those that were shown."""
    if request.method == "POST":
        accepted = services.check_many(
            by=request.user,
            application_ids=_uuids(request.POST.getlist("files"))[:AT_ONCE],
            now=clock.now(),
        )
        sentence = ngettext(
            "%(count)d wish was accepted.", "%(count)d wishes were accepted.", accepted
        )
        messages.success(request, sentence % {"count": accepted})
        return redirect("state-checks")
    rows = queries.list_to_check(
        request.user, quota=request.GET.get("quota", ""), check_status=Check.WAITING
    )
    files = [file for file in rows if any(_acceptable(wish) for wish in file.wishes)]
    shown = files[:AT_ONCE]
    _record(request, shown)
    context = {
        "files": shown,
        "wishes": sum(_acceptable(wish) for file in shown for wish in file.wishes),
        "more": len(files) - len(shown),
        "cancel_url": reverse("state-checks"),
    }
    return render(request, "state/check_all.html", context)


def _page(
    request: SignedInRequest, file: "CaseFile", refused: RefusalForm | None = None
) -> HttpResponse:
    _record(request, [file])
    known = names()
    context = {
        "file": file,
        "languages": [(known.languages.get(code, code), level) for code, level in file.languages],
        "wishes": [_wish(file, wish, refused, known) for wish in file.wishes],
        "refused": refused,
    }
    return render(request, "state/check.html", context)


def _record(request: SignedInRequest, files: "Iterable[CaseFile]") -> None:
    """Let each person know that the state has looked at the file, which names nobody."""
    seen = list(files)
    state = next((file.seen_by for file in seen), "")
    workers = [file.worker_id for file in seen]
    reads.record(request.user, workers, purpose=Purpose.CHECK, now=clock.now(), state=state)


def _wish(
    file: "CaseFile", wish: "CaseWish", refused: RefusalForm | None, known: Names
) -> dict[str, Any]:
    prefix = wish.quota.public_id.hex
    initial = {"reasons": [reason.value for reason in wish.reasons or wish.findings]}
    form = (
        refused
        if refused is not None and refused.prefix == prefix
        else RefusalForm(initial={**initial, "note": wish.note}, prefix=prefix)
    )
    lines = requirement_lines(wish.quota, own_of_file(file), wish.findings, known=known)
    return {"wish": wish, "lines": lines, "form": form}


def _acceptable(wish: "CaseWish") -> bool:
    return wish.check_status == Check.WAITING and wish.can_decide and not wish.findings


def _wanted(request: SignedInRequest) -> dict[str, str]:
    status = request.GET.get("status") or Check.WAITING
    return {
        "search": request.GET.get("q", ""),
        "quota": request.GET.get("quota", ""),
        "check_status": "" if status == "all" else status,
    }


def _filters(request: SignedInRequest) -> list[dict[str, Any]]:
    own = quotas.list_state_quotas(request.user).filter(status__in=PUBLIC_STATUSES)
    others = [pair for pair in Check.choices if pair[0] != Check.WAITING]
    return [
        {
            "name": "quota",
            "label": _("Posting"),
            "choices": [("", _("All postings")), *((q.public_id, q.title) for q in own)],
        },
        {
            "name": "status",
            "label": _("Check"),
            "choices": [("", _("Waiting for us")), *others, ("all", _("All"))],
        },
    ]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _uuids(texts: list[str]) -> list[UUID]:
    return [found for text in texts if (found := _uuid(text)) is not None]
