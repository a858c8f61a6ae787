"""Asking for simulations, and cancelling them."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from accounts.models import User
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.matching import queries as matching
from clearinghouse.matching.queries import pools
from clearinghouse.quotas.queries import get_quota
from clearinghouse.shared.queue import enqueue_after_commit
from clearinghouse.simulation import guards, permissions, queries
from clearinghouse.simulation.enums import Kind, Status, Task
from clearinghouse.simulation.lifecycle import LIFECYCLE
from clearinghouse.simulation.models import Simulation
from clearinghouse.simulation.rules.changing import caps_of, change_postings
from clearinghouse.simulation.rules.parameters import Change, Parameters, read_parameters

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round


@transaction.atomic
def simulate(*, by: User, number: int, parameters: object, now: datetime) -> Simulation:
    """Ask for a simulation on the sealed pool of a released round.

    `parameters` is parsed JSON (`rules.parameters`). What the engine would refuse is refused here.
    """
    state = permissions.check_can_simulate(by)
    round_ = matching.get_round(by, number)
    return _ask(round_, by, state, read_parameters(parameters), now=now)


@transaction.atomic
def simulate_quota(
    *, by: User, quota_id: uuid.UUID, number: int, mapped_to: str, now: datetime
) -> Simulation:
    """Ask what a quota that is not approved yet would have done on a past pool of its state.

    The sealed posting `mapped_to` gets the quota's places, share and order; the ballots that asked
    for that posting stand for those who will ask for the quota.
    """
    state = permissions.check_can_simulate(by)
    quota = get_quota(quota_id, actor=by)
    if not state or quota.state.iso2 != state:
        raise permissions.not_found()
    guards.check_quota_undecided(quota)
    round_ = matching.get_round(by, number)
    lines = queries.list_lines(round_, quota)
    guards.check_mapping({line.reference for line in lines}, mapped_to)
    likeness = next(line.likeness for line in lines if line.reference == mapped_to)
    change = Change(
        on=mapped_to,
        share=f"{quota.reserve_share:.2f}",
        order=quota.reserve_order,
        places=quota.places,
    )
    attached = {
        "quota_public_id": quota.public_id,
        "quota_reference": quota.reference,
        "mapped_to": mapped_to,
        "likeness": likeness.value,
    }
    return _ask(round_, by, state, Parameters((change,)), now=now, **attached)


@transaction.atomic
def cancel(*, by: User, simulation_id: uuid.UUID, now: datetime) -> Simulation:
    """Cancel a simulation that waits or runs; its process notices at the next stage."""
    simulation = queries.lock_simulation(simulation_id, actor=by)
    permissions.check_can_cancel(by, simulation)
    LIFECYCLE.check(simulation.status, Status.CANCELLED)
    simulation.status, simulation.finished_at = Status.CANCELLED, now
    simulation.save(update_fields=["status", "finished_at"])
    trail.record(Verb.SIMULATION_CANCELLED, by=by, on=simulation, state=simulation.state)
    return simulation


def ask_counterfactuals(*, now: datetime) -> int:
    """Ask for both orders of every released round that has none yet; return how many were asked."""
    asked = 0
    for round_ in queries.list_without_counterfactuals():
        _row, made = Simulation.objects.get_or_create(
            round=round_,
            kind=Kind.COUNTERFACTUALS,
            defaults={"requested_at": now, "parameters": Parameters().to_json()},
        )
        asked += made
    return asked


def _ask(
    round_: "Round",
    by: User,
    state: str,
    parameters: Parameters,
    *,
    now: datetime,
    **attached: Any,
) -> Simulation:
    guards.check_pool_possible(round_)
    guards.check_not_too_many(queries.count_live_of(by))
    postings = pools.pool_postings(round_)
    states = {posting.id: posting.state for posting in postings}
    permissions.check_can_change(state, parameters, states)
    caps_of(change_postings(postings, parameters), parameters)
    simulation = Simulation.objects.create(
        round=round_,
        state=state,
        requested_by=by,
        requested_at=now,
        parameters=parameters.to_json(),
        **attached,
    )
    facts = {"round": round_.number, "parameters": simulation.parameters}
    trail.record(Verb.SIMULATION_REQUESTED, by=by, on=simulation, facts=facts, state=state)
    enqueue_after_commit(Task.RUN, simulation_id=str(simulation.public_id))
    return simulation
