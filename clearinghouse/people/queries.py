"""Every read of workers. A row is found only by those who may act for it."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from clearinghouse.access.checks import System
from clearinghouse.people.enums import AGE_OF_MAJORITY
from clearinghouse.people.models import LanguageSkill, Mandate, Worker
from clearinghouse.people.permissions import can_have_profile, can_help, known_to, not_found
from clearinghouse.people.rules import ProfileData, age_on, last_birth_date_of_adults
from clearinghouse.quotas.rules import Profile
from clearinghouse.shared.ids import as_uuid

_CHUNK = 50_000
_FACTS = (
    "pk",
    "birth_date",
    "nationality__iso2",
    "occupation__code",
    "experience_years",
    "qualification",
)


def find_worker(user: object) -> Worker | None:
    """Find the own profile of an account."""
    if not isinstance(user, User):
        return None
    return _rows().filter(user=user).first()


def get_worker(public_id: uuid.UUID | str) -> Worker:
    """Return a worker for an app that has checked who asks, or raise `NotFound`."""
    worker = _rows().filter(public_id=as_uuid(public_id)).first()
    if worker is None:
        raise not_found()
    return worker


def list_by_ids(worker_ids: Iterable[int]) -> QuerySet[Worker]:
    """List workers with these keys, with their accounts, for an app that has checked who asks."""
    return Worker.objects.select_related("user").filter(pk__in=list(worker_ids))


def visible_to(actor: Any, now: datetime | None = None) -> QuerySet[Worker]:
    """List whom an actor may act for: oneself and, at `now`, those with a live mandate."""
    if isinstance(actor, System):
        return _rows()
    scope = Q(pk__in=[])
    if can_have_profile(actor):
        scope |= Q(user=actor)
    if now is not None and can_help(actor):
        live = Mandate.objects.filter(helper=actor, validity__contains=now)
        scope |= Q(pk__in=live.values("worker_id")) & known_to(actor)
    return _rows().filter(scope)


def get_worker_for(actor: Any, public_id: uuid.UUID | str, now: datetime | None = None) -> Worker:
    """Return a worker for the person or, at `now`, for a helper with a live mandate."""
    worker = visible_to(actor, now).filter(public_id=as_uuid(public_id)).first()
    if worker is None:
        raise not_found()
    return worker


def lock_worker_for(actor: Any, public_id: uuid.UUID | str | None, now: datetime) -> Worker | None:
    """Return a worker locked until the end of the transaction.

    Without `public_id` the actor's own, or none if there is no profile yet; a named one that the
    actor may not act for raises `NotFound`.
    """
    rows = visible_to(actor, now).select_for_update(of=("self",))
    if public_id is None:
        return rows.filter(user=actor).first()
    worker = rows.filter(public_id=as_uuid(public_id)).first()
    if worker is None:
        raise not_found()
    return worker


def lock_live_mandate(worker: Worker, now: datetime) -> Mandate | None:
    """Return the mandate that is live now, locked until the end of the transaction."""
    live = worker.mandates.select_for_update().filter(validity__contains=now)
    return live.first()


def list_mandates_of_hidden(now: datetime) -> QuerySet[Mandate]:
    """List the live mandates of people who are hidden from a state."""
    rows = Mandate.objects.filter(worker__shield__len__gt=0, validity__contains=now)
    return rows.select_related("worker", "helper").order_by("pk")


def list_hidden_accounts() -> dict[int, tuple[int, list[int]]]:
    """Return key and shield of everybody with an account who is hidden, by the account's key."""
    rows = Worker.objects.filter(shield__len__gt=0, user__isnull=False)
    return {row[0]: row[1:] for row in rows.values_list("user_id", "pk", "shield")}


def list_helped(user: User, now: datetime, search: str = "") -> QuerySet[Mandate]:
    """List the live mandates of a helper with their workers, by family name."""
    mandates = Mandate.objects.filter(
        known_to(user, "worker__shield"), helper=user, validity__contains=now
    )
    if search := search.strip():
        mandates = mandates.filter(
            Q(worker__given_names__icontains=search) | Q(worker__family_name__icontains=search)
        )
    return mandates.select_related(
        "worker__nationality", "worker__occupation", "worker__user"
    ).order_by("worker__family_name", "worker__given_names", "pk")


def helps_namesake(user: User, data: ProfileData, now: datetime) -> bool:
    """Tell whether a helper already acts for somebody with this name and birth date."""
    return (
        list_helped(user, now)
        .filter(
            worker__given_names__iexact=data.given_names.strip(),
            worker__family_name__iexact=data.family_name.strip(),
            worker__birth_date=data.birth_date,
        )
        .exists()
    )


def contact_of(worker: Worker, now: datetime) -> User | None:
    """Return who reads messages about a worker: the own account, or the helper with a mandate."""
    if worker.user is not None:
        return worker.user
    live = worker.mandates.select_related("helper").filter(validity__contains=now).first()
    return live.helper if live else None


def contacts_of(worker_ids: Iterable[int], now: datetime) -> dict[int, User]:
    """Return who reads messages about each of these workers, by the worker's key (2 queries)."""
    wanted = list(worker_ids)
    live = Mandate.objects.select_related("helper").filter(
        worker_id__in=wanted, validity__contains=now
    )
    found = {mandate.worker_id: mandate.helper for mandate in live}
    own = Worker.objects.select_related("user").filter(pk__in=wanted, user__isnull=False)
    found.update({worker.pk: worker.user for worker in own if worker.user})
    return found


def is_minor(worker: Worker, on: date) -> bool:
    """Tell whether a worker is under eighteen on a day."""
    return age_on(worker.birth_date, on) < AGE_OF_MAJORITY


def list_minors(on: date) -> QuerySet[Worker]:
    """List workers who are under eighteen on a day, oldest profile first."""
    return _rows().filter(birth_date__gt=last_birth_date_of_adults(on)).order_by("pk")


def profile_of(worker: Worker) -> Profile:
    """Return what the rules may know of a worker."""
    return Profile(
        birth_date=worker.birth_date,
        nationality=worker.nationality.iso2 if worker.nationality else "",
        occupation=worker.occupation.code,
        experience_years=worker.experience_years,
        qualification=worker.qualification,
        languages={skill.language: skill.level for skill in worker.languages.all()},
    )


def profiles_of(worker_ids: Iterable[int]) -> dict[int, Profile]:
    """Return what the rules may know of these workers, by key; two queries for each 50,000."""
    wanted = list(worker_ids)
    found: dict[int, Profile] = {}
    for start in range(0, len(wanted), _CHUNK):
        found.update(_profiles(wanted[start : start + _CHUNK]))
    return found


def shields_of() -> dict[int, list[int]]:
    """Return the tokens of everybody who is hidden from a state, by key; one query."""
    rows = Worker.objects.filter(shield__len__gt=0)
    return dict(rows.values_list("pk", "shield"))


def shields_of_people(worker_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return the tokens of those of these people who are hidden from a state, by key; one query."""
    rows = Worker.objects.filter(pk__in=list(worker_ids), shield__len__gt=0)
    return dict(rows.values_list("pk", "shield"))


def profile_data_of(worker: Worker) -> ProfileData:
    """Return a profile as a form shows it."""
    return ProfileData(
        given_names=worker.given_names,
        family_name=worker.family_name,
        birth_date=worker.birth_date,
        occupation=worker.occupation.code,
        nationality=worker.nationality.iso2 if worker.nationality else "",
        stateless=worker.nationality is None,
        former_residence=worker.former_residence.iso2 if worker.former_residence else "",
        experience_years=worker.experience_years,
        qualification=worker.qualification,
        languages=sorted((skill.language, skill.level) for skill in worker.languages.all()),
        phone=worker.phone,
        version=worker.version,
    )


def _profiles(worker_ids: list[int]) -> dict[int, Profile]:
    languages: dict[int, dict[str, str]] = {}
    skills = LanguageSkill.objects.filter(worker_id__in=worker_ids)
    for worker_id, language, level in skills.values_list("worker_id", "language", "level"):
        languages.setdefault(worker_id, {})[language] = level
    rows = Worker.objects.filter(pk__in=worker_ids).values_list(*_FACTS)
    return {
        pk: Profile(birth_date, iso2 or "", code, years, qualification, languages.get(pk, {}))
        for pk, birth_date, iso2, code, years, qualification in rows
    }


def _rows() -> QuerySet[Worker]:
    return Worker.objects.select_related(
        "user", "nationality", "former_residence", "occupation"
    ).prefetch_related("languages")
