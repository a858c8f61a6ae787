"""The audit trail: who did what and when, for those who hold the house to account."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.enums import Role
from clearinghouse.audit import queries
from clearinghouse.audit.enums import Verb
from clearinghouse.registry import queries as registry
from clearinghouse.web.guard import SignedInRequest, require_role
from clearinghouse.web.pages import paginate


@require_role(Role.AUDITOR)
def trail(request: SignedInRequest) -> HttpResponse:
    """List acts, newest first; the search takes the id of the thing that was acted on."""
    events = queries.list_events(
        request.user,
        verb=request.GET.get("verb", ""),
        subject=request.GET.get("q", "").strip(),
        state=request.GET.get("state", ""),
    )
    shown = [(verb, label) for verb, label in Verb.choices if verb not in queries.PROTECTION_VERBS]
    context = {
        "page": paginate(request, events, per_page=50),
        "filters": [
            {"name": "verb", "label": _("Act"), "choices": [("", _("All acts")), *shown]},
            {
                "name": "state",
                "label": _("State"),
                "choices": [("", _("All states")), *registry.state_choices()],
            },
        ],
    }
    return render(request, "operations/audit.html", context)
