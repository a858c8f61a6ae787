"""The audit trail: who did what and when, for those who hold the house to account."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
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
    page = paginate(request, events, per_page=50)
    places = queries.places_of(event.pk for event in page)
    shown = [(verb, label) for verb, label in Verb.choices if verb not in queries.PROTECTION_VERBS]
    context = {
        "page": page,
        "rows": [(event, places.get(event.pk)) for event in page],
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


@require_role(Role.AUDITOR)
def chain(request: SignedInRequest) -> HttpResponse:
    """Show where each chain stands, the newest checkpoint and the last verification."""
    context = {
        "heads": queries.list_heads(request.user),
        "checkpoint": queries.find_latest_checkpoint(),
        "verification": queries.find_latest_verification(request.user),
        "crumbs": [
            (_("Audit trail"), reverse("operations-audit")),
            (_("Chains and checkpoints"), ""),
        ],
    }
    return render(request, "operations/audit_chain.html", context)
