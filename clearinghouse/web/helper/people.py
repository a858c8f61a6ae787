"""The people whom a helper acts for, each with a mandate on paper."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from clearinghouse.applications import queries as applications
from clearinghouse.applications import services as application_services
from clearinghouse.audit import reads
from clearinghouse.audit.enums import Purpose
from clearinghouse.people import queries, services
from clearinghouse.people.services import ProfileData
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError, NotFound
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.helper.forms import LodgedForm, MandateForm, PaperPersonForm
from clearinghouse.web.pages import apply_errors, paginate, sort
from clearinghouse.web.worker.case import case_of

if TYPE_CHECKING:
    from clearinghouse.people.models import Mandate

SORTS = {
    "name": "worker__family_name",
    "ends": "validity",
    "signed": "signed_on",
}


def listing(request: SignedInRequest) -> HttpResponse:
    """List the people with a live mandate, with what each of them still needs."""
    now = clock.now()
    found = queries.list_helped(request.user, now, request.GET.get("q", ""))
    page = paginate(request, sort(request, found, allowed=SORTS, default="name"))
    reads.record(request.user, [row.worker for row in page], purpose=Purpose.HELP, now=now)
    context = {
        "page": page,
        "latest": applications.latest_of_many([row.worker_id for row in page]),
        "sorts": [
            ("name", _("By name")),
            ("signed", _("Oldest paper first")),
            ("ends", _("Mandate ends first")),
        ],
    }
    return render(request, "helper/people.html", context)


def add(request: SignedInRequest) -> HttpResponse:
    """Take down a person on paper together with the mandate."""
    now = clock.now()
    form = PaperPersonForm(request.POST or None, today=now.date())
    if request.method == "POST" and form.is_valid():
        try:
            worker = services.create_paper_person(
                by=request.user, data=ProfileData(**form.person()), **form.mandate(), now=now
            )
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, _("The person is added. Fill in the rest of the profile."))
            return redirect("helper-person", worker.public_id)
    return render(request, "helper/person_add.html", {"form": form})


def detail(request: SignedInRequest, worker_id: UUID) -> HttpResponse:
    """Show one person with the next step and the mandate."""
    case = case_of(request, worker_id)
    assert case.worker is not None
    context = {
        "case": case,
        "worker": case.worker,
        "mandate": _mandate(request, worker_id),
        "application": applications.latest_of(case.worker),
        "minor": queries.is_minor(case.worker, clock.now().date()),
    }
    return render(request, "helper/person.html", context)


def start(request: SignedInRequest, worker_id: UUID) -> HttpResponse:
    """Begin a paper application, which keeps the date on the paper."""
    case = case_of(request, worker_id)
    now = clock.now()
    form = LodgedForm(request.POST or None, signed_on=_mandate(request, worker_id).signed_on)
    if request.method == "POST" and form.is_valid():
        try:
            application_services.start(
                by=request.user, worker_id=worker_id, **form.cleaned_data, now=now
            )
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, _("The application has begun. Now add the wishes."))
            return redirect("helper-postings", worker_id)
    return render(request, "helper/start.html", {"case": case, "form": form})


def renew_mandate(request: SignedInRequest, worker_id: UUID) -> HttpResponse:
    """Take down a newly signed mandate."""
    case = case_of(request, worker_id)
    now = clock.now()
    form = MandateForm(request.POST or None, today=now.date())
    if request.method == "POST" and form.is_valid():
        try:
            services.renew_mandate(
                by=request.user, worker_id=worker_id, **form.cleaned_data, now=now
            )
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, _("The mandate is renewed."))
            return redirect("helper-person", worker_id)
    return render(request, "helper/mandate.html", {"case": case, "form": form})


def end_mandate(request: SignedInRequest, worker_id: UUID) -> HttpResponse:
    """Ask once more, then end the mandate; the person's application stays."""
    case = case_of(request, worker_id)
    assert case.worker is not None
    if request.method == "POST":
        services.end_mandate(by=request.user, worker_id=worker_id, now=clock.now())
        messages.success(request, _("The mandate has ended."))
        return redirect("helper-people")
    context = {
        "title": _("End the mandate for %(name)s?") % {"name": case.worker.given_names},
        "consequences": [
            _("You will no longer see this person's pages."),
            _("The application stays as it is and keeps its date and rank."),
        ],
        "confirm_label": _("End the mandate"),
        "cancel_url": reverse("helper-person", args=[worker_id]),
        "danger": True,
    }
    return render(request, "worker/confirm.html", context)


def _mandate(request: SignedInRequest, worker_id: UUID) -> "Mandate":
    rows = queries.list_helped(request.user, clock.now())
    mandate = rows.filter(worker__public_id=worker_id).first()
    if mandate is None:
        raise NotFound(_("There is no such person."))
    return mandate
