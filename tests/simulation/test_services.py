"""Simulations: asked for, done once, cancelled, swept up; and nothing else is touched."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import InternalError, connection
from pytest_django import DjangoCaptureOnCommitCallbacks

from clearinghouse import engine
from clearinghouse.audit.models import Event
from clearinghouse.background import tasks
from clearinghouse.matching import snapshot
from clearinghouse.matching.models import Round
from clearinghouse.shared import clock, queue
from clearinghouse.shared.database import read_only
from clearinghouse.shared.errors import Forbidden, Invalid, NotFound, NotNow
from clearinghouse.simulation import queries, services
from clearinghouse.simulation.models import Simulation
from clearinghouse.simulation.rules.measuring import measure
from clearinghouse.simulation.services import running
from tests.factories.accounts import make_user
from tests.factories.matching import make_world
from tests.factories.quotas import make_quota
from tests.factories.simulation import ASKED, ask, count_round, do, make_pool

pytestmark = pytest.mark.django_db

MORE = {"changes": [{"on": "state:DE", "share": "60", "factor": "1.5"}]}


def sums_of_all_tables() -> dict[str, str]:
    """Return a checksum over every row of every table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
            " AND table_type = 'BASE TABLE'"
        )
        names = sorted(row[0] for row in cursor.fetchall())
        sums = {}
        for name in names:
            cursor.execute(
                "SELECT count(*) || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '')"
                f' FROM "{name}" t'
            )
            sums[name] = str(cursor.fetchone()[0])
    return sums


def changed_tables(before: dict[str, str]) -> set[str]:
    after = sums_of_all_tables()
    return {name for name in after if after[name] != before.get(name)}


def test_asking_writes_its_row_and_the_trail_and_the_run_its_row_alone() -> None:
    world = make_pool()
    operator = make_user("operator")
    before = sums_of_all_tables()
    simulation = ask(operator, world, MORE)
    trail = {"audit_event", "audit_rowchange"}
    assert changed_tables(before) == {"simulation_simulation"} | trail
    before = sums_of_all_tables()
    assert do(simulation).status == "finished"
    assert changed_tables(before) == {"simulation_simulation", "audit_rowchange"}
    before = sums_of_all_tables()
    count_round()
    # Both orders are also released in numbers, once.
    assert changed_tables(before) == {"simulation_simulation", "statistics_release"} | trail


def corrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reading the pool raise the places of a live posting, as a bug or an intruder would."""
    honest = snapshot.take

    def take(round_: Round) -> engine.Market:
        Round.objects.filter(pk=round_.pk).update(void_reason="touched")
        return honest(round_)

    monkeypatch.setattr(running.snapshot, "take", take)


def test_the_database_refuses_every_write_while_the_pool_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = make_pool()
    simulation = ask(make_user("operator"), world)
    corrupt(monkeypatch)
    with pytest.raises(InternalError, match="read-only transaction"):
        do(simulation)
    assert world.reload().void_reason == ""


def test_without_the_guard_the_same_write_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import nullcontext

    world = make_pool()
    simulation = ask(make_user("operator"), world)
    corrupt(monkeypatch)
    monkeypatch.setattr(running, "read_only", nullcontext)
    do(simulation)
    assert world.reload().void_reason == "touched"
    monkeypatch.undo()
    # The guard ends with its block.
    with read_only():
        assert Round.objects.count() == 1
    Round.objects.filter(pk=world.round.pk).update(void_reason="later")
    assert world.reload().void_reason == "later"


def test_result_is_what_the_engine_gives_for_the_changed_pool() -> None:
    world = make_pool()
    done = do(ask(make_user("operator"), world, MORE))
    market = snapshot.take(world.reload())
    counts: Any = done.result
    base = engine.match(market)
    assert base.digest == world.round.plan_digest
    assert counts["scenarios"]["base"] == measure(market, base)
    assert counts["scenarios"]["actual"] == counts["scenarios"]["base"]
    changed = counts["scenarios"]["changed"]["states"]["DE"]
    assert (changed["places"], changed["reserve"]) == (6, 4)
    assert counts["scenarios"]["changed"]["states"]["FR"]["places"] == 2
    assert (done.percent, done.stage, done.attempt) == (100, "done", 1)
    assert (counts["applicants"], counts["protected"]) == (8, 4)


def test_the_tasks_of_the_background_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_pool()
    monkeypatch.setattr(clock, "now", lambda: ASKED)
    simulation = ask(make_user("operator"), world)
    tasks.sweep_simulations(word_of_a_newer_version=1)
    for row in Simulation.objects.all():
        tasks.simulate(simulation_id=str(row.public_id), later_argument=True)
    assert set(Simulation.objects.values_list("status", flat=True)) == {"finished"}
    assert Simulation.objects.count() == 2
    tasks.simulate(simulation_id=str(simulation.public_id))


def test_the_same_question_has_the_same_digests_and_numbers() -> None:
    world = make_pool()
    person = make_user("auditor")
    first, second = (do(ask(person, world, MORE)) for _ in range(2))
    assert first.pk != second.pk
    assert (first.market_digest, first.plan_digest) == (second.market_digest, second.plan_digest)
    assert first.result == second.result
    other = do(ask(person, world, {"changes": [{"on": "all", "share": "0"}]}))
    assert other.plan_digest != first.plan_digest


def test_refuses_rounds_that_are_not_released() -> None:
    world = make_world([(0,)], status="certified")
    with pytest.raises(NotNow) as refusal:
        ask(make_user("auditor"), world)
    assert refusal.value.code == "round_not_released"
    with pytest.raises(NotFound):
        services.simulate(by=make_user("auditor"), number=77, parameters={}, now=ASKED)


def test_refuses_others_and_lets_states_change_their_own_postings_only() -> None:
    world = make_pool()
    for role in ("worker", "helper", "caseworker", "administrator"):
        with pytest.raises(Forbidden):
            ask(make_user(role, state="DE"), world)
    german = make_user("approver", state="DE")
    own, others = (quota.reference for quota in world.quotas)
    for on in ("all", "state:FR", others):
        with pytest.raises(Forbidden):
            ask(german, world, {"changes": [{"on": on, "share": "10"}]})
    with pytest.raises(Forbidden):
        ask(german, world, {"caps": {"FR": 5}})
    assert ask(german, world, {"changes": [{"on": own, "share": "10"}], "caps": {"DE": 10}})


def test_refuses_what_the_engine_would_refuse_and_too_many_at_once() -> None:
    world = make_pool()
    for parameters, field in (
        ({"changes": [{"on": "XX-1", "share": "1"}]}, "on"),
        ({"caps": {"DE": 0}}, "cap"),
        ({"changes": [{"on": "all", "share": "200"}]}, "share"),
    ):
        with pytest.raises(Invalid) as refusal:
            ask(make_user("operator"), world, parameters)
        assert set(refusal.value.fields) == {field}
    assert not Simulation.objects.exists()
    # Nobody has more than three at work.
    person = make_user("operator")
    for _ in range(3):
        ask(person, world)
    with pytest.raises(NotNow) as refusal:
        ask(person, world)
    assert refusal.value.code == "too_many"
    assert ask(make_user("auditor"), world)


def test_cancel_ends_what_waits_and_what_runs() -> None:
    world = make_pool()
    person = make_user("operator")
    waiting = ask(person, world)
    services.cancel(by=person, simulation_id=waiting.public_id, now=ASKED)
    assert services.execute(simulation_id=waiting.public_id, clock=lambda: ASKED) is None
    going = ask(person, world)
    claimed = running._claim(going.public_id, now=ASKED)
    assert claimed is not None
    services.cancel(by=person, simulation_id=going.public_id, now=ASKED)
    with pytest.raises(running.Superseded):
        running._work(claimed, lambda: ASKED)
    running._fail(claimed, reason="late", now=ASKED)
    going.refresh_from_db()
    assert (going.status, going.result) == ("cancelled", None)
    with pytest.raises(NotNow):
        services.cancel(by=person, simulation_id=going.public_id, now=ASKED)
    assert Event.objects.filter(verb="simulation_cancelled").count() == 2
    # Others than who asked or an operator cannot.
    simulation = ask(make_user("certifier"), world)
    with pytest.raises(Forbidden):
        services.cancel(by=make_user("auditor"), simulation_id=simulation.public_id, now=ASKED)
    with pytest.raises(NotFound):
        stranger = make_user("approver", state="DE")
        services.cancel(by=stranger, simulation_id=simulation.public_id, now=ASKED)
    assert services.cancel(by=person, simulation_id=simulation.public_id, now=ASKED)


def test_a_dead_worker_is_replaced_and_its_ghost_writes_nothing() -> None:
    world = make_pool()
    simulation = ask(make_user("operator"), world)
    ghost = running._claim(simulation.public_id, now=ASKED)
    assert ghost is not None
    assert services.execute(simulation_id=simulation.public_id, clock=lambda: ASKED) is None
    later = ASKED + timedelta(minutes=1)
    taken = running._claim(simulation.public_id, now=later)
    assert taken is not None
    assert taken.attempt == 2
    with pytest.raises(running.Superseded):
        running._write(ghost, status="finished", result={"forged": True})
    with pytest.raises(running.Superseded):
        running._work(ghost, lambda: later)
    running._work(taken, lambda: later)
    simulation.refresh_from_db()
    assert simulation.status == "finished"
    assert "forged" not in (simulation.result or {})


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Record nudges instead of sending them."""
    nudges: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(queue, "_send", lambda name, ids: nudges.append((name, ids)))
    return nudges


def test_sweep_nudges_what_nobody_works_on_and_gives_up_at_last(
    sent: list[tuple[str, dict[str, Any]]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    world = make_pool()
    count_round()
    with django_capture_on_commit_callbacks(execute=True):
        simulation = ask(make_user("operator"), world)

    def swept(seconds: int) -> int:
        with django_capture_on_commit_callbacks(execute=True):
            return services.sweep(now=ASKED + timedelta(seconds=seconds))

    words = ("simulation.run", {"simulation_id": str(simulation.public_id)})
    assert sent == [words]
    assert swept(4) == 0
    assert swept(6) == 1
    moment = ASKED
    for _ in range(running.ATTEMPTS_MAX):
        assert running._claim(simulation.public_id, now=moment) is not None
        assert services.sweep(now=moment + timedelta(seconds=15)) == 0
        moment += timedelta(minutes=1)
    assert running._claim(simulation.public_id, now=moment) is None
    assert swept(3600) == 0
    simulation.refresh_from_db()
    assert simulation.status == "failed"
    assert "died" in simulation.failure
    assert sent == [words, words]


def test_a_plan_that_the_verifier_faults_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_pool()
    simulation = ask(make_user("operator"), world)
    finding = engine.Finding("place_wasted", "DE", "a place is free that somebody asked for")
    monkeypatch.setattr(engine, "verify", lambda *_given: [finding])
    done = do(simulation)
    assert (done.status, done.result) == ("failed", None)
    assert "a place is free" in done.failure


def test_counterfactuals_come_once_for_each_released_round() -> None:
    world = make_pool()
    assert services.ask_counterfactuals(now=ASKED) == 1
    assert services.ask_counterfactuals(now=ASKED) == 0
    count_round()
    row = Simulation.objects.get(kind="counterfactuals")
    market = snapshot.take(world.reload())
    counts: Any = row.result
    assert row.plan_digest == world.round.plan_digest
    assert set(counts["scenarios"]) == {"base", "changed", "open_first", "reserve_first"}
    assert counts["scenarios"]["open_first"] == counts["scenarios"]["base"]
    assert counts["largest"] == 6
    assert counts["applicants"] == len(market.candidates)


def test_a_forecast_is_attached_to_a_quota_of_the_own_state() -> None:
    world = make_pool()
    approver = make_user("approver", state="DE")
    quota = make_quota("DE", "submitted", 6, 50)
    [line] = queries.list_lines(world.reload(), quota)
    assert (line.reference, line.likeness) == (world.quotas[0].reference, "same_line")
    given = {"quota_id": quota.public_id, "number": world.number, "now": ASKED}
    with pytest.raises(Invalid):
        services.simulate_quota(by=approver, mapped_to=world.quotas[1].reference, **given)
    with pytest.raises(NotFound):
        other = make_user("approver", state="FR")
        services.simulate_quota(by=other, mapped_to=line.reference, **given)
    simulation = services.simulate_quota(by=approver, mapped_to=line.reference, **given)
    assert simulation.quota_reference == quota.reference
    counts: Any = do(simulation).result
    mapped = counts["scenarios"]["changed"]["postings"][line.reference]
    assert (mapped["places"], mapped["reserve"]) == (6, 3)
    assert [row.pk for row in queries.list_of_quota(approver, quota)] == [simulation.pk]
    approved = make_quota("DE", "approved")
    with pytest.raises(NotNow):
        services.simulate_quota(
            by=approver, mapped_to=line.reference, **{**given, "quota_id": approved.public_id}
        )
    # The more alike, the earlier in the list.
    quota = make_quota("DE", "draft", category="seasonal")
    assert [line.likeness for line in queries.list_lines(world.round, quota)] == ["same_occupation"]
    field = make_quota("DE", "draft", occupation="7213")
    assert [line.likeness for line in queries.list_lines(world.round, field)] == ["same_field"]
    other = make_quota("DE", "draft", occupation="2221")
    assert [line.likeness for line in queries.list_lines(world.round, other)] == ["chosen"]
