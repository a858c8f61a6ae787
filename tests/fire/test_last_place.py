"""The last place, wanted by two hundred at once: exactly one gets it, and it is never left empty.

Nobody is first come, first served here: a round offers each place to one person. So there are
three ways to fight for a place, and each is tried: many clicks on one offer, many workers that
refill one place, and many transactions that write past our code.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit.models import Event
from clearinghouse.ledger.models import Entry
from clearinghouse.matching import queries as matching
from clearinghouse.matching.models import Run
from clearinghouse.matching.services import runs
from clearinghouse.offers import guards, queries, services
from clearinghouse.offers.enums import LIVE_STATUSES
from clearinghouse.offers.models import Offer
from clearinghouse.shared import clock
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import DomainError
from tests.factories.matching import RELEASED, World, execute, make_world
from tests.factories.offers import offer_of
from tests.fire.counts import report, times
from tests.fire.crowd import CROWD, Answer, RawConnections, at_once, browser, program
from tests.fire.stack import Queue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]

REPETITIONS = times("last_place", gate=10, nightly=100)
LATER = RELEASED + timedelta(days=1)
INSERT = """
    INSERT INTO offers_offer (public_id, worker_id, application_id, quota_id, round_id, run_id,
        candidate, seat, status, offered_at, deadline, reminders_sent)
    SELECT gen_random_uuid(), %s, application_id, quota_id, round_id, run_id,
        %s, seat, 'offered', offered_at, deadline, 0 FROM offers_offer WHERE id = %s
"""


def live_offers(world: World) -> int:
    return Offer.objects.filter(round=world.round, status__in=LIVE_STATUSES).count()


def test_two_hundred_clients_answer_one_offer(web: int, queue: Queue) -> None:
    began = time.monotonic()
    count = max(REPETITIONS, 9)
    world = make_world(
        [(each,) for each in range(count)], places=[1] * count, reserve_share=[0] * count
    )
    # The web server's clock is the real one.
    Offer.objects.update(deadline=max(clock.now(), RELEASED) + timedelta(days=1))
    users = [worker.user for worker in world.workers]
    slowest = 0.0
    for number in range(REPETITIONS):
        queue.flush()  # calls that the limits have counted
        offer = offer_of(world, number)
        own, others = users[number], [user for user in users if user != users[number]]
        crowd = [program(own) for _ in range(10)] * 12 + [browser(own) for _ in range(3)] * 10
        crowd += [program(user) for user in others[:8]] * 5 + [program(None)] * 10
        acts = ["accept" if each % 2 else "decline" for each in range(CROWD)]
        sends = [who.post(web, offer.public_id, act) for who, act in zip(crowd, acts, strict=True)]
        moment = time.monotonic()
        answers = at_once(sends)
        slowest = max(slowest, time.monotonic() - moment)
        check_answers(offer, answers, acts)
        assert Event.objects.filter(verb__in=["offer_accepted", "offer_declined"]).count() == (
            number + 1
        )
        assert live_offers(world) == count - Offer.objects.filter(status="declined").count()
    result = f"exactly one effect each; 200 answers within {slowest:.1f} s"
    report("200 clients answer one offer", repetitions=REPETITIONS, result=result, began=began)


def check_answers(offer: Offer, answers: list[Answer], acts: list[str]) -> None:
    """One answer counts; everybody else hears what is true."""
    offer.refresh_from_db()
    assert offer.status in {"accepted", "declined"}
    right, wrong = answers[:120], answers[150:]
    for answer, act in zip(right, acts[:120], strict=True):
        told = answer.body.get("code") or answer.body["status"]
        same = f"{act.removesuffix('e')}ed" == offer.status
        assert told in ({offer.status, "locked"} if same else {"answered", "locked"}), answer
    assert {answer.status for answer in answers[120:150]} == {302}
    assert [answer.status for answer in wrong] == [404] * 40 + [401] * 10


def test_one_place_and_two_hundred_people(raw: RawConnections) -> None:
    world = make_world([(0,)] * CROWD, places=(1,), reserve_share=(0,), experience=[25] * CROWD)
    refill_by_six_workers(world)
    offer = Offer.objects.get(status="offered")
    services.decline(by=offer.worker.user, offer_id=offer.public_id, now=LATER)
    insert_past_our_code(world, offer, raw)
    overfill_without_the_trigger(world, offer, raw)


def refill_by_six_workers(world: World) -> None:
    """Let six workers refill the one place at once, again and again."""
    began, slowest, holders = time.monotonic(), 0.0, set()

    def work() -> str:
        try:
            while services.refill(number=world.number, now=LATER):
                live = matching.find_live_run(world.round)
                if live is not None:
                    execute(live, now=LATER)
        except DomainError as error:
            return error.code
        finally:
            connection.close()
        return "done"

    for _ in range(REPETITIONS):
        offer = Offer.objects.get(status="offered")
        assert offer.worker_id not in holders
        holders.add(offer.worker_id)
        services.decline(by=offer.worker.user, offer_id=offer.public_id, now=LATER)
        moment = time.monotonic()
        told = at_once([work] * 6)
        # A worker that had to wait too long comes again; nobody hears that all places are taken.
        assert set(told) <= {"done", "locked"}
        if "done" not in told:
            assert work() == "done"
        slowest = max(slowest, time.monotonic() - moment)
        assert live_offers(world) == 1
    assert Offer.objects.count() == REPETITIONS + 1
    assert Run.objects.filter(status="finished").count() == REPETITIONS + 1
    result = f"one offer each time; the place was free for {slowest:.1f} s at most"
    report("6 workers refill one place", repetitions=REPETITIONS, result=result, began=began)


def insert_past_our_code(world: World, offer: Offer, raw: RawConnections) -> None:
    """Insert two hundred offers for one free place at once; the first twenty change their mind."""
    began = time.monotonic()
    for turn in range(REPETITIONS):
        told = Counter(raw.insert_at_once(INSERT, rows(world, offer, turn), undo=20))
        # Whoever gave the place back has kept it from nobody.
        assert told["kept"] == 1
        assert told["offers_offer_within_places"] == CROWD - 1 - told["undone"]
        assert live_offers(world) == 1
        Offer.objects.filter(status="offered").update(status="declined", answered_at=LATER)
    result = "1 kept, all others refused or taken back"
    report("200 raw inserts of one place", repetitions=REPETITIONS, result=result, began=began)


def overfill_without_the_trigger(world: World, offer: Offer, raw: RawConnections) -> None:
    """Be the twin: the same attack, with the trigger switched off, gets through."""
    with triggers_off(Offer, next(each for each in Offer._meta.triggers if "places" in each.name)):
        told = Counter(raw.insert_at_once(INSERT, rows(world, offer, -1), undo=20))
    assert told == {"kept": CROWD - 20, "undone": 20}
    assert live_offers(world) > world.quotas[0].places


def rows(world: World, offer: Offer, turn: int) -> list[tuple[Any, ...]]:
    return [
        (worker.pk, f"{turn}-{number}", offer.pk) for number, worker in enumerate(world.workers)
    ]


@pytest.fixture
def raw() -> Iterator[RawConnections]:
    connections = RawConnections(CROWD)
    yield connections
    connections.close()


@contextmanager
def triggers_off(model: type[Model], *triggers: Any) -> Iterator[None]:
    """Switch triggers of a table off for everybody."""
    names = [trigger.get_pgid(model) for trigger in triggers]
    for word in ("DISABLE", "ENABLE"):
        with connection.cursor() as cursor:
            for name in names:
                cursor.execute(f"ALTER TABLE {model._meta.db_table} {word} TRIGGER {name}")
        if word == "DISABLE":
            yield


def test_twin_without_lock_and_trigger_two_answers_count(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world([(0,)], places=(1,), reserve_share=(0,))
    user, offer = world.workers[0].user, offer_of(world, 0)
    monkeypatch.setattr(queries, "lock_own", queries.get_own)
    read_before_either_writes(monkeypatch)

    def answer(act: str) -> Any:
        try:
            verb = services.accept if act == "accept" else services.decline
            return verb(by=user, offer_id=offer.public_id, now=LATER).status
        finally:
            connection.close()

    # The ledger is the third control: it has only one place to move.
    with triggers_off(Offer, *Offer._meta.triggers), triggers_off(Entry, *Entry._meta.triggers):
        told = at_once([lambda: answer("accept"), lambda: answer("decline")])
    assert set(told) == {"accepted", "declined"}
    assert Event.objects.filter(verb__in=["offer_accepted", "offer_declined"]).count() == 2


def read_before_either_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two answers both find the offer unanswered."""
    both, check = Barrier(2), guards.check_answer_possible

    def check_and_wait(offer: Offer, *, now: Any) -> None:
        check(offer, now=now)
        both.wait(timeout=10)

    monkeypatch.setattr(guards, "check_answer_possible", check_and_wait)


def test_twin_without_lock_and_constraint_one_place_is_refilled_twice() -> None:
    world = make_world([(0,), (0,)], places=(1,), reserve_share=(0,))
    offer = offer_of(world, 0)
    services.decline(by=offer.worker.user, offer_id=offer.public_id, now=LATER)
    assert services.refill(number=world.number, now=LATER)

    def refill_like_one_who_has_seen_no_run() -> None:
        runs._create(world.round, by=SYSTEM, now=LATER, generation=1)

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        refill_like_one_who_has_seen_no_run()
    assert violated_constraint(refusal.value) == "matching_run_one_per_generation"
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX matching_run_one_per_generation")
        refill_like_one_who_has_seen_no_run()
        assert Run.objects.filter(round=world.round, generation=1).count() == 2
        transaction.set_rollback(True)
