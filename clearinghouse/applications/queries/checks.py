"""Reads for destinations: pseudonymous files, and nothing of other states.

The rows of a list are `CaseFile` values, not table rows: a page or a serializer cannot reach a
name, a nationality, a rank or another state's wish, because they are not there.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.db.models.query import ModelIterable

from clearinghouse.applications.enums import EDITABLE_STATUSES, KNOWN_TO_STATES, Check
from clearinghouse.applications.models import Application, Wish
from clearinghouse.applications.permissions import check_can_check, known_to, not_found
from clearinghouse.people import queries as people
from clearinghouse.quotas import queries as quotas
from clearinghouse.quotas import rules
from clearinghouse.quotas.enums import Reason
from clearinghouse.quotas.enums import Status as QuotaStatus
from clearinghouse.registry.enums import Qualification
from clearinghouse.shared.database import refusals
from clearinghouse.shared.ids import as_uuid

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota
    from clearinghouse.quotas.rules import Profile
    from clearinghouse.registry.models import Occupation, State


@dataclass(frozen=True, slots=True)
class CaseWish:
    """One wish for a posting of the reader's own state.

    `findings` are the requirements that the facts do not meet; `can_decide` tells whether a check
    may still be made or changed.
    """

    quota: "Quota"
    check_status: str
    reasons: tuple[Reason, ...]
    note: str
    decided_at: datetime | None
    findings: tuple[Reason, ...]
    can_decide: bool

    def get_check_status_display(self) -> str:
        """Return the check in words."""
        return str(Check(self.check_status).label)

    @property
    def meets_origin(self) -> bool:
        """Tell whether the person may apply under the posting's rule of origin."""
        return Reason.ORIGIN not in self.findings


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What a caseworker sees of an application; wishes are sorted by reference, never by rank."""

    public_id: uuid.UUID
    reference: str
    submitted_at: datetime
    is_adult: bool
    occupation: "Occupation"
    experience_years: int
    qualification: str
    languages: tuple[tuple[str, str], ...]
    wishes: tuple[CaseWish, ...]
    # For the log of reads, never shown: whose file it is, and which state sees it.
    worker_id: int
    seen_by: str

    def get_qualification_display(self) -> str:
        """Return the qualification in words."""
        return str(Qualification(self.qualification).label)

    @property
    def waiting(self) -> int:
        """Count the wishes that wait for a check which can still be made."""
        return sum(wish.check_status == Check.WAITING and wish.can_decide for wish in self.wishes)


class _Files(ModelIterable):
    """Turns the applications of one page into files, with a fixed number of queries."""

    def __iter__(self) -> Iterator[Any]:
        return iter(_files(list(super().__iter__())))


def list_to_check(
    actor: Any, search: str = "", quota: uuid.UUID | str = "", check_status: str = ""
) -> QuerySet[Any]:
    """List `CaseFile`s with a wish for the actor's own state, those sent first first.

    `search` is the start of a reference (A-1234ABCD) or of an ISCO-08 code, `quota` a posting's
    public id. "Waiting" leaves out what can no longer be checked.
    """
    state = check_can_check(actor)
    wishes = _wishes(state, quota, check_status).filter(application=OuterRef("pk"))
    rows = _known(actor, state).filter(Exists(wishes))
    rows = _found(rows, search).order_by("submitted_at", "pk")
    rows._iterable_class = _Files
    return rows


def count_to_check(
    actor: Any,
    search: str = "",
    quota: uuid.UUID | str = "",
    check_status: str = Check.WAITING,
) -> int:
    """Count the files that `list_to_check` lists; without words, those that wait for a check.

    Without a search by wishes alone, which know what their files know: the rule of a file costs
    more than the rule of a wish, and a count asks it of every one.
    """
    if search.strip():
        return list_to_check(actor, search, quota, check_status).count()
    state = check_can_check(actor)
    wishes = _wishes(state, quota, check_status).filter(known_to(actor), known=True)
    found: int = wishes.aggregate(files=Count("application_id", distinct=True))["files"]
    return found


def get_for_check(actor: Any, public_id: uuid.UUID | str) -> CaseFile:
    """Return one file, or raise `NotFound` if it is absent or for other states only."""
    file: CaseFile | None = list_to_check(actor).filter(public_id=as_uuid(public_id)).first()
    if file is None:
        raise not_found()
    return file


def lock_for_check(actor: Any, public_id: uuid.UUID | str) -> tuple[Application, list[Wish]]:
    """Return an application, locked, and its wishes for the actor's own state, or `NotFound`."""
    state = check_can_check(actor)
    own = Wish.objects.filter(application=OuterRef("pk"), quota__state=state)
    rows = _known(actor, state).filter(Exists(own)).select_for_update(of=("self",))
    with refusals({}):
        application = rows.filter(public_id=as_uuid(public_id)).first()
    if application is None:
        raise not_found()
    return application, _state_wishes([application], state.pk)


def _wishes(state: "State", quota: uuid.UUID | str, check_status: str) -> QuerySet[Wish]:
    # The wish's own column: without a posting to ask for, the database reads one table less.
    wishes = Wish.objects.filter(state=state)
    if quota:
        wishes = wishes.filter(quota__public_id=as_uuid(quota))
    if check_status:
        wishes = wishes.filter(check_status=check_status)
    if check_status == Check.WAITING:
        wishes = wishes.filter(quota__status=QuotaStatus.OPEN)
    return wishes


def _known(actor: Any, state: "State") -> QuerySet[Application]:
    rows = Application.objects.select_related("worker__occupation")
    known = rows.filter(known_to(actor), status__in=KNOWN_TO_STATES)
    return known.annotate(seen_by=Value(state.pk))


def _found(rows: QuerySet[Application], search: str) -> QuerySet[Application]:
    text = search.strip().lower()
    if not text:
        return rows
    rows = rows.annotate(name_text=Cast("public_id", CharField()))
    return rows.filter(
        Q(name_text__startswith=text.removeprefix("a-"))
        | Q(worker__occupation__code__startswith=text)
    )


def _state_wishes(applications: list[Application], state_id: int) -> list[Wish]:
    """Fetch the wishes of these applications for one state, each with its posting and rules."""
    wishes = list(
        Wish.objects.filter(application__in=applications, quota__state_id=state_id).order_by(
            "quota__reference"
        )
    )
    found = {quota.pk: quota for quota in quotas.list_by_ids({wish.quota_id for wish in wishes})}
    for wish in wishes:
        wish.quota = found[wish.quota_id]
    return wishes


def _files(applications: list[Application]) -> list[CaseFile]:
    if not applications:
        return []
    by_application: dict[int, list[Wish]] = {}
    for wish in _state_wishes(applications, applications[0].seen_by):  # type: ignore[attr-defined]
        by_application.setdefault(wish.application_id, []).append(wish)
    profiles = people.profiles_of(application.worker_id for application in applications)
    return [
        _file(row, by_application.get(row.pk, []), profiles[row.worker_id]) for row in applications
    ]


def _file(application: Application, wishes: list[Wish], profile: "Profile") -> CaseFile:
    submitted_at = application.submitted_at or application.created_at
    on = submitted_at.date()
    return CaseFile(
        worker_id=application.worker_id,
        seen_by=wishes[0].quota.state.iso2 if wishes else "",
        public_id=application.public_id,
        reference=application.reference,
        submitted_at=submitted_at,
        is_adult=rules.is_adult(profile.birth_date, on=on),
        occupation=application.worker.occupation,
        experience_years=profile.experience_years,
        qualification=profile.qualification,
        languages=_languages(wishes, profile),
        wishes=tuple(
            CaseWish(
                quota=wish.quota,
                check_status=wish.check_status,
                reasons=tuple(Reason(reason) for reason in wish.reasons),
                note=wish.note,
                decided_at=wish.decided_at,
                findings=tuple(rules.reasons(quotas.facts_of(wish.quota), profile, on=on)),
                can_decide=wish.quota.status == QuotaStatus.OPEN
                and application.status in EDITABLE_STATUSES,
            )
            for wish in wishes
        ),
    )


def _languages(wishes: list[Wish], profile: "Profile") -> tuple[tuple[str, str], ...]:
    """Return the languages that these postings ask for or score; others are nobody's business."""
    needed = {
        wish.quota.language
        for wish in wishes
        if wish.quota.min_language_level or wish.quota.weight_language
    }
    return tuple(sorted(pair for pair in profile.languages.items() if pair[0] in needed))
