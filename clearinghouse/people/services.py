"""Every write of workers, their languages and the mandates of helpers."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.access.checks import SYSTEM
from clearinghouse.access.tokens import hides, padded
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.people import guards, permissions, queries
from clearinghouse.people.enums import Task
from clearinghouse.people.models import LanguageSkill, Mandate, Worker
from clearinghouse.people.rules import ProfileData
from clearinghouse.registry.queries import (
    get_occupation,
    get_state,
    language_choices,
    tokens_of,
)
from clearinghouse.shared.database import refusals, set_local
from clearinghouse.shared.errors import Conflict, Invalid, NotFound
from clearinghouse.shared.queue import enqueue_after_commit

__all__ = [
    "ProfileData",
    "create_paper_person",
    "end_hidden_mandates",
    "end_mandate",
    "freeze_facts",
    "renew_mandate",
    "save_profile",
    "thaw_facts",
    "write_shield",
]

_FACTS = (
    "birth_date",
    "nationality",
    "occupation",
    "experience_years",
    "qualification",
    "languages",
)


@transaction.atomic
def save_profile(
    *, by: User, data: ProfileData, worker_id: uuid.UUID | str | None = None, now: datetime
) -> Worker:
    """Create the own profile, or change the own or a mandated person's.

    `worker_id` is a public id; without it the own profile is meant. A person under eighteen gets a
    profile too, and the protection body is told.
    """
    if worker_id is None:
        permissions.check_can_have_profile(by)
    worker = queries.lock_worker_for(by, worker_id, now)
    data = _checked(data, now)
    if worker is None:
        return _create(data, user=by, by=by, now=now)
    return _change(worker, data, by=by, now=now)


@transaction.atomic
def create_paper_person(
    *, by: User, data: ProfileData, signed_on: date, valid_until: date, now: datetime
) -> Worker:
    """Create a person without an account together with the helper's mandate for them.

    `valid_until` is the mandate's last day. Raises `Conflict` if the helper already acts for
    somebody with this name and birth date; nobody else's people are looked at.
    """
    permissions.check_can_help(by)
    data = _checked(data, now)
    guards.check_mandate_possible(signed_on=signed_on, valid_until=valid_until, on=now.date())
    if queries.helps_namesake(by, data, now):
        raise Conflict(
            _("You already act for a person with this name and birth date."), code="person_twice"
        )
    worker = _create(data, user=None, by=by, now=now)
    _give_mandate(worker, by=by, signed_on=signed_on, valid_until=valid_until, now=now)
    return worker


@transaction.atomic
def renew_mandate(
    *,
    by: User,
    worker_id: uuid.UUID | str,
    signed_on: date,
    valid_until: date,
    now: datetime,
) -> Mandate:
    """Replace the helper's live mandate by a newly signed one; `valid_until` is its last day."""
    permissions.check_can_help(by)
    worker = _locked(by, worker_id, now)
    guards.check_mandate_possible(signed_on=signed_on, valid_until=valid_until, on=now.date())
    # Between two mandates the helper would lose sight of the person.
    set_local("app.made", f"{{{worker.pk}}}")
    _end_live(worker, now)
    return _give_mandate(worker, by=by, signed_on=signed_on, valid_until=valid_until, now=now)


@transaction.atomic
def end_mandate(*, by: User, worker_id: uuid.UUID | str, now: datetime) -> Worker:
    """End the live mandate now; the worker and the helper may. Ending twice changes nothing."""
    worker = _locked(by, worker_id, now)
    if _end_live(worker, now):
        trail.record(Verb.MANDATE_ENDED, by=by, on=worker)
    return worker


def freeze_facts(*, worker_ids: Iterable[int]) -> int:
    """Keep what the rules know of these people as it is; for applications only."""
    return Worker.objects.filter(pk__in=list(worker_ids)).update(facts_frozen=True)


def thaw_facts(*, worker_ids: Iterable[int]) -> int:
    """Let these people change what the rules know of them again; for applications only."""
    return Worker.objects.filter(pk__in=list(worker_ids)).update(facts_frozen=False)


def write_shield(worker: Worker, tokens: Collection[int], *, now: datetime) -> None:
    """Keep from which states a person is hidden, as padded tokens; for protection only.

    Triggers carry it to everything that hangs on the person, in the same transaction. A mandate
    of a helper who acts for one of these states ends.
    """
    _end_hidden(worker, tokens, now)
    worker.shield = padded(tokens)
    with refusals({}):
        worker.save(update_fields=["shield"])


@transaction.atomic
def end_hidden_mandates(*, now: datetime) -> int:
    """End the mandates of helpers who have come to act for a state that must not know."""
    return sum(
        _end_hidden(mandate.worker, mandate.worker.shield, now)
        for mandate in queries.list_mandates_of_hidden(now)
    )


def _end_hidden(worker: Worker, tokens: Collection[int], now: datetime) -> bool:
    mandate = queries.lock_live_mandate(worker, now) if tokens else None
    if mandate is None or not hides(tokens, tokens_of(mandate.helper)):
        return False
    _end_live(worker, now)
    trail.record(Verb.MANDATE_ENDED, by=SYSTEM, on=worker)
    return True


def _locked(by: User, worker_id: uuid.UUID | str, now: datetime) -> Worker:
    worker = queries.lock_worker_for(by, worker_id, now)
    if worker is None:
        raise permissions.not_found()
    return worker


def _checked(data: ProfileData, now: datetime) -> ProfileData:
    known = {code for code, _name in language_choices()}
    guards.check_profile_possible(data, on=now.date(), known_languages=known)
    return replace(
        data,
        given_names=" ".join(data.given_names.split()),
        family_name=" ".join(data.family_name.split()),
        languages=sorted((code, level) for code, level in data.languages),
        phone=data.phone.strip(),
    )


def _create(data: ProfileData, *, user: User | None, by: User, now: datetime) -> Worker:
    worker = Worker(user=user, **_columns(data))
    taken = Conflict(
        _("Your profile exists already. Reload the page to see it."), code="edited_by_other"
    )
    with refusals({"people_worker_user_id_key": taken}):
        worker.save()
    _store_languages(worker, data)
    trail.record(Verb.PROFILE_CREATED, by=by, on=worker)
    _tell_protection(worker, now)
    return queries.get_worker(worker.public_id)


def _change(worker: Worker, data: ProfileData, *, by: User, now: datetime) -> Worker:
    stored = queries.profile_data_of(worker)
    if replace(data, version=stored.version) == stored:
        return worker
    guards.check_version(worker, data.version)
    changed = any(getattr(data, name) != getattr(stored, name) for name in _FACTS)
    guards.check_facts_free(worker, changed=changed)
    columns = _columns(data)
    for name, value in columns.items():
        setattr(worker, name, value)
    worker.version += 1
    worker.save(update_fields=[*columns, "version"])
    _store_languages(worker, data)
    trail.record(Verb.PROFILE_EDITED, by=by, on=worker, facts={"version": worker.version})
    _tell_protection(worker, now)
    return queries.get_worker(worker.public_id)


def _columns(data: ProfileData) -> dict[str, Any]:
    same = ("given_names", "family_name", "birth_date", "experience_years", "qualification")
    columns = {name: getattr(data, name) for name in (*same, "phone")}
    columns["nationality"] = _found("nationality", get_state, data.nationality)
    columns["former_residence"] = _found("former_residence", get_state, data.former_residence)
    columns["occupation"] = _found("occupation", _get_unit_group, data.occupation)
    return columns


def _get_unit_group(code: str) -> Any:
    """Return an occupation of the finest level, four digits."""
    occupation = get_occupation(code)
    if len(occupation.code) != 4:
        raise NotFound(_("Choose an occupation with a four-digit code."))
    return occupation


def _found(field: str, get: Any, code: str) -> Any:
    if not code and field != "occupation":
        return None
    try:
        return get(code)
    except NotFound as error:
        raise Invalid(
            _("Some fields are not right."), code="profile", fields={field: [error.message]}
        ) from error


def _store_languages(worker: Worker, data: ProfileData) -> None:
    worker.languages.all().delete()
    LanguageSkill.objects.bulk_create(
        LanguageSkill(worker=worker, language=code, level=level) for code, level in data.languages
    )


def _tell_protection(worker: Worker, now: datetime) -> None:
    if queries.is_minor(worker, now.date()):
        enqueue_after_commit(Task.OPEN_REFERRALS)


def _give_mandate(
    worker: Worker, *, by: User, signed_on: date, valid_until: date, now: datetime
) -> Mandate:
    end = datetime.combine(valid_until + timedelta(days=1), time(0), tzinfo=UTC)
    # The database compares them with the shield, and refuses a mandate without them.
    set_local("app.mandate_tokens", "{" + ",".join(map(str, tokens_of(by))) + "}")
    with refusals({"people_mandate_not_hidden": permissions.not_found()}):
        mandate = Mandate.objects.create(
            worker=worker, helper=by, validity=DateTimeTZRange(now, end), signed_on=signed_on
        )
    trail.record(Verb.MANDATE_GIVEN, by=by, on=worker, facts={"mandate": str(mandate.public_id)})
    return mandate


def _end_live(worker: Worker, now: datetime) -> bool:
    mandate = queries.lock_live_mandate(worker, now)
    if mandate is None:
        return False
    mandate.validity = DateTimeTZRange(mandate.validity.lower, now)
    mandate.save(update_fields=["validity"])
    return True
