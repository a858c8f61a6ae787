"""Who looked at my record: offices and purposes, never a name."""

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.enums import Role
from clearinghouse.audit import queries
from clearinghouse.audit.enums import Purpose
from clearinghouse.people.queries import find_worker
from clearinghouse.registry import queries as registry
from clearinghouse.web.files import CSV, MARK, attachment, csv_text
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.pages import paginate

if TYPE_CHECKING:
    from clearinghouse.audit.models import Reading

ROWS_MAX = 10_000


@require_safe
def own(request: SignedInRequest) -> HttpResponse:
    """List who else saw the person's record, newest first."""
    page = paginate(request, _rows(request), per_page=50)
    states = dict(registry.state_choices())
    context = {
        "page": page,
        "rows": [(row, office_of(row, states)) for row in page],
        "filters": [
            {
                "name": "purpose",
                "label": _("Why"),
                "choices": [("", _("All")), *Purpose.choices],
            }
        ],
    }
    return render(request, "worker/access_log.html", context)


@require_safe
def download(request: SignedInRequest) -> HttpResponse:
    """Send the list as a file; moments are in UTC."""
    states = dict(registry.state_choices())
    lines: list[list[Any]] = [[_("When"), _("Who"), _("Why"), _("With your name")]]
    lines += [
        [
            row.at.isoformat(timespec="seconds"),
            office_of(row, states),
            row.get_purpose_display(),
            _("Yes") if row.named else _("No"),
        ]
        for row in _rows(request)[:ROWS_MAX]
    ]
    return attachment(MARK + csv_text(lines), CSV, "access-log.csv")


def office_of(row: "Reading", states: dict[str, str]) -> str:
    """Return an office in words: the role, and the state that it is of."""
    role = str(Role(row.office).label) if row.office in Role.values else _("An office")
    return f"{role}, {states[row.state]}" if row.state in states else role


def _rows(request: SignedInRequest) -> Any:
    worker = find_worker(request.user)
    # Nobody has key 0: an account without a profile has been read by nobody.
    return queries.list_readings(worker.pk if worker else 0, purpose=request.GET.get("purpose", ""))
