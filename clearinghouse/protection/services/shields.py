"""Hiding a person from a state: on at once and one-sided, off slowly and by two."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from clearinghouse.access.checks import Actor
from clearinghouse.access.tokens import state_token
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.people import services as people_services
from clearinghouse.protection import keys, queries
from clearinghouse.protection.enums import Ground
from clearinghouse.protection.models import Shield

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker


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
    spread(worker)
    return raised


def spread(worker: "Worker") -> None:
    """Write the copy of a person's shield anew from its source."""
    states = queries.holding_states(worker.pk)
    people_services.write_shield(worker, [state_token(state) for state in states])


def _raise(worker: "Worker", state: str, ground: Ground, *, now: datetime) -> Shield:
    shield = Shield(worker=worker, raised_at=now)
    keys.seal_row(shield, state=state, ground=ground.value)
    shield.mark = keys.mark(worker.pk, "shield", state.encode())
    shield.save()
    return shield
