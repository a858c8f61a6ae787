"""A person's messages."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST, require_safe

from clearinghouse.notices import queries, services, texts
from clearinghouse.notices.enums import Kind
from clearinghouse.shared import clock
from clearinghouse.web.guard import SignedInRequest, require_signed_in
from clearinghouse.web.pages import paginate

if TYPE_CHECKING:
    from accounts.models import User
    from clearinghouse.notices.models import Message

# Where a message of each kind leads.
_LEADS_TO = {
    Kind.APPLICATION_RECEIVED: "worker-application",
    Kind.APPLICATION_CHECKED: "worker-application",
    Kind.NOMINATED: "worker-nominations",
    Kind.RESULT_READY: "worker-offers",
    Kind.OFFER_REMINDER: "worker-offers",
    Kind.OFFER_LAPSED: "worker-offers",
    Kind.OFFER_IMPROVED: "worker-offers",
    Kind.DETERMINATION_READY: "worker-protection",
    Kind.QUOTA_TO_APPROVE: "state-quotas",
    Kind.QUOTA_DECIDED: "state-quotas",
    Kind.ROUND_TO_CERTIFY: "operations-rounds",
    Kind.RUN_FAILED: "operations-rounds",
}


@require_safe
@require_signed_in
def my_messages(request: SignedInRequest) -> HttpResponse:
    """List one's messages, newest first."""
    page = paginate(request, queries.list_messages(request.user))
    rows = [_row(message) for message in page]
    unread = queries.count_unread(request.user)
    return render(request, "home/messages.html", {"page": page, "rows": rows, "unread": unread})


@require_POST
@require_signed_in
def mark_read(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """Mark one message as read and go where it leads."""
    message = services.mark_read(by=request.user, message_id=message_id, now=clock.now())
    wanted = lead(message.kind) if "open" in request.POST else ""
    return redirect(wanted or "my-messages")


@require_POST
@require_signed_in
def mark_all_read(request: SignedInRequest) -> HttpResponse:
    """Mark all one's messages as read."""
    services.mark_all_read(by=request.user, now=clock.now())
    return redirect("my-messages")


def newest(user: "User", count: int = 3) -> list[dict[str, Any]]:
    """Return the newest unread messages as a page prints them."""
    unread = queries.list_messages(user).filter(read_at__isnull=True)
    return [_row(message) for message in unread[:count]]


def lead(kind: str) -> str:
    """Return the address that a kind of message leads to, or nothing."""
    name = _LEADS_TO.get(Kind(kind))
    try:
        return reverse(name) if name else ""
    except NoReverseMatch:
        return ""


def _row(message: "Message") -> dict[str, Any]:
    return {
        "message": message,
        "title": texts.title(message.kind),
        "sentence": texts.sentence(message.kind, message.facts),
        "url": lead(message.kind),
    }
