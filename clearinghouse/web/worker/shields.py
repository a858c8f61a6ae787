"""Hiding from a country: on at once, off slowly. Only the person and the protection body see it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clearinghouse.protection import queries
from clearinghouse.protection import services as protection
from clearinghouse.protection.enums import ShieldStatus
from clearinghouse.registry import queries as registry
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError, NotFound
from clearinghouse.shielding import services
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.pages import apply_errors
from clearinghouse.web.worker.case import case_of
from clearinghouse.web.worker.forms import HideForm


def hide(request: SignedInRequest, worker_id: UUID | None = None) -> HttpResponse:
    """Hide the person from one more country."""
    case = case_of(request, worker_id)
    if case.worker is None:
        return redirect(case.url("profile"))
    form = HideForm(request.POST or None)
    offered = False
    if request.method == "POST" and form.is_valid():
        try:
            services.hide(
                by=request.user,
                states=[form.cleaned_data["states"]],
                worker_id=worker_id,
                give_up_offer=form.cleaned_data["give_up_offer"],
                now=clock.now(),
            )
        except DomainError as error:
            offered = error.code == "offer_open"
            apply_errors(form, error)
        else:
            messages.success(request, _("You are hidden from this country now."))
            return redirect("helper-people" if case.helped else case.url("protection"))
    if not offered:
        form.fields.pop("give_up_offer")
    return render(request, "worker/shield_hide.html", {"case": case, "form": form})


def lift(request: SignedInRequest, shield_id: UUID, worker_id: UUID | None = None) -> HttpResponse:
    """Ask once more, then ask the protection body to end a hiding."""
    return _step(
        request,
        shield_id,
        worker_id,
        act=protection.ask_to_lift,
        done=_("The protection body has your request. Until then you stay hidden."),
        title=_("Ask to end the hiding from %(state)s?"),
        consequences=[
            _("You stay hidden until the protection body agrees, and for three days after that."),
            _("We write to you before it ends. You can stop it at any time until then."),
            _("After it ends, this country can see you like any other applicant."),
        ],
        label=_("Ask to end it"),
    )


def keep(request: SignedInRequest, shield_id: UUID, worker_id: UUID | None = None) -> HttpResponse:
    """Ask once more, then stay hidden."""
    return _step(
        request,
        shield_id,
        worker_id,
        act=protection.keep_shield,
        done=_("You stay hidden."),
        title=_("Stay hidden from %(state)s?"),
        consequences=[_("Nothing else changes. You can ask again at any time.")],
        label=_("Stay hidden"),
    )


def rows_of(worker: Any) -> list[dict[str, Any]]:
    """Return what the page shows of each hiding: country, why, status, and which step is open."""
    return [
        {
            "shield": shield,
            "state": _name(shield.state),
            "ground": shield.ground.label,
            "can_lift": shield.status == ShieldStatus.RAISED,
        }
        for shield in queries.list_holding(worker)
        if not shield.erased
    ]


def set_aside_of(worker: Any) -> list[dict[str, Any]]:
    """Return the nominations that were set aside: which country, and when."""
    return [
        {"state": _name(row.state), "at": row.set_aside_at}
        for row in queries.list_own_set_aside(worker)
        if not row.erased
    ]


def _step(
    request: SignedInRequest, shield_id: UUID, worker_id: UUID | None, **step: Any
) -> HttpResponse:
    case = case_of(request, worker_id)
    rows = rows_of(case.worker) if case.worker else []
    row = next((row for row in rows if row["shield"].public_id == shield_id), None)
    if row is None:
        raise NotFound(_("There is no such case."))
    if request.method == "POST":
        try:
            step["act"](by=request.user, shield_id=shield_id, worker_id=worker_id, now=clock.now())
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, step["done"])
        return redirect(case.url("protection"))
    context = {
        "title": step["title"] % {"state": row["state"]},
        "consequences": step["consequences"],
        "confirm_label": step["label"],
        "cancel_url": case.url("protection"),
    }
    return render(request, "worker/confirm.html", context)


def _name(iso2: str) -> str:
    return registry.state_name(registry.get_state(iso2))
