"""The profile in four short steps; every step is kept before the next one opens."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm, BaseFormSet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clearinghouse.people import queries as people
from clearinghouse.people import services
from clearinghouse.people.services import ProfileData
from clearinghouse.registry import queries as registry
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError, NotFound
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.pages import apply_errors
from clearinghouse.web.worker.case import Case, case_of
from clearinghouse.web.worker.forms import STATELESS, LanguagesForm, SchoolForm, WhoForm, WorkForm
from clearinghouse.web.worker.occupations import Search, search_of

# A first answer is kept with the session until the second step completes what a row needs.
DRAFT = "profile_draft"


@dataclass(frozen=True, slots=True)
class Step:
    """One screen of the profile."""

    slug: str
    label: Promise
    title: Promise
    build: Callable[..., Any]


def overview(request: SignedInRequest, worker_id: UUID | None = None) -> HttpResponse:
    """Show what the profile says, with a way to change each part."""
    case = case_of(request, worker_id)
    if case.worker is None:
        return redirect(case.url("profile-step", STEPS[0].slug))
    context = {
        "case": case,
        "worker": case.worker,
        "steps": _progress(case, current=None),
        "languages": _spoken(case.worker),
        "minor": people.is_minor(case.worker, clock.now().date()),
    }
    return render(request, "worker/profile.html", context)


def edit(request: SignedInRequest, step: str, worker_id: UUID | None = None) -> HttpResponse:
    """Show one step, or keep its answers and go on to the next."""
    case = case_of(request, worker_id)
    current = _step(step)
    facts = _facts(request, case)
    if current.slug != STEPS[0].slug and "birth_date" not in facts:
        return redirect(case.url("profile-step", STEPS[0].slug))
    form, changes, extra = current.build(request, facts)
    if request.method == "POST" and form.is_valid():
        try:
            return _keep(request, case, current, {**facts, **changes(form), **_version(request)})
        except DomainError as error:
            _show(form, error)
    context = {
        "case": case,
        "step": current,
        "form": form,
        "number": STEPS.index(current) + 1,
        "total": len(STEPS),
        "steps": _progress(case, current=current),
        "version": request.POST.get("version") or facts.get("version") or "",
        **extra,
    }
    return render(request, f"worker/profile_{current.slug}.html", context)


def minor(request: SignedInRequest) -> HttpResponse:
    """Say kindly what happens for people under 18."""
    return render(request, "worker/minor.html", {"case": case_of(request, None)})


def _step(slug: str) -> Step:
    for step in STEPS:
        if step.slug == slug:
            return step
    raise NotFound(_("There is no such page."))


def _facts(request: SignedInRequest, case: Case) -> dict[str, Any]:
    if case.worker is not None:
        return asdict(people.profile_data_of(case.worker))
    draft = dict(request.session.get(DRAFT, {}))
    if "birth_date" in draft:
        draft["birth_date"] = date.fromisoformat(draft["birth_date"])
    return draft


def _version(request: SignedInRequest) -> dict[str, int]:
    """Return the version that the form was filled from, so that older copies are noticed."""
    text = request.POST.get("version", "")
    return {"version": int(text[:9])} if text.isdecimal() else {}


def _keep(request: SignedInRequest, case: Case, step: Step, facts: dict[str, Any]) -> HttpResponse:
    if case.worker is None and "occupation" not in facts:
        request.session[DRAFT] = {**facts, "birth_date": facts["birth_date"].isoformat()}
        return redirect(_after(request, case, step))
    now = clock.now()
    worker = services.save_profile(
        by=request.user, data=ProfileData(**facts), worker_id=case.worker_id, now=now
    )
    request.session.pop(DRAFT, None)
    if case.worker_id is None and people.is_minor(worker, now.date()):
        return redirect("worker-minor")
    if step is STEPS[-1] and "more" not in request.POST:
        messages.success(request, _("Your profile is saved."))
    return redirect(_after(request, case, step))


def _after(request: SignedInRequest, case: Case, step: Step) -> str:
    if "more" in request.POST:
        return case.url("profile-step", step.slug)
    position = STEPS.index(step) + 1
    if position == len(STEPS) or "back" in request.POST:
        return case.url("profile")
    return case.url("profile-step", STEPS[position].slug)


def _show(form: "BaseForm | BaseFormSet[Any]", error: DomainError) -> None:
    if isinstance(form, BaseForm):
        apply_errors(form, error)
    else:
        apply_errors(form.forms[0], error)


def _progress(case: Case, *, current: Step | None) -> list[dict[str, Any]]:
    """List the steps; only somebody with a profile may jump between them."""
    place = STEPS.index(current) if current else len(STEPS)
    return [
        {
            "label": step.label,
            "state": "current" if step is current else "done" if at < place else "todo",
            "url": case.url("profile-step", step.slug) if case.worker else "",
        }
        for at, step in enumerate(STEPS)
    ]


def _spoken(worker: Any) -> list[tuple[str, str]]:
    names = dict(registry.language_choices())
    languages = people.profile_data_of(worker).languages
    return [(names.get(code, code), level) for code, level in languages]


def _who(request: SignedInRequest, facts: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    initial = {**facts, "nationality": STATELESS} if facts.get("stateless") else facts
    form = WhoForm(request.POST or None, initial=initial, today=clock.now().date())
    return form, WhoForm.facts, {}


def _work(request: SignedInRequest, facts: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    search: Search = search_of(request, chosen=facts.get("occupation", ""))
    initial = {**facts} if "occupation" in facts else {}
    form = WorkForm(request.POST or None, initial=initial, occupations=search.found)
    return form, lambda kept: kept.cleaned_data, {"search": search}


def _school(request: SignedInRequest, facts: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    form = SchoolForm(request.POST or None, initial=facts)
    return form, lambda kept: kept.cleaned_data, {}


def _languages(request: SignedInRequest, facts: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    rows = [{"language": code, "level": level} for code, level in facts.get("languages", ())]
    form = LanguagesForm(request.POST or None, initial=rows)
    return form, lambda kept: {"languages": kept.spoken()}, {}


STEPS = (
    Step("who", gettext_lazy("You"), gettext_lazy("Who are you?"), _who),
    Step("work", gettext_lazy("Work"), gettext_lazy("Your work"), _work),
    Step("school", gettext_lazy("School"), gettext_lazy("Your schooling"), _school),
    Step("languages", gettext_lazy("Languages"), gettext_lazy("Your languages"), _languages),
)
