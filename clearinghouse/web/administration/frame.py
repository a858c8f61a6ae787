"""What every page of the administration shares: tabs, way back, confirmation."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Role
from clearinghouse.web.guard import require_role
from clearinghouse.web.navigation import Link

administrators_only = require_role(Role.ADMINISTRATOR)


def framed(request: HttpRequest, **context: Any) -> dict[str, Any]:
    """Add the tabs of the administration to a page's context."""
    tabs = {
        "admin-people": _("People"),
        "admin-invitations": _("Invitations"),
        "admin-agencies": _("Agencies"),
    }
    links = []
    for name, label in tabs.items():
        url = reverse(name)
        links.append(Link(label, url, request.path == url))
    return {"section_navigation": links, **context}


def crumbs_to(name: str, label: str, *below: tuple[str, str]) -> list[tuple[str, str]]:
    """Return the way back: a list page, then the pages below it; the last has no address."""
    return [(label, reverse(name)), *below]
