"""Celery tasks: envelopes that load nothing, decide nothing and call one service.

Every task may run twice, late or never: rows are the truth. Arguments are random ids and numbers,
by keyword; a task ignores words that it does not know, so that old and new processes can meet.
"""

import os
import socket
from functools import partial
from typing import Any

from accounts import letters
from clearinghouse.access.logins import Login
from clearinghouse.audit import chaining, checkpoints, trail, verifying
from clearinghouse.audit.enums import Task as Audit
from clearinghouse.background.acting import HouseTask
from clearinghouse.background.enums import Task as Own
from clearinghouse.celery import app
from clearinghouse.exports import services as exports
from clearinghouse.exports.enums import Task as Exports
from clearinghouse.ledger.enums import Task as Ledger
from clearinghouse.matching import services as matching
from clearinghouse.matching.enums import Task as Matching
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Task as Notices
from clearinghouse.offers import services as offers
from clearinghouse.offers.enums import Task as Offers
from clearinghouse.protection import services as protection
from clearinghouse.protection.enums import Task as Protection
from clearinghouse.shared import clock
from clearinghouse.shielding import services as shielding
from clearinghouse.simulation import services as simulation
from clearinghouse.simulation.enums import Task as Simulation
from clearinghouse.statistics.enums import Task as Statistics

task = partial(app.task, base=HouseTask)


@task(name=Matching.RUN.value)
def run_round(*, run_id: str, **_future: Any) -> None:
    """Do one run of the matcher."""
    matching.execute_run(
        run_id=run_id,
        pid=os.getpid(),
        host=socket.gethostname(),
        clock=clock.now,
        accelerate=True,
    )


@task(name=Matching.SWEEP.value)
def sweep_runs(**_future: Any) -> None:
    """Nudge runs that nobody works on."""
    matching.sweep(now=clock.now())


@task(name=Matching.CLOCK.value)
def open_rounds(**_future: Any) -> None:
    """Open rounds whose time has come; their application windows close by the time itself."""
    matching.open_due(now=clock.now())


@task(name=Offers.REFILL.value)
def refill_places(*, number: int | None = None, **_future: Any) -> None:
    """Refill freed places of one round, or of every released round."""
    if number is None:
        offers.refill_all(now=clock.now())
    else:
        offers.refill(number=number, now=clock.now())


@task(name=Offers.LAPSE.value)
def watch_deadlines(**_future: Any) -> None:
    """Send reminders, and let unanswered offers lapse."""
    offers.remind_due(now=clock.now())
    offers.lapse_due(now=clock.now())


@task(name=Notices.SEND.value)
def send_messages(**_future: Any) -> None:
    """Mail waiting messages."""
    notices.deliver_outbox(now=clock.now())


@task(name=Notices.LETTERS.value)
def send_letters(**_future: Any) -> None:
    """Mail what somebody asked for about an account: a link to confirm, or for a new password."""
    letters.deliver()


@task(name=Protection.OPEN_REFERRALS.value, login=Login.PROTECTION)
def refer_minors(**_future: Any) -> None:
    """Open a protection referral for every minor without one."""
    protection.open_referrals(now=clock.now())


@task(name=Protection.SHIELDS.value, login=Login.PROTECTION)
def sweep_shields(**_future: Any) -> None:
    """End hidings that were agreed, raise missing ones, set nominations aside."""
    shielding.sweep(now=clock.now())


@task(name=Ledger.RECONCILE.value)
def reconcile_ledger(**_future: Any) -> None:
    """Compare the ledger of places with quotas, plans and offers."""
    offers.reconcile_ledger(now=clock.now())


@task(name=Simulation.RUN.value)
def simulate(*, simulation_id: str, **_future: Any) -> None:
    """Do one simulation."""
    simulation.execute(simulation_id=simulation_id, clock=clock.now)


@task(name=Simulation.SWEEP.value)
def sweep_simulations(**_future: Any) -> None:
    """Ask for both orders of released rounds, and nudge simulations that nobody works on."""
    simulation.sweep(now=clock.now())


@task(name=Exports.MAKE.value)
def make_export(*, export_id: str, **_future: Any) -> None:
    """Write one file of several people's records."""
    exports.make(export_id=export_id, now=clock.now())


@task(name=Exports.SWEEP.value)
def sweep_exports(**_future: Any) -> None:
    """Write files that nobody works on, and delete those that are a day old."""
    exports.sweep(now=clock.now())


@task(name=Audit.CHAIN.value)
def link_audit(**_future: Any) -> None:
    """Link new entries of the audit into their chains."""
    chaining.link_entries()


@task(name=Audit.CHECKPOINT.value)
def sign_checkpoint(**_future: Any) -> None:
    """Sign where all chains are, and keep a copy outside the database."""
    checkpoints.make(now=clock.now())


@task(name=Audit.VERIFY.value)
def verify_audit(**_future: Any) -> None:
    """Verify the whole trail and keep what was found."""
    verifying.verify_and_keep(now=clock.now())


@task(name=Statistics.RELEASE.value)
def release_numbers(**_future: Any) -> None:
    """Release new numbers of rounds that were refilled, where their time has come."""
    matching.publish_due(now=clock.now())


@task(name=Own.HEARTBEAT.value)
def show_life(**_future: Any) -> None:
    """Write the sign of life of this background process."""
    trail.beat(process=f"worker@{socket.gethostname()}", pid=os.getpid(), now=clock.now())
