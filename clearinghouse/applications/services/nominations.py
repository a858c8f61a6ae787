"""One nomination: made and withdrawn by a state, confirmed or declined by the worker."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.applications import guards, permissions, queries
from clearinghouse.applications.enums import EDITABLE_STATUSES, NominationStatus
from clearinghouse.applications.lifecycle import NOMINATION_LIFECYCLE
from clearinghouse.applications.models import Application, Nomination
from clearinghouse.applications.queries import NominationRow
from clearinghouse.applications.services.nominations_rows import (
    Known,
    NominationData,
    cells_of,
    clean,
    problems_of,
)
from clearinghouse.applications.services.tickets import start
from clearinghouse.applications.services.wishes import add_wish
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.people import queries as people
from clearinghouse.quotas import queries as quotas
from clearinghouse.quotas.enums import Status as QuotaStatus
from clearinghouse.registry.queries import list_occupations
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Conflict, Invalid, NotNow

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker
    from clearinghouse.quotas.models import Quota
    from clearinghouse.registry.models import State

_NOMINATABLE = frozenset({QuotaStatus.PUBLISHED, QuotaStatus.OPEN})


@transaction.atomic
def nominate(*, by: User, data: NominationData, now: datetime) -> NominationRow:
    """Nominate one worker. The answer is the same whether or not the person is known already."""
    state = permissions.check_can_nominate(by)
    cells = clean(cells_of(data))
    known = known_to_rows(state, [cells["reference"]])
    _refuse(problems_of(cells, known, on=now.date()))
    nomination = row_of(cells, known, state=state, by=by, now=now)
    with refusals({"applications_nomination_reference": _reference_used()}):
        nomination.save()
    announce([nomination], by=by, now=now)
    trail.record(Verb.WORKER_NOMINATED, by=by, on=nomination, state=state.iso2)
    return queries.get_nomination(by, nomination.public_id)


@transaction.atomic
def withdraw_nomination(
    *,
    by: User,
    nomination_id: uuid.UUID | str,
    now: datetime,  # noqa: ARG001 - every verb takes the moment
) -> NominationRow:
    """Withdraw an unconfirmed nomination of the own state; twice is the same as once."""
    state = permissions.check_can_nominate(by)
    nomination = queries.lock_nomination_of(state, nomination_id)
    if nomination.status != NominationStatus.WITHDRAWN:
        NOMINATION_LIFECYCLE.check(nomination.status, NominationStatus.WITHDRAWN)
        nomination.status = NominationStatus.WITHDRAWN
        nomination.save(update_fields=["status"])
        trail.record(Verb.NOMINATION_WITHDRAWN, by=by, on=nomination, state=state.iso2)
    return queries.get_nomination(by, nomination_id)


@transaction.atomic
def confirm_nomination(*, by: User, nomination_id: uuid.UUID | str, now: datetime) -> Nomination:
    """Say "this is me" to a nomination found by a verified e-mail address.

    From now on the state sees that its nominee confirmed, and nothing else. The nominated posting
    goes to the end of the wishes if it takes applications and the person meets it.
    """
    permissions.check_can_confirm(by)
    worker = people.lock_worker_for(by, None, now)
    nomination = queries.lock_nomination_for(by, nomination_id)
    if worker is None:
        raise NotNow(_("Fill in your profile first."), code="no_profile")
    guards.check_adult(worker.birth_date, on=now.date())
    NOMINATION_LIFECYCLE.check(nomination.status, NominationStatus.CONFIRMED)
    nomination.status, nomination.confirmed_at = NominationStatus.CONFIRMED, now
    nomination.worker = worker
    nomination.save(update_fields=["status", "confirmed_at", "worker"])
    trail.record(Verb.NOMINATION_CONFIRMED, by=by, on=nomination)
    if nomination.quota_id is not None:
        _wish_for(worker, nomination.quota_id, by=by, now=now)
    return nomination


@transaction.atomic
def decline_nomination(*, by: User, nomination_id: uuid.UUID | str, now: datetime) -> Nomination:
    """Say "not me" or "no". The state goes on seeing that the worker's word is awaited."""
    permissions.check_can_confirm(by)
    nomination = queries.lock_nomination_for(by, nomination_id)
    nomination.declined_at = now
    nomination.save(update_fields=["declined_at"])
    trail.record(Verb.NOMINATION_DECLINED, by=by, on=nomination)
    return nomination


def known_to_rows(state: "State", references: list[str]) -> Known:
    """Fetch what rows may refer to: three queries, whatever the number of rows."""
    postings = quotas.list_public().filter(status__in=_NOMINATABLE)
    return Known(
        occupations=dict(list_occupations(level=4).values_list("code", "pk")),
        postings=dict(postings.values_list("reference", "pk")),
        taken=queries.list_taken_references(state, references),
    )


def row_of(cells: dict[str, str], known: Known, **columns: Any) -> Nomination:
    """Build a nomination from clean and checked cells; `columns` are state, by, now and batch."""
    batch = columns.get("batch")
    return Nomination(
        # Plain keys and a plain moment: ten thousand rows go in as one column each.
        state_id=columns["state"].pk,
        batch_id=batch.pk if batch else None,
        nominated_by_id=columns["by"].pk,
        nominated_at=columns["now"],
        created_at=columns["now"],
        reference=cells["reference"],
        given_names=cells["given_names"],
        family_name=cells["family_name"],
        birth_date=date.fromisoformat(cells["birth_date"]),
        email=cells["email"].lower(),
        occupation_id=known.occupations[cells["occupation"]],
        quota_id=known.postings[cells["posting"]] if cells["posting"] else None,
    )


def announce(nominations: Iterable[Nomination], *, by: User, now: datetime) -> None:
    """Write to every address once. People with an account get it by address too, so that nobody
    can tell the difference."""
    addresses = sorted({nomination.email for nomination in nominations})
    notices.send_to_addresses(
        addresses=addresses, language=by.language, kind=Kind.NOMINATED, facts={}, now=now
    )


def _wish_for(worker: "Worker", quota_id: int, *, by: User, now: datetime) -> None:
    quota = quotas.list_by_ids([quota_id]).first()
    live = queries.find_live(worker)
    if quota is None or not _can_wish(worker, live, quota, now):
        return
    application = live or start(by=by, now=now)
    add_wish(by=by, application_id=application.public_id, quota_id=quota.public_id, now=now)


def _can_wish(worker: "Worker", live: Application | None, quota: "Quota", now: datetime) -> bool:
    if queries.is_hidden_from(worker.shield, quota):
        return False
    if guards.is_late(quota, now) or queries.eligibility(worker, [quota], now.date())[quota.pk]:
        return False
    if live is None:
        return True
    listed = [wish.quota for wish in live.wishes.all()]
    return (
        live.status in EDITABLE_STATUSES
        and quota.pk not in {listed_quota.pk for listed_quota in listed}
        and not guards.is_sealing(live, listed, now)
    )


def _refuse(problems: list[tuple[str, str]]) -> None:
    fields: dict[str, list[str]] = {}
    for column, sentence in problems:
        fields.setdefault(column, []).append(sentence)
    if fields:
        raise Invalid(_("Some fields are not right."), code="nomination", fields=fields)


def _reference_used() -> Conflict:
    text = _("Your state has used this reference already.")
    return Conflict(text, code="reference_twice", fields={"reference": [text]})
