"""The main navigation: what each role may open, one line each.

Each audience module registers its entries here; a person sees the union of the roles held.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.queries import roles_of
from clearinghouse.notices.queries import count_unread


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: url name, words, and the roles that see it (empty: everybody)."""

    name: str
    label: Promise
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Link:
    """One entry as a template prints it; `count` says how much waits there."""

    label: Promise | str
    url: str
    current: bool
    count: int = 0


PUBLIC = (
    Entry("public-quotas", _("Open quotas")),
    Entry("public-results", _("Results")),
    Entry("public-rules", _("Rules")),
)


def _for(*roles: str) -> frozenset[str]:
    return frozenset(roles)


PERSONAL = (
    Entry("my-home", _("Start"), frozenset(Role.values)),
    Entry("my-messages", _("Messages"), frozenset(Role.values)),
    Entry("worker-profile", _("My profile"), _for(Role.WORKER)),
    Entry("worker-postings", _("Find work"), _for(Role.WORKER)),
    Entry("worker-application", _("My application"), _for(Role.WORKER)),
    Entry("worker-offers", _("My result"), _for(Role.WORKER)),
    Entry("helper-people", _("People I help"), _for(Role.HELPER)),
    Entry(
        "state-quotas", _("Our quotas"), _for(Role.QUOTA_OFFICER, Role.APPROVER, Role.CASEWORKER)
    ),
    Entry("state-checks", _("Applications to check"), _for(Role.CASEWORKER)),
    Entry("state-nominations", _("Our nominations"), _for(Role.ORIGIN_OFFICER)),
    Entry("protection-requests", _("Protection requests"), _for(Role.PROTECTION_OFFICER)),
    Entry("protection-shields", _("Hidden people"), _for(Role.PROTECTION_OFFICER)),
    Entry("protection-referrals", _("Minors"), _for(Role.PROTECTION_OFFICER)),
    Entry(
        "operations-rounds",
        _("Rounds"),
        _for(Role.OPERATOR, Role.CERTIFIER, Role.AUDITOR, Role.OMBUDSPERSON, Role.APPROVER),
    ),
    Entry(
        "simulations",
        _("Simulations"),
        _for(Role.QUOTA_OFFICER, Role.APPROVER, Role.OPERATOR, Role.CERTIFIER, Role.AUDITOR),
    ),
    Entry("operations-system", _("System"), _for(Role.OPERATOR, Role.AUDITOR)),
    Entry("operations-audit", _("Audit trail"), _for(Role.AUDITOR)),
    Entry("admin-people", _("People and roles"), _for(Role.ADMINISTRATOR)),
)


def navigation_for(request: HttpRequest) -> list[Link]:
    """List the entries that this person sees, marking the section of the present page."""
    user = getattr(request, "user", None)
    held = roles_of(user) if user is not None and user.is_authenticated else frozenset()
    entries = [entry for entry in PERSONAL if entry.roles & held] if held else []
    if not held or held <= {Role.WORKER, Role.HELPER}:
        entries += PUBLIC
    unread = count_unread(user) if user is not None and held else 0
    return [link for entry in entries if (link := _link(request, entry, unread))]


def _link(request: HttpRequest, entry: Entry, unread: int) -> Link | None:
    try:
        url = reverse(entry.name)
    except NoReverseMatch:
        return None
    current = request.path == url or _is_below(request.path, url)
    return Link(entry.label, url, current, unread if entry.name == "my-messages" else 0)


def _is_below(path: str, url: str) -> bool:
    return url.count("/") > 2 and path.startswith(url)
