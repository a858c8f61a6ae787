"""The draw's secrets: a party commits while the round is open and reveals once it is sealed."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.enums import Role
from clearinghouse.matching import queries, services
from clearinghouse.matching.permissions import party_of
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError
from clearinghouse.web.guard import SignedInRequest, require_role
from clearinghouse.web.operations.forms import CommitmentForm, SecretForm
from clearinghouse.web.operations.steps import crumbs
from clearinghouse.web.pages import apply_errors

party = require_role(Role.OPERATOR, Role.AUDITOR, Role.OMBUDSPERSON, Role.APPROVER)


@party
def commit(request: SignedInRequest, number: int) -> HttpResponse:
    """Take down a party's commitment."""
    form = CommitmentForm(request.POST or None)
    words = {
        "title": _("Commit to a secret"),
        "done": _("Your commitment is kept."),
    }
    return _page(request, number, form, services.commit_secret, words)


@party
def reveal(request: SignedInRequest, number: int) -> HttpResponse:
    """Take down a party's secret."""
    form = SecretForm(request.POST or None)
    words = {"title": _("Reveal the secret"), "done": _("Your secret is revealed.")}
    return _page(request, number, form, services.reveal_secret, words)


def _page(
    request: SignedInRequest,
    number: int,
    form: forms.Form,
    perform: Callable[..., Any],
    words: dict[str, str],
) -> HttpResponse:
    round_ = queries.get_round(request.user, number)
    if request.method == "POST" and form.is_valid():
        try:
            perform(by=request.user, number=number, **form.cleaned_data, now=clock.now())
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, words["done"])
            return redirect("operations-round", number)
    context = {
        "round": round_,
        "form": form,
        "party": party_of(request.user),
        "title": words["title"],
        "crumbs": crumbs(round_, words["title"]),
    }
    return render(request, "operations/secret.html", context)
