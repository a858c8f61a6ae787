"""Runs: asked for once, done once, whoever dies."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from accounts.services import end_role, grant_role
from clearinghouse import engine
from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit.models import Event
from clearinghouse.matching import queries, services, snapshot
from clearinghouse.matching.enums import RunStatus, Stage, Status
from clearinghouse.matching.models import (
    Certification,
    Decision,
    PostingResult,
    Round,
    Run,
    SealedEntry,
)
from clearinghouse.matching.services import computing, runs
from clearinghouse.matching.services.computing import compute
from clearinghouse.matching.services.progress import Meter
from clearinghouse.notices.models import Message
from clearinghouse.shared import queue
from clearinghouse.shared.errors import Forbidden, NotNow
from tests.factories.accounts import make_user
from tests.factories.matching import CERTIFIED, NOW, RAN, World, execute, forge_found, make_world

pytestmark = pytest.mark.django_db

Sent = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Record nudges instead of sending them."""
    nudges: Sent = []
    monkeypatch.setattr(queue, "_send", lambda name, ids: nudges.append((name, ids)))
    return nudges


def ask(world: World) -> Run:
    return services.request_run(by=world.operator, number=world.number, now=RAN)


def test_request_run_twice_is_one_run_and_one_nudge(
    sent: Sent, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    world = make_world([(0,)], status="drawn")
    with django_capture_on_commit_callbacks(execute=True):
        first, second = ask(world), ask(world)
    assert first.pk == second.pk
    assert sent == [("matching.run", {"run_id": str(first.public_id)})]


def test_request_run_refuses_before_the_draw_and_others() -> None:
    world = make_world([(0,)], status="sealed")
    with pytest.raises(NotNow):
        ask(world)
    with pytest.raises(Forbidden):
        services.request_run(by=make_user("certifier"), number=world.number, now=RAN)


def test_execute_run_writes_everything_at_once() -> None:
    certifier = make_user("certifier")
    world = make_world(reserve_share=(0, 100), protected=(2,), status="drawn")
    run = execute(ask(world))
    assert run is not None
    round_ = world.reload()
    plan = engine.match(snapshot.take(round_))
    assert (run.status, run.stage, run.percent, run.attempt) == ("finished", "done", 100, 1)
    assert (run.pid, run.host, run.rows_read, run.people_placed) == (4711, "test", 4, 2)
    assert round_.status == Status.VERIFIED
    assert (round_.run_at, round_.verified_at) == (RAN, RAN)
    assert round_.plan_digest == run.plan_digest == plan.digest
    assert round_.market_digest == run.market_digest == plan.market_digest
    assert Decision.objects.filter(run=run).count() == 4
    assert PostingResult.objects.filter(run=run).count() == 2
    assert sorted(Decision.objects.values_list("lottery", flat=True)) == [0, 1, 2, 3]
    assert snapshot.plan_of(run) == plan
    verbs = Event.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[-3:] == ["run_claimed", "run_finished", "round_verified"]
    assert Message.objects.get(kind="round_to_certify").user_id == certifier.pk


def test_execute_run_again_changes_nothing() -> None:
    world = make_world([(0,), (0,)], status="drawn")
    run = ask(world)
    assert execute(run) is not None
    before = (Decision.objects.count(), Event.objects.count())
    assert execute(run) is None
    assert services.execute_run(run_id=uuid.uuid4(), pid=1, host="x", clock=lambda: RAN) is None
    assert (Decision.objects.count(), Event.objects.count()) == before


def test_execute_run_leaves_a_run_to_the_process_that_has_it() -> None:
    world = make_world([(0,)], status="drawn")
    run = ask(world)
    assert runs._claim(run.public_id, pid=1, host="a", now=RAN) is not None
    assert execute(run, now=RAN + timedelta(seconds=15)) is None
    taken = execute(run, now=RAN + timedelta(seconds=16), pid=2)
    assert taken is not None
    assert (taken.attempt, taken.pid, taken.started_at) == (2, 2, RAN)


def test_zombie_writes_nothing_after_another_took_over() -> None:
    world = make_world([(0,), (0,)], status="drawn")
    run = ask(world)
    zombie = runs._claim(run.public_id, pid=1, host="a", now=RAN)
    assert zombie is not None
    meter = Meter(zombie, lambda: RAN, {})
    outcome = compute(zombie, meter)
    later = RAN + timedelta(minutes=1)
    taken = runs._claim(run.public_id, pid=2, host="b", now=later)
    assert taken is not None
    assert runs.write_result(zombie, outcome, meter, now=later) is False
    with pytest.raises(runs.Superseded):
        meter.enter(Stage.WRITING)
    assert not Decision.objects.exists()
    runs._fail(zombie, reason="late", now=later)
    assert Run.objects.get(pk=run.pk).status == RunStatus.RUNNING
    assert runs.write_result(taken, outcome, meter, now=later) is True


@pytest.mark.parametrize("check", ["verify", "verify_arrays"])
def test_plan_that_fails_verification_is_never_written(
    monkeypatch: pytest.MonkeyPatch, check: str
) -> None:
    world = make_world([(0,), (0,)], status="drawn")
    finding = engine.Finding("place_wasted", "DE", "a place is free that somebody asked for")
    monkeypatch.setattr(engine, check, lambda *_given: [finding])
    run = execute(ask(world))
    assert run is not None
    assert run.status == RunStatus.FAILED
    assert "a place is free" in run.failure
    assert not Decision.objects.exists()
    assert not PostingResult.objects.exists()
    assert world.reload().status == Status.DRAWN
    assert Message.objects.get(kind="run_failed").user_id == world.operator.pk
    monkeypatch.undo()
    again = ask(world)
    assert again.pk != run.pk
    execute(again)
    assert world.reload().status == Status.VERIFIED


def swapped(honest: Any) -> Any:
    """Return a matcher that gives two people each other's result."""

    def swap(market: engine.ArrayMarket, *given: Any) -> engine.ArrayPlan:
        plan = honest(market, *given)
        return replace(plan, assignment=plan.assignment[::-1].copy(), seat=plan.seat[::-1].copy())

    return swap


def test_tampered_plan_is_found_by_the_real_verifier(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world([(0,), (0,)], status="drawn")
    monkeypatch.setattr(engine, "match_arrays", swapped(engine.match_arrays))
    run = execute(ask(world))
    assert run is not None
    assert run.status == RunStatus.FAILED
    assert not Decision.objects.exists()


@pytest.mark.parametrize("ballots", [100, 0])
def test_tampered_plan_is_found_by_the_second_program(
    monkeypatch: pytest.MonkeyPatch, settings: Any, ballots: int
) -> None:
    settings.SECOND_IMPLEMENTATION_MAX = ballots
    world = make_world([(0,), (0,)], status="drawn")
    monkeypatch.setattr(engine, "match_arrays", swapped(engine.match_arrays))
    monkeypatch.setattr(engine, "verify_arrays", lambda *_given: [])
    run = execute(ask(world))
    assert run is not None
    assert (run.status, run.failure) == ("failed", "The second program came to another plan.")
    # The twin: without the second program the false plan is written.
    monkeypatch.setattr(computing, "second_opinion", lambda *_given: "")
    run = execute(ask(world))
    assert run is not None
    assert run.status == RunStatus.FINISHED


def test_sweep_nudges_forgotten_and_orphaned_runs(
    sent: Sent, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    world = make_world([(0,)], status="drawn")
    run = ask(world)

    def swept(seconds: int) -> int:
        with django_capture_on_commit_callbacks(execute=True):
            return services.sweep(now=RAN + timedelta(seconds=seconds))

    assert swept(5) == 0
    assert swept(6) == 1
    runs._claim(run.public_id, pid=1, host="a", now=RAN + timedelta(seconds=7))
    assert swept(20) == 0
    assert swept(23) == 1
    assert sent[-1] == ("matching.run", {"run_id": str(run.public_id)})
    execute(run, now=RAN + timedelta(seconds=24))
    assert swept(300) == 0


def test_sweep_gives_up_when_too_many_processes_died() -> None:
    world = make_world([(0,)], status="drawn")
    run = ask(world)
    moment = RAN
    for _ in range(runs.ATTEMPTS_MAX):
        assert runs._claim(run.public_id, pid=1, host="a", now=moment) is not None
        moment += timedelta(minutes=1)
    assert runs._claim(run.public_id, pid=1, host="a", now=moment) is None
    assert services.sweep(now=moment) == 0
    assert Run.objects.get(pk=run.pk).status == RunStatus.FAILED
    assert Message.objects.filter(kind="run_failed").count() == 1


def test_certify_needs_two_others() -> None:
    world = make_world([(0,)], status="verified")
    first, second = make_user("certifier"), make_user("certifier")
    with pytest.raises(Forbidden):
        services.certify(by=world.operator, number=world.number, now=CERTIFIED)
    services.certify(by=first, number=world.number, now=CERTIFIED)
    assert services.certify(by=first, number=world.number, now=CERTIFIED).status == "verified"
    assert Certification.objects.count() == 1
    assert list(queries.list_to_certify(first)) == []
    assert list(queries.list_to_certify(second)) == [world.round]
    assert services.certify(by=second, number=world.number, now=CERTIFIED).status == "certified"
    assert {row.plan_digest for row in Certification.objects.all()} == {world.reload().plan_digest}
    with pytest.raises(NotNow):
        services.certify(by=make_user("certifier"), number=world.number, now=CERTIFIED)


def test_certify_refuses_before_verification() -> None:
    world = make_world([(0,)], status="drawn")
    with pytest.raises(NotNow):
        services.certify(by=make_user("certifier"), number=world.number, now=CERTIFIED)


def test_database_refuses_the_operator_and_requester_as_certifier() -> None:
    world = make_world([(0,)], status="verified")
    requester = make_user("certifier")
    Run.objects.update(requested_by=requester)
    for person in (world.operator, requester):
        with pytest.raises(IntegrityError), transaction.atomic():
            Certification.objects.create(
                round=world.round, certifier=person, plan_digest="0" * 64, at=CERTIFIED
            )
    with pytest.raises(Forbidden) as refusal:
        services.certify(by=requester, number=world.number, now=CERTIFIED)
    assert refusal.value.code == "own_round"


def test_database_refuses_a_certified_round_without_two_certifiers() -> None:
    world = make_world([(0,)], status="verified")
    with pytest.raises(IntegrityError), transaction.atomic():
        type(world.round).objects.update(status="certified")


def test_certify_refuses_who_was_an_operator_at_any_time_of_the_round() -> None:
    world = make_world([(0,)], status="verified")
    swapped, earlier = make_user("operator"), make_user("operator")
    Round.objects.update(created_at=NOW, opened_at=NOW + timedelta(hours=1))
    for user, ended in ((swapped, NOW + timedelta(seconds=1)), (earlier, NOW)):
        end_role(user, "operator", now=ended)
        grant_role(user, "certifier", by=None, now=RAN)
    swapped, earlier = User.objects.get(pk=swapped.pk), User.objects.get(pk=earlier.pk)
    with pytest.raises(Forbidden) as refusal:
        services.certify(by=swapped, number=world.number, now=CERTIFIED)
    assert refusal.value.code == "own_round"
    raw = Certification(round=world.round, certifier=swapped, plan_digest="", at=CERTIFIED)
    with pytest.raises(IntegrityError, match="do not operate"), transaction.atomic():
        raw.save()
    services.certify(by=earlier, number=world.number, now=CERTIFIED)
    assert Certification.objects.get().certifier == earlier


def test_replay_agrees_and_finds_a_changed_row() -> None:
    world = make_world([(0,), (0,), (1, 0)], status="verified")
    (replay,) = queries.replay(world.round, actor=SYSTEM)
    assert replay.agrees
    assert SealedEntry.objects.count() == 3
    forge_found(plan_digest="0" * 64)
    (replay,) = queries.replay(world.round, actor=SYSTEM)
    assert not replay.agrees


def test_release_refuses_before_certification() -> None:
    world = make_world([(0,)], status="verified")
    with pytest.raises(NotNow):
        services.release(by=world.operator, number=world.number, now=CERTIFIED)
