"""The first page after sign-in: what waits for this person."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.enums import Role
from accounts.queries import roles_of
from clearinghouse.audit import queries as audit
from clearinghouse.notices import queries as notices
from clearinghouse.registry import queries as registry
from clearinghouse.shared import clock
from clearinghouse.web.guard import SignedInRequest, require_signed_in
from clearinghouse.web.home import worker
from clearinghouse.web.home.inbox import newest
from clearinghouse.web.home.worklist import figures_for, lines_for

# Those to whom each new checkpoint is handed, so that copies are in many hands.
HELD_TO_ACCOUNT = {
    Role.QUOTA_OFFICER,
    Role.APPROVER,
    Role.CASEWORKER,
    Role.ORIGIN_OFFICER,
    Role.AUDITOR,
    Role.OMBUDSPERSON,
}


@require_safe
@require_signed_in
def my_home(request: SignedInRequest) -> HttpResponse:
    """Show what waits for this person, by role, and the newest messages."""
    user, now = request.user, clock.now()
    held = roles_of(user)
    context = {
        "lines": lines_for(user, now=now),
        "figures": figures_for(user),
        "office": registry.officer_of(user) if held - {Role.WORKER} else None,
        "step": worker.next_step(user, now=now) if Role.WORKER in held else None,
        "is_official": bool(held - {Role.WORKER}),
        "checkpoint": audit.find_latest_checkpoint() if held & HELD_TO_ACCOUNT else None,
        "has_role": bool(held),
        "unread": notices.count_unread(user),
        "newest": newest(user),
    }
    return render(request, "home/start.html", context)
