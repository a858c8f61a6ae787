"""No sequence of moves of an application, an offer or a nomination changes a determination.

Hypothesis drives the real services; PROTECTION_SEQUENCES and PROTECTION_STEPS make it longer.
"""

import os
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from clearinghouse.applications import services as applications
from clearinghouse.matching.enums import Status
from clearinghouse.offers import services as offers
from clearinghouse.offers.models import Offer
from clearinghouse.protection import queries
from clearinghouse.protection.models import Determination
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import DomainError
from clearinghouse.shielding import services as shielding
from tests.factories.applications import make_application
from tests.factories.matching import RELEASED, lead, make_world
from tests.factories.offers import refill_whole
from tests.factories.people import make_worker
from tests.factories.protection import make_determination

pytestmark = pytest.mark.django_db

SEQUENCES = int(os.environ.get("PROTECTION_SEQUENCES", "3"))
STEPS = int(os.environ.get("PROTECTION_STEPS", "7"))
PEOPLE = st.integers(0, 2)
_ROAD = ("open", "sealed", "drawn", "verified", "certified", "released")
DAY = date(2026, 12, 5)

# A change that somebody could plant: a place that is answered ends protection.
PLANT = """
CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE protection_determination SET sealed = decode(repeat('00', 64), 'hex')
        WHERE worker_id = NEW.worker_id;
    RETURN NULL;
END $$;
CREATE TRIGGER planted AFTER UPDATE ON applications_application
    FOR EACH ROW EXECUTE FUNCTION planted();
"""


def _kept() -> list[tuple[Any, ...]]:
    rows = Determination.objects.order_by("pk")
    return list(rows.values_list("pk", "worker_id", "sealed", "mark", "decided_at"))


class Moves(RuleBasedStateMachine):
    """A round with protected people in it, and every move that people and officials have."""

    def __init__(self) -> None:
        super().__init__()
        self._undo = transaction.atomic()
        self._undo.__enter__()
        self.world = make_world([(0, 1), (0,), (1, 0)], protected=(0, 2), status="open")
        self.now = RELEASED
        self.before = _kept()
        self.protected = queries.protected_worker_ids(DAY)
        assert self.protected == {self.world.workers[0].pk, self.world.workers[2].pk}

    def teardown(self) -> None:
        """Forget this sequence."""
        transaction.set_rollback(True)
        self._undo.__exit__(None, None, None)

    def _try(self, act: Any, **arguments: Any) -> None:
        with suppress(DomainError), transaction.atomic():
            act(**arguments)

    def _offer(self, number: int) -> Offer | None:
        return Offer.objects.filter(worker=self.world.workers[number]).order_by("-pk").first()

    @rule()
    def next_step_of_the_round(self) -> None:
        """Lead the round one step on."""
        at = _ROAD.index(self.world.reload().status)
        if at + 1 < len(_ROAD):
            lead(self.world, _ROAD[at + 1])

    @rule(number=PEOPLE)
    def withdraw(self, number: int) -> None:
        """Take an application back."""
        ticket = self.world.applications[number]
        by = self.world.workers[number].user
        self._try(applications.withdraw, by=by, application_id=ticket.public_id, now=self.now)

    @rule(number=PEOPLE, accept=st.booleans())
    def answer(self, number: int, accept: bool) -> None:
        """Accept or decline an offer."""
        offer = self._offer(number)
        if offer is not None:
            act = offers.accept if accept else offers.decline
            by = self.world.workers[number].user
            self._try(act, by=by, offer_id=offer.public_id, now=self.now)

    @rule()
    def lapse_and_refill(self) -> None:
        """Let every open offer lapse, and refill."""
        if self.world.reload().status == Status.RELEASED:
            offers.lapse_due(now=self.now + timedelta(days=60))
            refill_whole(self.world, now=self.now + timedelta(days=60))

    @rule(number=PEOPLE, state=st.sampled_from(["DE", "FR", "KE"]))
    def hide(self, number: int, state: str) -> None:
        """Hide from a state, giving up an offer of it."""
        by = self.world.workers[number].user
        self._try(shielding.hide, by=by, states=[state], give_up_offer=True, now=self.now)

    @rule()
    def sweep(self) -> None:
        """Let the clock do its work."""
        shielding.sweep(now=self.now)

    @invariant()
    def every_determination_is_as_it_was(self) -> None:
        """Compare bytes and meaning."""
        assert _kept() == self.before
        assert queries.protected_worker_ids(DAY) == self.protected


def _run() -> None:
    run_state_machine_as_test(
        Moves,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            # Shrinking a sequence of rounds takes minutes; the printed steps are short enough.
            phases=[Phase.generate],
            report_multiple_bugs=False,
            derandomize="PROTECTION_SEQUENCES" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_move_changes_a_determination() -> None:
    _run()


def _plant(*, guarded: bool) -> None:
    with connection.cursor() as cursor:
        if not guarded:
            cursor.execute("ALTER TABLE protection_determination DISABLE TRIGGER USER")
        cursor.execute(PLANT)


def test_twin_a_planted_change_is_caught() -> None:
    _plant(guarded=False)
    machine = Moves()
    machine.every_determination_is_as_it_was()
    machine.withdraw(number=0)
    with pytest.raises(AssertionError):
        machine.every_determination_is_as_it_was()
    machine.teardown()


def test_the_database_refuses_a_planted_change(now: datetime) -> None:
    worker = make_worker(now=now)
    make_determination(worker, now=now)
    application = make_application(worker, now=now)
    _plant(guarded=True)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        applications.withdraw(by=worker.user, application_id=application.public_id, now=now)
    assert violated_constraint(refusal.value) == "protection_determination_append_only"
