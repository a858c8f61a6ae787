"""Hiding a person from a state: on at once and one-sided, off slowly and by two."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import User
from clearinghouse.access.checks import SYSTEM, Actor
from clearinghouse.access.tokens import state_token
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.people import queries as people
from clearinghouse.people import services as people_services
from clearinghouse.protection import guards, keys, permissions, queries
from clearinghouse.protection.enums import Ground, ShieldStatus
from clearinghouse.protection.lifecycle import SHIELD_LIFECYCLE
from clearinghouse.protection.models import Shield

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker

# How long the person can still keep a shield that both sides have agreed to end.
COOLING = timedelta(hours=72)


@transaction.atomic
def hide(
    *, by: User, states: Iterable[str], now: datetime, worker_id: uuid.UUID | str | None = None
) -> "Worker":
    """Hide oneself, or a mandated person (`worker_id`), from these states (ISO codes) at once.

    Nobody is asked and nothing has to be shown. Repeating it changes nothing.
    """
    worker = queries.own_worker(by, worker_id, now)
    grounds = queries.grounds_of(worker)
    wanted = guards.check_states(states)
    raise_shield(
        worker, {state: grounds.get(state, Ground.ADDED) for state in wanted}, by=by, now=now
    )
    return worker


@transaction.atomic
def raise_shield(
    worker: "Worker", states: Mapping[str, Ground], *, by: Actor, now: datetime
) -> list[Shield]:
    """Hide a person from these states (ISO codes) from this moment on; known ones stay.

    The caller has found and locked the worker by scope. Returns the new entries.
    """
    holding = queries.holding_states(worker.pk)
    raised = [
        _raise(worker, state, ground, now=now)
        for state, ground in states.items()
        if state not in holding
    ]
    for shield in raised:
        trail.record(Verb.SHIELD_RAISED, by=by, on=shield)
    if raised:
        spread(worker, now=now)
    return raised


@transaction.atomic
def ask_to_lift(
    *,
    by: User,
    shield_id: uuid.UUID | str,
    now: datetime,
    worker_id: uuid.UUID | str | None = None,
) -> Shield:
    """Ask that the hiding from one state ends; it holds until the protection body agrees, and
    for three days after that."""
    shield = queries.lock_own_shield(queries.own_worker(by, worker_id, now), shield_id)
    SHIELD_LIFECYCLE.check(shield.status, ShieldStatus.LIFT_ASKED)
    shield.status, shield.lift_asked_at = ShieldStatus.LIFT_ASKED, now
    shield.save(update_fields=["status", "lift_asked_at"])
    trail.record(Verb.SHIELD_LIFT_ASKED, by=by, on=shield)
    return shield


@transaction.atomic
def agree_to_lift(*, by: User, shield_id: uuid.UUID | str, now: datetime) -> Shield:
    """Agree, as the protection body, that a hiding ends in three days; the person is told."""
    permissions.check_can_determine(by)
    shield = queries.lock_shield(shield_id)
    guards.check_other_person(by, shield.worker)
    SHIELD_LIFECYCLE.check(shield.status, ShieldStatus.LIFT_AGREED)
    shield.status, shield.agreed_by, shield.ends_at = ShieldStatus.LIFT_AGREED, by, now + COOLING
    shield.save(update_fields=["status", "agreed_by", "ends_at"])
    trail.record(Verb.SHIELD_LIFT_AGREED, by=by, on=shield)
    _tell(shield.worker, now)
    return shield


@transaction.atomic
def keep_shield(
    *,
    by: User,
    shield_id: uuid.UUID | str,
    now: datetime,
    worker_id: uuid.UUID | str | None = None,
) -> Shield:
    """Keep a hiding that was about to end: the person at any time, the protection body too."""
    if permissions.can_determine(by):
        shield = queries.lock_shield(shield_id)
    else:
        shield = queries.lock_own_shield(queries.own_worker(by, worker_id, now), shield_id)
    SHIELD_LIFECYCLE.check(shield.status, ShieldStatus.RAISED)
    shield.status, shield.lift_asked_at = ShieldStatus.RAISED, None
    shield.agreed_by, shield.ends_at = None, None
    shield.save(update_fields=["status", "lift_asked_at", "agreed_by", "ends_at"])
    trail.record(Verb.SHIELD_LIFT_CANCELLED, by=by, on=shield)
    if permissions.can_determine(by):
        _tell(shield.worker, now)
    return shield


@transaction.atomic
def sweep_shields(*, now: datetime) -> tuple[int, int]:
    """End what was agreed three days ago, and hide whom nobody has hidden yet.

    The second finds people who seek protection and whose profile names another nationality or
    former residence since. Returns how many ended and how many were raised.
    """
    ended = queries.lock_ending(now)
    for shield in ended:
        SHIELD_LIFECYCLE.check(shield.status, ShieldStatus.LIFTED)
        shield.status, shield.lifted_at = ShieldStatus.LIFTED, now
        shield.save(update_fields=["status", "lifted_at"])
        trail.record(Verb.SHIELD_LIFTED, by=SYSTEM, on=shield)
        spread(shield.worker, now=now)
        _tell(shield.worker, now)
    raised = 0
    for worker in queries.list_seekers(now.date()):
        never = {
            state: ground
            for state, ground in queries.grounds_of(worker).items()
            if not queries.was_ever_hidden(worker.pk, state)
        }
        raised += len(raise_shield(worker, never, by=SYSTEM, now=now)) if never else 0
    people_services.end_hidden_mandates(now=now)
    return len(ended), raised


def spread(worker: "Worker", *, now: datetime) -> None:
    """Write the copy of a person's shield anew from its source."""
    states = queries.holding_states(worker.pk)
    tokens = [state_token(state) for state in states]
    people_services.write_shield(worker, tokens, now=now)


def _raise(worker: "Worker", state: str, ground: Ground, *, now: datetime) -> Shield:
    shield = Shield(worker=worker, raised_at=now)
    keys.seal_row(shield, state=state, ground=ground.value)
    shield.mark = keys.mark(worker.pk, "shield", state.encode())
    shield.save()
    return shield


def _tell(worker: "Worker", now: datetime) -> None:
    if contact := people.contact_of(worker, now):
        notices.send(user=contact, kind=Kind.DETERMINATION_READY, facts={}, now=now)
