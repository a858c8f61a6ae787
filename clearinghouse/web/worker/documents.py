"""Documents of a claim, for the person or a helper: added, listed, removed until decided."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clearinghouse.protection import services
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError, NotFound
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.pages import apply_errors
from clearinghouse.web.worker.case import case_of


class DocumentForm(forms.Form):
    """One document and what the person says about it."""

    document = forms.FileField(
        label=gettext_lazy("Document"),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
        allow_empty_file=True,
        help_text=gettext_lazy("A PDF, or a photo as JPEG or PNG. At most 10 MB and 30 pages."),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )
    label = forms.CharField(
        label=gettext_lazy("What does it show?"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("In your own words, for example: my birth certificate."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SignedInRequest, worker_id: UUID | None = None) -> HttpResponse:
    """Take a document; what is wrong with it is said in words, and what was written stays."""
    case = case_of(request, worker_id)
    if case.worker is None:
        return redirect(case.url("profile"))
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_evidence(
                by=request.user,
                content=form.cleaned_data["document"].read(),
                label=form.cleaned_data["label"],
                worker_id=worker_id,
                now=clock.now(),
            )
        except NotFound:
            raise
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, _("The protection body can read your document now."))
            return redirect(case.url("protection"))
    context = {"case": case, "form": form}
    return render(request, "worker/document_add.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(
    request: SignedInRequest, evidence_id: UUID, worker_id: UUID | None = None
) -> HttpResponse:
    """Ask once more, then remove a document for good."""
    case = case_of(request, worker_id)
    if request.method == "POST":
        try:
            services.remove_evidence(
                by=request.user, evidence_id=evidence_id, worker_id=worker_id, now=clock.now()
            )
        except NotFound:
            raise
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The document is removed."))
        return redirect(case.url("protection"))
    context = {
        "title": _("Remove this document?"),
        "consequences": [
            _("It is deleted, and the protection body can no longer read it."),
            _("You can add it again."),
        ],
        "confirm_label": _("Remove"),
        "cancel_url": case.url("protection"),
        "danger": True,
    }
    return render(request, "worker/confirm.html", context)
