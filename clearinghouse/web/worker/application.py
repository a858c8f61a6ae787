"""My list: ranked wishes that can be put in order without script."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clearinghouse.applications import queries, services
from clearinghouse.applications.enums import EDITABLE_STATUSES
from clearinghouse.quotas import queries as quotas
from clearinghouse.quotas.enums import Reason
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.worker.case import Case, case_of

if TYPE_CHECKING:
    from clearinghouse.applications.models import Wish


def wishes(request: SignedInRequest, worker_id: UUID | None = None) -> HttpResponse:
    """Show the ranked list with the state of each check, or the way to begin."""
    case = case_of(request, worker_id)
    application = queries.find_live(case.worker) if case.worker else None
    listed = list(application.wishes.all()) if application else []
    context = {
        "case": case,
        "application": application,
        "profile_url": case.url("profile"),
        "postings_url": case.url("postings"),
        "wishes": listed,
        "editable": application is not None and application.status in set(EDITABLE_STATUSES),
        "closes": closes_first(listed),
        "reason_words": dict(Reason.choices),
        "latest": queries.latest_of(case.worker) if case.worker and not application else None,
        "removed": _removed(request),
    }
    return render(request, "worker/application.html", context)


def closes_first(wishes: "Iterable[Wish]") -> datetime | None:
    """Return the first deadline among the postings of a list."""
    ends = [wish.quota.applications_close_at for wish in wishes]
    return min((end for end in ends if end is not None), default=None)


@require_POST
def add(request: SignedInRequest, quota_id: UUID, worker_id: UUID | None = None) -> HttpResponse:
    """Put a posting at the end of the list; a second click changes nothing."""
    case = case_of(request, worker_id)
    if case.helped and (case.worker is None or queries.find_live(case.worker) is None):
        # A paper application keeps its own date, so that date is asked for first.
        return redirect(case.url("application-start"))
    try:
        services.wish(by=request.user, worker_id=case.worker_id, quota_id=quota_id, now=clock.now())
    except DomainError as error:
        if error.code != "wish_twice":
            messages.error(request, str(error))
            return redirect(case.url("posting", quota_id))
    messages.success(request, _("It is on your list. You can change the order there."))
    return redirect(_back(request, case))


@require_POST
def reorder(request: SignedInRequest, worker_id: UUID | None = None) -> HttpResponse:
    """Keep the order that the page sent, after one wish was moved, taken out or put back."""
    case = case_of(request, worker_id)
    order: list[UUID] = []
    try:
        order = _order(request)
        application_id = UUID(request.POST.get("application", ""))
        version = int(request.POST.get("version", "0"))
        _check_complete(request, application_id, version)
        services.set_wishes(
            by=request.user,
            application_id=application_id,
            quota_ids=order,
            version=version,
            now=clock.now(),
        )
    except ValueError:
        messages.error(request, _("The page was not complete. Please try again."))
    except DomainError as error:
        if not _saved_already(request, order):
            messages.error(request, str(error))
    else:
        if removed := request.POST.get("remove", ""):
            place = _sent_order(request).index(UUID(removed))
            return redirect(f"{case.url('application')}?removed={UUID(removed)}&place={place}")
        messages.success(request, _("Your list is saved."))
    return redirect(case.url("application"))


def _order(request: SignedInRequest) -> list[UUID]:
    """Read the order of the page and apply the button that was pressed.

    Raises `ValueError` for anything that is no id, or a button of a wish that was not sent: what
    the page did not say must never empty a list.
    """
    order = _sent_order(request)
    sent = request.POST
    button = next((name for name in ("up", "down", "remove", "put_back") if sent.get(name)), "")
    if not button:
        return order
    pressed = UUID(sent[button])
    if button == "put_back":
        if pressed not in order:
            order.insert(_number(sent.get("place", "")), pressed)
        return order
    at = order.index(pressed)
    order.remove(pressed)
    if button != "remove":
        order.insert(max(0, at - 1) if button == "up" else at + 1, pressed)
    return order


def _sent_order(request: SignedInRequest) -> list[UUID]:
    return [UUID(name) for name in request.POST.getlist("order")]


def _check_complete(request: SignedInRequest, application_id: UUID, version: int) -> None:
    """Raise `ValueError` for a page without any order while the list of this version has wishes."""
    if request.POST.getlist("order"):
        return
    application = queries.get_own(request.user, application_id, clock.now())
    if application.version == version and application.wishes.all():
        raise ValueError("a page of this list names its wishes")


def _saved_already(request: SignedInRequest, order: list[UUID]) -> bool:
    """Tell whether a double click has kept this very order a moment ago."""
    sent = request.POST.get("application", "")
    application = queries.get_own(request.user, sent, clock.now())
    return [wish.quota.public_id for wish in application.wishes.all()] == order


def _number(text: str) -> int:
    """Read a number; nine digits are more than any list has places."""
    return int(text[:9]) if text.isdecimal() else 0


def _removed(request: SignedInRequest) -> dict[str, object] | None:
    """Find the posting that was just taken out, so that it can be put back."""
    try:
        quota_id = UUID(request.GET.get("removed", ""))
    except ValueError:
        return None
    quota = quotas.list_public_by_ids([quota_id]).first()
    return {"quota": quota, "place": _number(request.GET.get("place", ""))} if quota else None


def _back(request: SignedInRequest, case: Case) -> str:
    """Return to the list that the person came from; only to addresses of this site."""
    wanted = request.POST.get("back", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return case.url("application")
