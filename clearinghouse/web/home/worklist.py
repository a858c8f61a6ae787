"""What waits for an official, role by role: one line each, with how many and where to go.

A line asks one count of one app; only the lines of roles that the person holds are asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import NoReverseMatch, reverse
from django.utils.translation import ngettext

from accounts import queries as accounts
from accounts.enums import Role
from clearinghouse.access.logins import Login, use_login
from clearinghouse.applications import queries as applications
from clearinghouse.applications.enums import NominationStatus
from clearinghouse.matching import queries as matching
from clearinghouse.matching.enums import Status as Round
from clearinghouse.matching.permissions import party_of
from clearinghouse.people import queries as people
from clearinghouse.protection import queries as protection
from clearinghouse.quotas import queries as quotas
from clearinghouse.quotas.enums import Status as Quota

if TYPE_CHECKING:
    from accounts.models import User

Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits: how many, in words, and the address of the page where one does it."""

    count: int
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a line comes from: who sees it, what it counts, how it says so, where it leads."""

    role: Role
    count: Callable[["User", datetime], int]
    words: Callable[[int], str]
    leads_to: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at a glance."""

    label: str
    value: int
    url: str


def lines_for(user: "User", *, now: datetime) -> list[Line]:
    """List what waits for a person now, in the order of roles; nothing that counts zero."""
    held = accounts.roles_of(user)
    lines = []
    for source in SOURCES:
        if source.role in held and (count := source.count(user, now)):
            lines.append(Line(count, source.words(count), address(source.leads_to, source.query)))
    return lines


def figures_for(user: "User") -> list[Figure]:
    """List the numbers that an official sees at a glance."""
    held = accounts.roles_of(user)
    if held & {Role.QUOTA_OFFICER, Role.APPROVER, Role.CASEWORKER}:
        return _figures(quotas.count_state_quotas(user), Quota, "state-quotas")
    if held & {Role.OPERATOR, Role.CERTIFIER, Role.AUDITOR, Role.OMBUDSPERSON}:
        return _figures(matching.count_by_status(), Round, "operations-rounds")
    return []


def address(name: str, query: str = "") -> str:
    """Return the address of a page, or nothing while no such page exists."""
    try:
        url = reverse(name)
    except NoReverseMatch:
        return ""
    return f"{url}?{query}" if query else url


def _figures(counts: Counts, statuses: type[Quota] | type[Round], name: str) -> list[Figure]:
    return [
        Figure(str(status.label), counts[status], address(name, f"status={status.value}"))
        for status in statuses
        if counts.get(status)
    ]


def _quotas_of(*statuses: str) -> Callable[["User", datetime], int]:
    def count(user: "User", _now: datetime) -> int:
        counts = quotas.count_state_quotas(user)
        return sum(counts.get(status, 0) for status in statuses)

    return count


def _rounds_of(*statuses: str) -> Callable[["User", datetime], int]:
    def count(_user: "User", _now: datetime) -> int:
        counts = matching.count_by_status()
        return sum(counts.get(status, 0) for status in statuses)

    return count


def _in_the_zone(ask: Callable[["User"], int]) -> Callable[["User", datetime], int]:
    """Count what only the protection body's login reaches, beside the page's own transaction."""

    def count(user: "User", _now: datetime) -> int:
        with use_login(Login.PROTECTION), transaction.atomic():
            return ask(user)

    return count


SOURCES: tuple[Source, ...] = (
    Source(
        Role.QUOTA_OFFICER,
        _quotas_of(Quota.RETURNED),
        lambda count: (
            ngettext(
                "%(count)d quota came back with a reason",
                "%(count)d quotas came back with a reason",
                count,
            )
            % {"count": count}
        ),
        "state-quotas",
        "status=returned",
    ),
    Source(
        Role.QUOTA_OFFICER,
        _quotas_of(Quota.DRAFT),
        lambda count: (
            ngettext(
                "%(count)d draft quota is not submitted yet",
                "%(count)d draft quotas are not submitted yet",
                count,
            )
            % {"count": count}
        ),
        "state-quotas",
        "status=draft",
    ),
    Source(
        Role.APPROVER,
        lambda user, _now: quotas.list_waiting_approval(user).count(),
        lambda count: (
            ngettext(
                "%(count)d quota waits for your decision",
                "%(count)d quotas wait for your decision",
                count,
            )
            % {"count": count}
        ),
        "state-quotas",
        "status=submitted",
    ),
    Source(
        Role.APPROVER,
        _quotas_of(Quota.APPROVED),
        lambda count: (
            ngettext(
                "%(count)d approved quota is not published yet",
                "%(count)d approved quotas are not published yet",
                count,
            )
            % {"count": count}
        ),
        "state-quotas",
        "status=approved",
    ),
    Source(
        Role.CASEWORKER,
        lambda user, _now: applications.count_to_check(user),
        lambda count: (
            ngettext(
                "%(count)d application waits for your check",
                "%(count)d applications wait for your check",
                count,
            )
            % {"count": count}
        ),
        "state-checks",
    ),
    Source(
        Role.ORIGIN_OFFICER,
        lambda user, _now: applications.list_nominations(
            user, status=NominationStatus.AWAITING_WORKER
        ).count(),
        lambda count: (
            ngettext(
                "%(count)d nomination waits for the worker's own word",
                "%(count)d nominations wait for the workers' own word",
                count,
            )
            % {"count": count}
        ),
        "state-nominations",
        f"status={NominationStatus.AWAITING_WORKER.value}",
    ),
    Source(
        Role.PROTECTION_OFFICER,
        _in_the_zone(protection.count_open_requests),
        lambda count: (
            ngettext(
                "%(count)d request for a protection check is open",
                "%(count)d requests for a protection check are open",
                count,
            )
            % {"count": count}
        ),
        "protection-requests",
    ),
    Source(
        Role.PROTECTION_OFFICER,
        _in_the_zone(protection.count_lifts),
        lambda count: (
            ngettext(
                "%(count)d person asks to be seen by a country again",
                "%(count)d people ask to be seen by a country again",
                count,
            )
            % {"count": count}
        ),
        "protection-shields",
    ),
    Source(
        Role.PROTECTION_OFFICER,
        _in_the_zone(protection.count_open_referrals),
        lambda count: (
            ngettext(
                "%(count)d referral of a minor is open",
                "%(count)d referrals of minors are open",
                count,
            )
            % {"count": count}
        ),
        "protection-referrals",
    ),
    Source(
        Role.OPERATOR,
        _rounds_of(Round.SEALED),
        lambda count: (
            ngettext(
                "%(count)d sealed round waits for its draw",
                "%(count)d sealed rounds wait for their draw",
                count,
            )
            % {"count": count}
        ),
        "operations-rounds",
    ),
    Source(
        Role.OPERATOR,
        _rounds_of(Round.DRAWN),
        lambda count: (
            ngettext(
                "%(count)d drawn round can be matched",
                "%(count)d drawn rounds can be matched",
                count,
            )
            % {"count": count}
        ),
        "operations-rounds",
    ),
    Source(
        Role.OPERATOR,
        _rounds_of(Round.CERTIFIED),
        lambda count: (
            ngettext(
                "%(count)d certified round can be released",
                "%(count)d certified rounds can be released",
                count,
            )
            % {"count": count}
        ),
        "operations-rounds",
    ),
    Source(
        Role.CERTIFIER,
        lambda user, _now: matching.list_to_certify(user).count(),
        lambda count: (
            ngettext(
                "%(count)d verified round waits for your certification",
                "%(count)d verified rounds wait for your certification",
                count,
            )
            % {"count": count}
        ),
        "operations-rounds",
    ),
    Source(
        Role.AUDITOR,
        _rounds_of(Round.VERIFIED, Round.CERTIFIED),
        lambda count: (
            ngettext(
                "%(count)d verified round can be replayed before its release",
                "%(count)d verified rounds can be replayed before their release",
                count,
            )
            % {"count": count}
        ),
        "operations-rounds",
    ),
    Source(
        Role.OMBUDSPERSON,
        lambda user, _now: matching.list_waiting_for_secret(party_of(user)).count(),
        lambda count: (
            ngettext(
                "%(count)d round waits for your secret",
                "%(count)d rounds wait for your secret",
                count,
            )
            % {"count": count}
        ),
        "operations-rounds",
    ),
    Source(
        Role.ADMINISTRATOR,
        lambda _user, now: accounts.list_invitations(now=now).count(),
        lambda count: (
            ngettext(
                "%(count)d invitation waits for an answer",
                "%(count)d invitations wait for an answer",
                count,
            )
            % {"count": count}
        ),
        "admin-invitations",
    ),
    Source(
        Role.HELPER,
        lambda user, now: people.list_helped(user, now).count(),
        lambda count: (
            ngettext(
                "You act for %(count)d person",
                "You act for %(count)d people",
                count,
            )
            % {"count": count}
        ),
        "helper-people",
    ),
)
