"""Every read of quotas."""

import uuid
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import list_users
from clearinghouse.access.checks import System, allows, require
from clearinghouse.access.permissions import Permission
from clearinghouse.quotas import guards
from clearinghouse.quotas.enums import EDITABLE_STATUSES, PUBLIC_STATUSES, Criterion, Status
from clearinghouse.quotas.lifecycle import LIFECYCLE
from clearinghouse.quotas.models import Quota
from clearinghouse.quotas.permissions import (
    can_decide,
    can_edit,
    can_oversee,
    can_see,
    can_withdraw,
    not_found,
)
from clearinghouse.quotas.rules import QuotaDraft, QuotaFacts, round_reserves
from clearinghouse.registry.queries import list_occupations, list_states, offices_of, state_of
from clearinghouse.shared.database import advisory_lock
from clearinghouse.shared.errors import Invalid, NotNow

if TYPE_CHECKING:
    from clearinghouse.registry.models import Occupation, State

# First half of the name of the lock that orders numbering and rounding within one state.
LOCK_SPACE = 4201

_SEARCHED = (
    "title",
    "reference",
    "occupation__code",
    "occupation__title_en",
    "occupation__title_fr",
    "occupation__title_es",
    "state__name_en",
    "state__name_fr",
    "state__name_es",
    "state__name_ar",
)
_FACTS = ("open_to", "priority_occupations")


def get_quota(public_id: uuid.UUID | str, *, actor: Any) -> Quota:
    """Return a quota that an actor may know of; hidden and absent raise the same `NotFound`."""
    quota = with_facts(_rows()).filter(public_id=public_id).first()
    if quota is None or not can_see(actor, quota):
        raise not_found()
    return quota


def lock_quota(public_id: uuid.UUID | str) -> Quota:
    """Return a quota locked until the end of the transaction or raise `NotFound`."""
    quota = _rows().select_for_update(of=("self",)).filter(public_id=public_id).first()
    if quota is None:
        raise not_found()
    return quota


def lock_quotas(quota_ids: Iterable[int]) -> list[Quota]:
    """Return quotas locked in ascending order of their keys; a missing one raises `NotFound`."""
    wanted = sorted(set(quota_ids))
    locked = list(_rows().select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))
    if len(locked) != len(wanted):
        raise not_found()
    return locked


def lock_published_of(state_id: int) -> list[Quota]:
    """Return the published postings of a state, locked in ascending order of their keys."""
    rows = _rows().select_for_update(of=("self",)).order_by("pk")
    return list(rows.filter(state_id=state_id, status=Status.PUBLISHED))


def lock_state(state_id: int) -> None:
    """Wait until nobody else numbers or rounds quotas of this state."""
    advisory_lock(LOCK_SPACE, state_id)


def find_state_id(public_id: uuid.UUID | str) -> int | None:
    """Find the key of the state that posted a quota, without locking."""
    return Quota.objects.filter(public_id=public_id).values_list("state_id", flat=True).first()


def next_reference(state: "State", *, year: int) -> str:
    """Return the next free reference of a state in a year, such as DE-2026-007.

    The caller holds `lock_state`, so that two drafts never get the same number.
    """
    prefix = f"{state.iso2}-{year}-"
    taken = Quota.objects.filter(reference__startswith=prefix).values_list("reference", flat=True)
    last = max((int(text.removeprefix(prefix)) for text in taken), default=0)
    return f"{prefix}{last + 1:03d}"


def visible_to(actor: Any) -> QuerySet[Quota]:
    """List the quotas that an actor may know of, as `permissions.can_see` says for one."""
    rows = _rows()
    if isinstance(actor, System):
        return rows
    public = Q(status__in=PUBLIC_STATUSES)
    state = _overseen_state(actor)
    return rows.filter(public | Q(state=state)) if state else rows.filter(public)


def list_state_quotas(
    actor: Any, *, search: str = "", status: str = "", category: str = ""
) -> QuerySet[Quota]:
    """List the quotas of the official's own state in every status, newest first."""
    require(actor, Permission.SEE_STATE_QUOTAS)
    state = state_of(actor)
    rows = search_in(_rows(), search).filter(state=state) if state else Quota.objects.none()
    return _filtered(rows, status=status, category=category).order_by("-created_at", "-pk")


def count_state_quotas(actor: Any) -> dict[str, int]:
    """Count the quotas of the official's own state by status."""
    rows = list_state_quotas(actor).order_by().values_list("status")
    return dict(rows.annotate(count=Count("pk")))


def list_waiting_approval(actor: Any) -> QuerySet[Quota]:
    """List submitted quotas of the approver's own state that others wrote, oldest first."""
    require(actor, Permission.APPROVE_QUOTA)
    rows = list_state_quotas(actor, status=Status.SUBMITTED)
    return rows.exclude(author=actor).order_by("submitted_at", "pk")


def list_public(
    *,
    search: str = "",
    state: str = "",
    occupation: str = "",
    category: str = "",
    status: str = "",
) -> QuerySet[Quota]:
    """List postings that everybody may see: published, open or closed, newest first.

    `state` is an ISO alpha-2 code, `occupation` the start of an ISCO-08 code.
    """
    rows = search_in(_rows(), search).filter(status__in=PUBLIC_STATUSES)
    if state:
        rows = rows.filter(state__iso2=state)
    if occupation:
        rows = rows.filter(occupation__code__startswith=occupation)
    return _filtered(rows, status=status, category=category).order_by("-created_at", "-pk")


def count_public(status: str = Status.OPEN) -> dict[str, int]:
    """Count public postings of a status, their places, their reserved places and their states."""
    rows = Quota.objects.filter(status=status)
    sums = rows.aggregate(
        quotas=Count("pk"),
        places=Sum("places", default=0),
        reserved=Sum("reserved", default=0),
        states=Count("state", distinct=True),
    )
    return {name: int(value) for name, value in sums.items()}


def list_posting_states(statuses: Iterable[str] = PUBLIC_STATUSES) -> "QuerySet[State]":
    """List the states that have postings in these statuses."""
    posting = Quota.objects.filter(status__in=list(statuses)).values("state_id")
    return list_states().filter(pk__in=posting)


def list_open(now: datetime) -> QuerySet[Quota]:
    """List postings that take applications at this moment, with what the rules need."""
    rows = with_facts(_rows()).order_by("reference")
    return rows.filter(status=Status.OPEN, applications_close_at__gt=now)


def find_open(public_id: uuid.UUID | str, now: datetime) -> Quota | None:
    """Find a posting that takes applications at this moment."""
    return list_open(now).filter(public_id=public_id).first()


def list_by_ids(ids: Iterable[int]) -> QuerySet[Quota]:
    """List quotas by their keys, in ascending order, with what the rules need."""
    return with_facts(_rows()).filter(pk__in=list(ids)).order_by("pk")


def states_of(ids: Iterable[int]) -> dict[int, str]:
    """Return the ISO code of the state of each of these quotas, by key; one query."""
    rows = Quota.objects.filter(pk__in=list(ids))
    return dict(rows.values_list("pk", "state__iso2"))


def list_by_public_ids(ids: Iterable[uuid.UUID]) -> QuerySet[Quota]:
    """List quotas by their public ids, in ascending order of their keys."""
    return with_facts(_rows()).filter(public_id__in=list(ids)).order_by("pk")


def list_public_by_ids(ids: Iterable[uuid.UUID]) -> QuerySet[Quota]:
    """List those of these quotas that everybody may know of; hidden equals absent."""
    return list_by_public_ids(ids).filter(status__in=PUBLIC_STATUSES)


def list_published_once() -> QuerySet[Quota]:
    """List every quota that was ever published, by reference; for the check of the ledger."""
    return Quota.objects.filter(published_at__isnull=False).order_by("reference")


def facts_of(quota: Quota) -> QuotaFacts:
    """Return what the rules know of a posting; prefetch its many-to-many rows first."""
    return QuotaFacts(
        occupation=quota.occupation.code,
        occupation_digits=quota.occupation_digits,
        language=quota.language,
        min_language_level=quota.min_language_level,
        min_experience_years=quota.min_experience_years,
        min_qualification=quota.min_qualification,
        open_to=frozenset(state.iso2 for state in quota.open_to.all()),
        weights=weights_of(quota),
        priority_occupations=frozenset(row.code for row in quota.priority_occupations.all()),
    )


def weights_of(quota: Quota) -> dict[Criterion, int]:
    """Return the weight of every criterion of a posting."""
    return {criterion: getattr(quota, f"weight_{criterion.value}") for criterion in Criterion}


def draft_of(quota: Quota) -> QuotaDraft:
    """Return the editable fields of a quota, for a form or for a comparison."""
    given = {
        "occupation": quota.occupation.code,
        "starts_on": quota.period.lower,
        "ends_on": last_day(quota),
        "open_to": frozenset(state.iso2 for state in quota.open_to.all()),
        "priority_occupations": frozenset(row.code for row in quota.priority_occupations.all()),
    }
    same = {
        name: getattr(quota, name) for name in QuotaDraft.__dataclass_fields__ if name not in given
    }
    return QuotaDraft(**given, **same)


def last_day(quota: Quota) -> date:
    """Return the last day inside a quota's period."""
    return date.fromordinal(quota.period.upper.toordinal() - 1)


def forecast_reserve(quota: Quota) -> int:
    """Say what this posting's reserved places would be if it were published now.

    Rounded with the state's other published postings, as `publish_quota` will do.
    """
    published = Quota.objects.filter(state_id=quota.state_id, status=Status.PUBLISHED)
    items = list(published.exclude(pk=quota.pk).values_list("reference", "places", "reserve_share"))
    items.append((quota.reference, quota.places, Decimal(quota.reserve_share)))
    return round_reserves(items)[quota.reference]


def search_in(rows: QuerySet[Quota], search: str) -> QuerySet[Quota]:
    """Keep the quotas whose title, reference, occupation or state holds every word."""
    for word in search.split():
        matching = Q()
        for column in _SEARCHED:
            matching |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(matching)
    return rows


def with_facts(rows: QuerySet[Quota]) -> QuerySet[Quota]:
    """Fetch with each quota what the rules and the printed requirements need, in two queries."""
    return rows.prefetch_related(*_FACTS)


def list_moves(actor: Any, quota: Quota, *, now: datetime) -> list[str]:
    """List the steps that an actor may take with a quota at this moment, most usual first.

    Words: edit, submit, approve, return, publish, withdraw, delete. Services check again.
    """
    to = LIFECYCLE.targets(quota.status)
    editable = quota.status in EDITABLE_STATUSES and can_edit(actor, quota)
    deletable = quota.status == Status.DRAFT and quota.submitted_at is None
    decides = Status.APPROVED in to and can_decide(actor, quota)
    offered = {
        "edit": editable,
        "submit": editable and not find_gaps(quota, now=now),
        "approve": decides,
        "return": decides,
        "publish": Status.PUBLISHED in to
        and can_oversee(actor, quota)
        and _passes(lambda: guards.check_publication_possible(quota, now=now)),
        "withdraw": Status.WITHDRAWN in to and can_withdraw(actor, quota),
        "delete": editable and deletable,
    }
    return [move for move, possible in offered.items() if possible]


def find_gaps(quota: Quota, *, now: datetime) -> dict[str, list[str]]:
    """Find what a quota still lacks before it can be submitted: sentences by field."""
    try:
        guards.check_submission_possible(
            quota,
            has_priority=bool(quota.priority_occupations.all()),
            minimum_reserve=settings.MINIMUM_RESERVE_PERCENT,
            now=now,
        )
    except Invalid as error:
        return {name: [str(text) for text in texts] for name, texts in error.fields.items()}
    return {}


def list_approvers(state: "State") -> list[User]:
    """List the people who may approve quotas of a state."""
    users = [user for user in list_users(role="approver") if user.is_active]
    offices = offices_of([user.pk for user in users])
    return [
        user
        for user in users
        if user.pk in offices and offices[user.pk].agency.state_id == state.pk
    ]


def resolve_occupations(codes: Iterable[str], *, field: str) -> "list[Occupation]":
    """Return the occupations of these codes, or refuse with the codes that do not exist."""
    return _resolve(list_occupations(), "code", codes, field, _("There is no such occupation: %s."))


def resolve_states(codes: Iterable[str], *, field: str) -> "list[State]":
    """Return the states of these codes, or refuse with the codes that do not exist."""
    return _resolve(list_states(), "iso2", codes, field, _("There is no such state: %s."))


def _resolve(
    rows: QuerySet[Any], column: str, codes: Iterable[str], field: str, sentence: str
) -> list[Any]:
    wanted = sorted(set(codes))
    found = {getattr(row, column): row for row in rows.filter(**{f"{column}__in": wanted})}
    unknown = [code for code in wanted if code not in found]
    if unknown:
        texts = [sentence % code for code in unknown]
        raise Invalid(_("Some fields are not right."), fields={field: texts})
    return [found[code] for code in wanted]


def _passes(check: Callable[[], None]) -> bool:
    try:
        check()
    except NotNow:
        return False
    return True


def _rows() -> QuerySet[Quota]:
    return Quota.objects.select_related("state", "occupation")


def _overseen_state(actor: Any) -> "State | None":
    return state_of(actor) if allows(actor, Permission.SEE_STATE_QUOTAS) else None


def _filtered(rows: QuerySet[Quota], *, status: str, category: str) -> QuerySet[Quota]:
    if status:
        rows = rows.filter(status=status)
    if category:
        rows = rows.filter(category=category)
    return rows
