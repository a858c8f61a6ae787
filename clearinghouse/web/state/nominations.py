"""A state's own nominations: list, form, CSV file with an error report, receipt, withdrawal."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.enums import Role
from clearinghouse.applications import queries, services
from clearinghouse.applications.enums import NominationStatus
from clearinghouse.applications.services.nominations_rows import COLUMNS
from clearinghouse.quotas import queries as quotas
from clearinghouse.quotas.enums import Status
from clearinghouse.registry import queries as registry
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError, NotFound
from clearinghouse.web.files import CSV, MARK, attachment, csv_text
from clearinghouse.web.guard import SignedInRequest, require_role
from clearinghouse.web.pages import apply_errors, paginate, sort

officer = require_role(Role.ORIGIN_OFFICER)
SORTS = {"reference": "reference", "name": "family_name", "date": "nominated_at"}
# The last error report stays with the session, so that it can be paged and downloaded.
REPORT = "nomination_errors"


class NominationForm(forms.Form):
    """What a state writes about one worker."""

    reference = forms.CharField(
        label=gettext_lazy("Your own reference"),
        max_length=40,
        help_text=gettext_lazy("So that you find the row again. Each reference can be used once."),
    )
    given_names = forms.CharField(label=gettext_lazy("Given names"), max_length=120)
    family_name = forms.CharField(label=gettext_lazy("Family name"), max_length=120, required=False)
    birth_date = forms.DateField(
        label=gettext_lazy("Birth date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("The worker confirms the nomination with this address."),
    )
    occupation = forms.ChoiceField(label=gettext_lazy("Occupation"))
    posting = forms.ChoiceField(
        label=gettext_lazy("Posting"),
        required=False,
        help_text=gettext_lazy("Leave it open if the worker is to choose."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose = ("", gettext_lazy("Choose"))
        self.fields["occupation"].choices = [  # type: ignore[attr-defined]
            choose,
            *registry.occupation_choices(),
        ]
        postings = quotas.list_public().filter(status__in=[Status.PUBLISHED, Status.OPEN])
        self.fields["posting"].choices = [  # type: ignore[attr-defined]
            ("", gettext_lazy("No particular posting")),
            *((quota.reference, f"{quota.title} ({quota.reference})") for quota in postings),
        ]


class FileForm(forms.Form):
    """A CSV file of nominations."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"empty": gettext_lazy("The file is empty.")},
    )


@officer
def listing(request: SignedInRequest) -> HttpResponse:
    """List the state's nominations with search, status, order and paging."""
    rows = queries.list_nominations(
        request.user, request.GET.get("q", ""), request.GET.get("status", "")
    )
    context = {
        "page": paginate(request, sort(request, rows, allowed=SORTS, default="-date")),
        "filters": [
            {
                "name": "status",
                "label": _("Status"),
                "choices": [("", _("All")), *NominationStatus.choices],
            }
        ],
        "sorts": [
            ("", _("Newest first")),
            ("name", _("By name")),
            ("reference", _("By reference")),
        ],
        "batches": queries.list_batches(request.user)[:5],
    }
    return render(request, "state/nominations.html", context)


@officer
def nominate(request: SignedInRequest) -> HttpResponse:
    """Nominate one worker by form."""
    form = NominationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = services.NominationData(**form.cleaned_data)
        try:
            services.nominate(by=request.user, data=data, now=clock.now())
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, _("The nomination is made. It counts once confirmed."))
            return redirect("state-nominations")
    return render(request, "state/nomination_form.html", {"form": form})


@officer
def upload(request: SignedInRequest) -> HttpResponse:
    """Import a file whole, or keep nothing of it and report every error."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            batch = services.import_nominations(
                by=request.user, file_name=sent.name, content=sent.read(), now=clock.now()
            )
        except DomainError as error:
            if error.facts.get("rows"):
                _keep_report(request, sent.name, error)
                return redirect("state-nominations-errors")
            apply_errors(form, error)
        else:
            request.session.pop(REPORT, None)
            return redirect("state-nominations-batch", batch.public_id)
    context = {"form": form, "columns": _columns(), "names": COLUMNS}
    return render(request, "state/nomination_upload.html", context)


@officer
def errors(request: SignedInRequest) -> HttpResponse:
    """Show the errors of the last file, a page at a time."""
    report = _report(request)
    context = {
        "report": report,
        "page": paginate(request, report["rows"]),
        "hidden": report["total"] - len(report["rows"]),
    }
    return render(request, "state/nomination_errors.html", context)


@officer
def error_file(request: SignedInRequest) -> HttpResponse:
    """Send the errors of the last file as CSV; no cell can run as a formula."""
    header = [_("Row"), _("Column"), _("What is wrong"), _("Value")]
    return _csv("nomination-errors.csv", header, _report(request)["rows"])


@officer
def template(_request: SignedInRequest) -> HttpResponse:
    """Send an empty file with the right header."""
    return _csv("nominations.csv", COLUMNS, [])


@officer
def batch(request: SignedInRequest, batch_id: UUID) -> HttpResponse:
    """Show the receipt of a file that was imported."""
    found = queries.list_batches(request.user).filter(public_id=batch_id).first()
    if found is None:
        raise NotFound(_("There is no such file."))
    return render(request, "state/nomination_batch.html", {"batch": found})


@officer
def withdraw(request: SignedInRequest, nomination_id: UUID) -> HttpResponse:
    """Ask once more, then withdraw a nomination that nobody has confirmed."""
    nomination = queries.get_nomination(request.user, nomination_id)
    if request.method == "POST":
        try:
            services.withdraw_nomination(
                by=request.user, nomination_id=nomination_id, now=clock.now()
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The nomination is withdrawn."))
        return redirect("state-nominations")
    title = _("Withdraw nomination %(reference)s?") % {"reference": nomination.reference}
    context = {
        "title": title,
        "consequences": [
            _("The worker can no longer confirm it."),
            _("The worker's own application is not touched."),
        ],
        "confirm_label": _("Withdraw the nomination"),
        "cancel_url": reverse("state-nominations"),
        "danger": True,
    }
    return render(request, "state/nomination_withdraw.html", context)


def _keep_report(request: SignedInRequest, name: str, error: DomainError) -> None:
    rows = [astuple(row) for row in error.facts["rows"]]
    request.session[REPORT] = {
        "file": name,
        "sentence": str(error),
        "total": error.facts.get("total", len(rows)),
        "rows": rows,
    }
    text = ngettext(
        "Nothing was imported. The file has %(count)d error.",
        "Nothing was imported. The file has %(count)d errors.",
        error.facts.get("total", len(rows)),
    )
    messages.error(request, text % {"count": error.facts.get("total", len(rows))})


def _report(request: SignedInRequest) -> dict[str, Any]:
    report: dict[str, Any] | None = request.session.get(REPORT)
    if report is None:
        raise NotFound(_("There is no error report."))
    return report


def _columns() -> list[tuple[str, str]]:
    return [
        ("reference", _("Your own reference for the row, used once")),
        ("given_names", _("Given names")),
        ("family_name", _("Family name; may be empty")),
        ("birth_date", _("Birth date as year-month-day, for example 1990-04-23")),
        ("email", _("E-mail address of the worker")),
        ("occupation", _("ISCO-08 code with four digits; keep leading zeros")),
        ("posting", _("Reference of a posting; may be empty")),
    ]


def _csv(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    return attachment(MARK + csv_text([header, *rows]), CSV, name)
