"""Steps with a quota that deserve a second look: a page that says what happens, then one call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.enums import Role
from clearinghouse.quotas import queries, services
from clearinghouse.shared import clock
from clearinghouse.shared.errors import Conflict, Invalid, NotFound, NotNow
from clearinghouse.web.guard import SignedInRequest, require_role
from clearinghouse.web.pages import apply_errors
from clearinghouse.web.state.quotas import forecast_context

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota

mover = require_role(Role.QUOTA_OFFICER, Role.APPROVER)
Call = Callable[..., Any]


class VersionForm(forms.Form):
    """Which version the person has read."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ReasonForm(VersionForm):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("The people who wrote the quota read it."),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the call, the words of its page, and what the person is told afterwards."""

    call: Call
    title: Promise
    consequences: tuple[Promise, ...]
    button: Promise
    done: Promise
    versioned: bool = False
    reasoned: bool = False
    danger: bool = False


STEPS = {
    "submit": Step(
        services.submit_quota,
        gettext_lazy("Submit this quota for approval?"),
        (
            gettext_lazy("The approvers of your state get a message."),
            gettext_lazy("You cannot change the quota while it waits for their decision."),
        ),
        gettext_lazy("Submit"),
        gettext_lazy("The quota is submitted."),
        versioned=True,
    ),
    "approve": Step(
        services.approve_quota,
        gettext_lazy("Approve this quota?"),
        (
            gettext_lazy("Your approval is recorded with the time. You cannot take it back."),
            gettext_lazy("The quota cannot be changed any more. It can be published next."),
        ),
        gettext_lazy("Approve"),
        gettext_lazy("The quota is approved."),
        versioned=True,
    ),
    "return": Step(
        services.return_quota,
        gettext_lazy("Return this quota to its author?"),
        (gettext_lazy("The author gets a message, reads your reason and can change the quota."),),
        gettext_lazy("Return"),
        gettext_lazy("The quota is returned."),
        versioned=True,
        reasoned=True,
    ),
    "publish": Step(
        services.publish_quota,
        gettext_lazy("Publish this quota?"),
        (
            gettext_lazy("Everybody can read it. It opens for applications with a round."),
            gettext_lazy(
                "The reserve of all published quotas of your state is rounded together. The "
                "number of another quota can change by one place."
            ),
        ),
        gettext_lazy("Publish"),
        gettext_lazy("The quota is published."),
    ),
    "withdraw": Step(
        services.withdraw_quota,
        gettext_lazy("Withdraw this quota for good?"),
        (
            gettext_lazy("Nobody else can read it any more, and it cannot come back."),
            gettext_lazy("The record of what happened stays."),
        ),
        gettext_lazy("Withdraw"),
        gettext_lazy("The quota is withdrawn."),
        reasoned=True,
        danger=True,
    ),
    "delete": Step(
        services.delete_draft,
        gettext_lazy("Delete this draft?"),
        (gettext_lazy("The text is lost. The record that there was a draft stays."),),
        gettext_lazy("Delete"),
        gettext_lazy("The draft is deleted."),
        danger=True,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@mover
def confirm(request: SignedInRequest, quota_id: UUID, move: str) -> HttpResponse:
    """Ask once more, then take one step; what is refused is said on the page of the quota."""
    step = STEPS.get(move)
    quota = queries.get_quota(quota_id, actor=request.user)
    if step is None:
        raise NotFound(_("There is no such page."))
    kind = ReasonForm if step.reasoned else VersionForm
    sent = request.POST if request.method == "POST" else None
    form = kind(sent, initial={"version": quota.version})
    if request.method == "POST":
        if form.is_valid():
            return _take(request, quota, move, form)
    elif move not in queries.list_moves(request.user, quota, now=clock.now()):
        raise NotNow(_("This step is not possible now. Reload the page to see what has changed."))
    return _page(request, quota, step, form)


def _take(request: SignedInRequest, quota: "Quota", move: str, form: forms.Form) -> HttpResponse:
    step = STEPS[move]
    given = {"reason": form.cleaned_data["reason"]} if step.reasoned else {}
    if step.versioned:
        given["version"] = form.cleaned_data["version"]
    try:
        step.call(by=request.user, quota_id=quota.public_id, now=clock.now(), **given)
    except Invalid as error:
        if not step.reasoned:
            messages.error(request, str(error.message))
            return redirect("state-quota", quota.public_id)
        apply_errors(form, error)
        return _page(request, quota, step, form)
    except (Conflict, NotNow) as error:
        messages.error(request, str(error.message))
        return redirect("state-quota", quota.public_id)
    messages.success(request, str(step.done))
    if move == "delete":
        return redirect("state-quotas")
    return redirect("state-quota", quota.public_id)


def _page(request: SignedInRequest, quota: "Quota", step: Step, form: forms.Form) -> HttpResponse:
    address = reverse("state-quota", args=[quota.public_id])
    context = {
        "quota": quota,
        "step": step,
        "form": form,
        "cancel_url": address,
        **(forecast_context(request, quota) if step.call is services.approve_quota else {}),
        "crumbs": [
            (_("Our quotas"), reverse("state-quotas")),
            (quota.reference, address),
            (step.button, ""),
        ],
    }
    return render(request, "state/quota_move.html", context, status=422 if form.is_bound else 200)
