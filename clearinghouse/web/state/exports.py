"""Files of several people's records: how many, what for, a second person, one day."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import Role
from clearinghouse.exports import permissions, queries, services
from clearinghouse.exports.enums import Kind, Status
from clearinghouse.exports.sources import Selection
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError, Forbidden, NotFound
from clearinghouse.shared.texts import small_number
from clearinghouse.web.files import CSV, attachment
from clearinghouse.web.guard import SignedInRequest, require_role
from clearinghouse.web.pages import apply_errors, paginate

officer = require_role(Role.ORIGIN_OFFICER)


class AskForm(forms.Form):
    """Why, and how many the person has seen."""

    reason = forms.CharField(
        label=gettext_lazy("What is the file for?"),
        max_length=200,
        help_text=gettext_lazy("One sentence without names. Your office and the auditors read it."),
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@officer
def create(request: SignedInRequest) -> HttpResponse:
    """Show exactly how many people a file would hold, then ask for it."""
    selection = Selection(request.GET.get("q", ""), request.GET.get("status", ""))
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            export = services.ask(
                by=request.user,
                kind=Kind.NOMINATIONS,
                selection=selection,
                shown=small_number(form.cleaned_data["shown"]),
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )
        except (Forbidden, NotFound):
            raise
        except DomainError as error:
            apply_errors(form, error)
        else:
            return redirect("state-export", export.public_id)
    context = {
        "form": form,
        "preview": queries.preview(request.user, Kind.NOMINATIONS, selection, now=clock.now()),
        "crumbs": _crumbs(_("New file")),
    }
    return render(request, "state/export_new.html", context, status=422 if form.is_bound else 200)


@require_safe
@officer
def listing(request: SignedInRequest) -> HttpResponse:
    """List the files that the own office asked for."""
    page = paginate(request, queries.list_exports(request.user))
    context = {"page": page, "crumbs": _crumbs()}
    return render(request, "state/exports.html", context)


@require_safe
@officer
def detail(request: SignedInRequest, export_id: UUID) -> HttpResponse:
    """Show one file: who asked, what for, how many, and what can be done now."""
    export = queries.get_export(request.user, export_id)
    own = permissions.is_asker(request.user, export)
    context = {
        "export": export,
        "may_decide": export.status == Status.WAITING
        and permissions.can_decide(request.user, export),
        "may_fetch": own and export.status == Status.READY and clock.now() < export.expires_at,
        "may_cancel": own and export.status in {Status.WAITING, Status.QUEUED, Status.READY},
        "crumbs": _crumbs(export.get_kind_display()),
    }
    return render(request, "state/export.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@officer
def move(request: SignedInRequest, export_id: UUID, step: str) -> HttpResponse:
    """Ask once more, then let a colleague have a file, refuse it, or delete the own one."""
    export = queries.get_export(request.user, export_id)
    if step not in _WORDS:
        raise NotFound(_("There is no such page."))
    title, consequence, button, done = _WORDS[step]
    if request.method == "POST":
        try:
            _act(request, export_id, step)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, done)
        return redirect("state-export", export_id)
    context: dict[str, Any] = {
        "title": title,
        "text": _("%(person)s asks for %(people)d people: %(reason)s")
        % {
            "person": export.asked_by.display_name,
            "people": export.people,
            "reason": export.reason,
        },
        "consequences": [consequence],
        "confirm_label": button,
        "cancel_url": reverse("state-export", args=[export_id]),
        "danger": step != "approve",
    }
    return render(request, "worker/confirm.html", context)


@require_safe
@officer
def download(request: SignedInRequest, export_id: UUID) -> HttpResponse:
    """Send a file to the person who asked for it; this is recorded."""
    name, text = services.fetch(by=request.user, export_id=export_id, now=clock.now())
    return attachment(text, CSV, name)


def _act(request: SignedInRequest, export_id: UUID, step: str) -> None:
    if step == "approve":
        services.approve(by=request.user, export_id=export_id, now=clock.now())
    elif step == "refuse":
        services.refuse(by=request.user, export_id=export_id, now=clock.now())
    else:
        services.cancel(by=request.user, export_id=export_id)


_WORDS = {
    "approve": (
        gettext_lazy("Let your colleague have this file?"),
        gettext_lazy("The file is made. Your name is recorded with the number of people."),
        gettext_lazy("Approve"),
        gettext_lazy("The file is approved."),
    ),
    "refuse": (
        gettext_lazy("Refuse this file?"),
        gettext_lazy("No file is made. Your colleague can ask again."),
        gettext_lazy("Refuse"),
        gettext_lazy("The file is refused."),
    ),
    "cancel": (
        gettext_lazy("Delete this file?"),
        gettext_lazy("Nobody can download it any more. The record that it was asked for stays."),
        gettext_lazy("Delete"),
        gettext_lazy("The file is deleted."),
    ),
}


def _crumbs(last: Any = "") -> list[tuple[str, str]]:
    start = [(_("Our nominations"), reverse("state-nominations"))]
    if not last:
        return [*start, (_("Files of people"), "")]
    return [*start, (_("Files of people"), reverse("state-exports")), (str(last), "")]
