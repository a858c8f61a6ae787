"""Steps of a round, each behind a page that says what it brings about."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Role
from clearinghouse.matching import queries, services
from clearinghouse.matching.enums import VOIDABLE_STATUSES, Status
from clearinghouse.offers import services as offers
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError, NotFound
from clearinghouse.web.guard import SignedInRequest, require_role
from clearinghouse.web.operations.forms import DischargeForm, VoidForm
from clearinghouse.web.pages import apply_errors

if TYPE_CHECKING:
    from django.forms import Form

    from clearinghouse.matching.models import Round

operator = require_role(Role.OPERATOR)
certifier = require_role(Role.CERTIFIER)


@dataclass(frozen=True, slots=True)
class Action:
    """A button on a round's page."""

    label: str
    url: str
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step that an operator may take from one status, and what the person is told before."""

    status: Status
    label: Promise
    title: Promise
    done: Promise
    perform: Callable[..., Any]
    consequences: tuple[Promise, ...] = field(default=())


STEPS = {
    "open": Step(
        Status.PLANNED,
        gettext_lazy("Open the round"),
        gettext_lazy("Open round %(number)d?"),
        gettext_lazy("The round is open."),
        services.open_round,
        (
            gettext_lazy("Its postings open for applications at once, until the closing time."),
            gettext_lazy("The reserve of each state is rounded over its postings."),
            gettext_lazy("Postings that were withdrawn meanwhile leave the round."),
        ),
    ),
    "seal": Step(
        Status.OPEN,
        gettext_lazy("Seal the input"),
        gettext_lazy("Seal the input of round %(number)d?"),
        gettext_lazy("The input is sealed. Its digest is published."),
        services.seal_round,
        (
            gettext_lazy("Lists of wishes can no longer change."),
            gettext_lazy("The input is copied to tables that nobody can change, with a digest."),
            gettext_lazy("After this, parties reveal their secrets for the draw."),
        ),
    ),
    "draw": Step(
        Status.SEALED,
        gettext_lazy("Draw the seed"),
        gettext_lazy("Draw the seed of round %(number)d?"),
        gettext_lazy("The seed is drawn."),
        services.draw_seed,
        (
            gettext_lazy("The seed is made from the sealed input and every revealed secret."),
            gettext_lazy("It can be drawn once only."),
            gettext_lazy("Parties that have not revealed in time are left out and named."),
        ),
    ),
    "run": Step(
        Status.DRAWN,
        gettext_lazy("Start the matcher"),
        gettext_lazy("Start the matcher for round %(number)d?"),
        gettext_lazy("The run is on its way. You can watch it here."),
        services.request_run,
        (
            gettext_lazy("A background process matches, then a second program checks the plan."),
            gettext_lazy("A plan that fails the check is never written."),
        ),
    ),
    "release": Step(
        Status.CERTIFIED,
        gettext_lazy("Release the results"),
        gettext_lazy("Release the results of round %(number)d?"),
        gettext_lazy("The results are released and the offers are out."),
        offers.release_round,
        (
            gettext_lazy("Everybody reads their result at the same moment."),
            gettext_lazy("Offers go out, and their deadline begins."),
            gettext_lazy("This cannot be taken back."),
        ),
    ),
}


def possible_steps(round_: "Round", *, now: datetime) -> list[Action]:
    """List the buttons of an operator for what is possible now."""
    actions = [
        Action(str(step.label), reverse("operations-round-step", args=[round_.number, slug]))
        for slug, step in STEPS.items()
        if step.status == round_.status and _is_time(slug, round_, now)
    ]
    if round_.status in VOIDABLE_STATUSES:
        url = reverse("operations-round-void", args=[round_.number])
        actions.append(Action(_("Void the round"), url, danger=True))
    if queries.find_live_run(round_) is not None:
        url = reverse("operations-round-cancel", args=[round_.number])
        actions.append(Action(_("Cancel the run"), url, danger=True))
    return actions


@operator
def take(request: SignedInRequest, number: int, step: str) -> HttpResponse:
    """Say what a step brings about, then take it; a second click finds it done."""
    round_ = queries.get_round(request.user, number)
    wanted = STEPS.get(step)
    if wanted is None:
        raise NotFound(_("There is no such step."))
    back = redirect("operations-round", number)
    if request.method == "POST":
        _perform(request, number, wanted.perform, str(wanted.done))
        return back
    context = {
        "round": round_,
        "title": str(wanted.title) % {"number": number},
        "consequences": wanted.consequences,
        "confirm_label": wanted.label,
        "cancel_url": back.url,
        "crumbs": crumbs(round_, str(wanted.label)),
    }
    return render(request, "operations/confirm.html", context)


@operator
def cancel(request: SignedInRequest, number: int) -> HttpResponse:
    """Say what cancelling a run brings about, then cancel it."""
    round_ = queries.get_round(request.user, number)
    back = redirect("operations-round", number)
    if request.method == "POST":
        done = _("The run is cancelled. Nothing was written.")
        _perform(request, number, services.cancel_run, done)
        return back
    context = {
        "round": round_,
        "title": _("Cancel the run of round %(number)d?") % {"number": number},
        "consequences": [
            _("The background process stops at its next step and writes nothing."),
            _("The round stays as it is. A new run gives the same result."),
            _("A run that fills freed places is asked for again by itself."),
        ],
        "confirm_label": _("Cancel the run"),
        "cancel_url": back.url,
        "danger": True,
        "crumbs": crumbs(round_, _("Cancel the run")),
    }
    return render(request, "operations/confirm.html", context)


@operator
def void(request: SignedInRequest, number: int) -> HttpResponse:
    """Void a round with a reason that everybody can read."""
    round_ = queries.get_round(request.user, number)
    form = VoidForm(request.POST or None)
    back = redirect("operations-round", number)
    drawn = bool(round_.seed)
    if _give_reason(request, number, form, services.void_round, _("The round is voided.")):
        return back
    context = {
        "round": round_,
        "form": form,
        "title": _("Void round %(number)d?") % {"number": number},
        "consequences": [
            _("No result of this round will count."),
            _("The seed is drawn, so the round is repeated with the same lists and the same seed.")
            if drawn
            else _(
                "All applications go back to the pool, and the postings may join another round."
            ),
            _("Everything that was sealed stays as evidence."),
        ],
        "confirm_label": _("Void the round"),
        "cancel_url": back.url,
        "danger": True,
        "crumbs": crumbs(round_, _("Void the round")),
    }
    return render(request, "operations/confirm.html", context)


@certifier
def certify(request: SignedInRequest, number: int) -> HttpResponse:
    """Show a certifier what is certified, computed again now, then certify it."""
    round_ = queries.get_round(request.user, number)
    if request.method == "POST":
        _perform(request, number, services.certify, _("You have certified this round."))
        return redirect("operations-round", number)
    test = queries.find_self_test(round_)
    replays = queries.replay(round_, actor=request.user)
    context = {
        "round": round_,
        "replays": replays,
        "sound": bool(replays) and all(replay.agrees for replay in replays),
        "figures": queries.figures_of(round_, actor=request.user),
        "self_test": test,
        "tests": queries.named_tests(test, whole=True),
        "certifications": queries.list_certifications(round_),
        "crumbs": crumbs(round_, _("Look and certify")),
    }
    return render(request, "operations/certify.html", context)


@certifier
def discharge(request: SignedInRequest, number: int) -> HttpResponse:
    """Let a certifier agree that the input of a repeated round was unlawful; two are needed."""
    round_ = queries.get_round(request.user, number)
    form = DischargeForm(request.POST or None)
    back = redirect("operations-round", number)
    if _give_reason(request, number, form, services.discharge_entries, _("Your word is kept.")):
        return back
    title = _("Give the lists of round %(number)d back?") % {"number": number}
    context = {
        "round": round_,
        "form": form,
        "title": title,
        "consequences": [
            _("This is only for an input that was against the law or the published rules."),
            _("Your name and your reason are published. A second certifier must say the same."),
            _("Then a new round may be held with a new draw."),
        ],
        "confirm_label": _("The input was unlawful"),
        "cancel_url": back.url,
        "danger": True,
        "crumbs": crumbs(round_, _("Give the lists back")),
    }
    return render(request, "operations/confirm.html", context)


def crumbs(round_: "Round", last: str) -> list[tuple[str, str]]:
    """Say where in the rounds a page is."""
    number = _("Round %(number)d") % {"number": round_.number}
    return [
        (_("Rounds"), reverse("operations-rounds")),
        (number, reverse("operations-round", args=[round_.number])),
        (last, ""),
    ]


def _perform(request: SignedInRequest, number: int, act: Callable[..., Any], done: str) -> None:
    """Take a step that needs no words, and tell the person what came of it."""
    try:
        act(by=request.user, number=number, now=clock.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)


def _give_reason(
    request: SignedInRequest, number: int, form: "Form", act: Callable[..., Any], done: str
) -> bool:
    """Take a step with the reason that was sent; tell whether it was taken.

    A refusal stands at the form, which comes back filled.
    """
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        act(by=request.user, number=number, reason=form.cleaned_data["reason"], now=clock.now())
    except DomainError as error:
        apply_errors(form, error)
        return False
    messages.success(request, done)
    return True


def _is_time(slug: str, round_: "Round", now: datetime) -> bool:
    if slug == "seal":
        return now >= round_.closes_at
    if slug == "run":
        return queries.find_live_run(round_) is None
    return True
