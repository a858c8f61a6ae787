"""Writing protected status: append-only, dated, by the protection body alone."""

import ast
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit.models import Event
from clearinghouse.notices.models import Message
from clearinghouse.people.models import Worker
from clearinghouse.protection import queries, services
from clearinghouse.protection.keys import opening
from clearinghouse.protection.models import (
    Determination,
    Referral,
    Request,
    SetAside,
    Shield,
)
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import Conflict, Forbidden, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.people import make_paper_person, make_worker
from tests.factories.protection import make_determination

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 21)


def _determine(**over: Any) -> Determination:
    arguments: dict[str, Any] = {
        "by": make_user("protection_officer"),
        "outcome": "recognised",
        "effective_on": date(2026, 11, 1),
        "reasons": "The documents show it.",
        "now": datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
    }
    return services.determine(**{**arguments, **over})


def test_request_check_waits_once(now: datetime) -> None:
    worker = make_worker(now=now)
    request = services.request_check(by=worker.user, statement=" I fled. ", now=now)
    assert (request.worker, request.status, request.statement) == (worker, "waiting", "I fled.")
    with pytest.raises(Conflict) as refusal:
        services.request_check(by=worker.user, statement="Again", now=now)
    assert refusal.value.code == "request_waiting"


def test_request_check_needs_a_profile(now: datetime) -> None:
    with pytest.raises(NotNow) as refusal:
        services.request_check(by=make_user("worker"), statement="", now=now)
    assert refusal.value.code == "no_profile"


def test_request_check_refuses_a_book(now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        services.request_check(by=make_worker(now=now).user, statement="x" * 10_001, now=now)
    assert list(refusal.value.fields) == ["statement"]


def test_request_check_through_a_helper_with_a_mandate(now: datetime) -> None:
    helper = make_user("helper")
    worker = make_paper_person(helper, now=now)
    request = services.request_check(by=helper, statement="", now=now, worker_id=worker.public_id)
    assert request.worker == worker
    with pytest.raises(NotFound):
        services.request_check(
            by=make_user("helper"), statement="", now=now, worker_id=worker.public_id
        )


@pytest.mark.parametrize(
    ("role", "state"),
    [
        ("caseworker", "DE"),
        ("origin_officer", "KE"),
        ("protection_officer", None),
        ("operator", None),
        ("administrator", None),
    ],
)
def test_request_check_refuses_officials(role: str, state: str | None, now: datetime) -> None:
    with pytest.raises(Forbidden):
        services.request_check(by=make_user(role, state=state), statement="", now=now)


def test_withdraw_request_lets_a_new_one_in(now: datetime) -> None:
    worker = make_worker(now=now)
    services.request_check(by=worker.user, statement="", now=now)
    assert services.withdraw_request(by=worker.user, now=now).status == "withdrawn"
    with pytest.raises(NotNow):
        services.withdraw_request(by=worker.user, now=now)
    assert services.request_check(by=worker.user, statement="", now=now).status == "waiting"


def test_determine_decides_a_request_once(now: datetime) -> None:
    worker, officer = make_worker(now=now), make_user("protection_officer")
    request = services.request_check(by=worker.user, statement="", now=now)
    made = _determine(by=officer, request_id=request.public_id, review_on=date(2028, 11, 1))
    assert (made.worker, made.request, made.decided_by) == (worker, request, officer)
    request.refresh_from_db()
    assert request.status == "decided"
    with pytest.raises(NotNow):
        _determine(by=officer, request_id=request.public_id)
    assert queries.protected_worker_ids(DAY) == {worker.pk}


def test_determine_tells_the_person_in_the_words_that_everybody_gets(now: datetime) -> None:
    worker = make_worker(now=now)
    make_determination(worker, now=now)
    message = Message.objects.get(user=worker.user)
    assert (message.kind, message.facts) == ("determination_ready", {})
    event = Event.objects.get(verb="determination_made")
    assert event.facts == {} and event.state == ""


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"outcome": "maybe"}, "outcome"),
        ({"outcome": "ended"}, "outcome"),
        ({"outcome": "refused", "reasons": "  "}, "reasons"),
        ({"review_on": date(2026, 11, 1)}, "review_on"),
    ],
)
def test_determine_refuses_contradictions(over: dict[str, Any], field: str, now: datetime) -> None:
    worker = make_worker(now=now)
    with pytest.raises(Invalid) as refusal:
        _determine(worker_id=worker.public_id, **over)
    assert list(refusal.value.fields) == [field]
    assert not Determination.objects.exists()


def test_refused_request_leaves_protection_as_it_is(now: datetime) -> None:
    worker = make_worker(now=now)
    make_determination(worker, now=now)
    with pytest.raises(Invalid) as refusal:
        _determine(worker_id=worker.public_id, outcome="refused", effective_on=DAY)
    assert list(refusal.value.fields) == ["outcome"]
    assert queries.protected_worker_ids(DAY) == {worker.pk}


def test_determine_twice_in_one_moment_is_refused(now: datetime) -> None:
    worker = make_worker(now=now)
    make_determination(worker, now=now)
    with pytest.raises(Conflict) as refusal:
        make_determination(worker, now=now)
    assert refusal.value.code == "decided_twice"
    assert isinstance(refusal.value.__cause__, IntegrityError)
    assert violated_constraint(refusal.value.__cause__) == "protection_determination_once"


@pytest.mark.parametrize(
    ("role", "state"),
    [
        ("worker", None),
        ("helper", None),
        ("quota_officer", "DE"),
        ("approver", "DE"),
        ("caseworker", "DE"),
        ("origin_officer", "KE"),
        ("operator", None),
        ("certifier", None),
        ("auditor", None),
        ("administrator", None),
    ],
)
def test_only_the_protection_body_decides_and_reads(
    role: str, state: str | None, now: datetime
) -> None:
    worker, actor = make_worker(now=now), make_user(role, state=state)
    request = services.request_check(by=worker.user, statement="", now=now)
    with pytest.raises(Forbidden):
        _determine(by=actor, request_id=request.public_id)
    with pytest.raises(Forbidden):
        services.close_referral(by=actor, referral_id=request.public_id, note="x", now=now)
    with pytest.raises(Forbidden):
        services.open_referrals(by=actor, now=now)
    for read in (queries.list_requests, queries.list_referrals, queries.count_open_requests):
        with pytest.raises(Forbidden):
            read(actor)
    for read_one in (queries.get_request, queries.get_referral, queries.history_of):
        with pytest.raises(Forbidden):
            read_one(actor, request.public_id)


def test_determinations_cannot_be_changed_by_the_orm(now: datetime) -> None:
    made = make_determination(make_worker(now=now), now=now)
    rows = Determination.objects.filter(pk=made.pk)
    attempts = [
        lambda: rows.update(sealed=b""),
        rows.delete,
        made.delete,
        made.save,
        lambda: Determination.objects.bulk_update([made], ["sealed"]),
    ]
    for attempt in attempts:
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            attempt()
        assert violated_constraint(refusal.value) == "protection_determination_append_only"
    assert opening(rows).get().outcome == "recognised"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE protection_determination SET mark = sealed",
        "UPDATE protection_determination SET sealed = sealed",
        "DELETE FROM protection_determination",
        "TRUNCATE protection_determination",
    ],
)
def test_determinations_cannot_be_changed_by_sql(statement: str, now: datetime) -> None:
    make_determination(make_worker(now=now), now=now)
    with (
        pytest.raises(IntegrityError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        # Deferred checks would refuse TRUNCATE before the trigger does.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)
    assert violated_constraint(refusal.value) == "protection_determination_append_only"
    assert Determination.objects.count() == 1


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (Determination, "protection_determination_sealed"),
        (Request, "protection_request_sealed"),
        (Referral, "protection_referral_sealed"),
        (Shield, "protection_shield_sealed"),
        (SetAside, "protection_setaside_sealed"),
    ],
)
def test_database_refuses_rows_that_are_not_sealed(table: Any, name: str, now: datetime) -> None:
    values = {
        "worker": make_worker(now=now),
        "decided_by": make_user("protection_officer"),
        "decided_at": now,
        "made_at": now,
        "opened_at": now,
        "raised_at": now,
        "set_aside_at": now,
        "mark": b"x",
        "sealed": b"recognised, in the open",
    }
    known = {field.name for field in table._meta.get_fields()}
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        table.objects.create(**{key: value for key, value in values.items() if key in known})
    assert violated_constraint(refusal.value) == name


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        (
            {"status": "lost", "closed_at": datetime(2026, 11, 21, tzinfo=UTC)},
            "protection_request_status",
        ),
        ({"status": "decided"}, "protection_request_closed_at"),
    ],
)
def test_database_refuses_impossible_requests(
    columns: dict[str, Any], name: str, now: datetime
) -> None:
    request = services.request_check(by=make_worker(now=now).user, statement="", now=now)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Request.objects.filter(pk=request.pk).update(**columns)
    assert violated_constraint(refusal.value) == name


def test_database_refuses_two_waiting_requests(now: datetime) -> None:
    request = services.request_check(by=make_worker(now=now).user, statement="", now=now)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Request.objects.create(worker=request.worker, made_at=now, sealed=request.sealed)
    assert violated_constraint(refusal.value) == "protection_request_one_waiting"


def test_open_referrals_finds_each_minor_once(now: datetime) -> None:
    minor = make_worker(birth_date=date(2010, 1, 1), experience_years=0, now=now)
    make_worker(now=now)
    assert services.open_referrals(by=SYSTEM, now=now) == 1
    assert services.open_referrals(now=now) == 0
    assert Referral.objects.get().worker == minor
    assert Event.objects.get(verb="referral_opened").actor_role == "system"


def test_close_referral_needs_a_note_and_happens_once(now: datetime) -> None:
    officer = make_user("protection_officer")
    make_worker(birth_date=date(2010, 1, 1), experience_years=0, now=now)
    services.open_referrals(now=now)
    referral = Referral.objects.get()
    with pytest.raises(Invalid):
        services.close_referral(by=officer, referral_id=referral.public_id, note=" ", now=now)
    closed = services.close_referral(
        by=officer, referral_id=referral.public_id, note="A guardian was found.", now=now
    )
    assert (closed.status, closed.closed_at) == ("closed", now)
    with pytest.raises(NotNow):
        services.close_referral(by=officer, referral_id=referral.public_id, note="x", now=now)
    assert services.open_referrals(now=now + timedelta(days=1)) == 0


def test_database_keeps_referrals(now: datetime) -> None:
    make_worker(birth_date=date(2010, 1, 1), experience_years=0, now=now)
    services.open_referrals(now=now)
    with pytest.raises(Exception, match="protection_referral") as refusal, transaction.atomic():
        Referral.objects.all().delete()
    assert "Cannot delete" in str(refusal.value)
    with pytest.raises(IntegrityError) as pair, transaction.atomic():
        Referral.objects.update(status="closed")
    assert violated_constraint(pair.value) == "protection_referral_closed_at"


def test_determination_marks_nothing_else(now: datetime) -> None:
    worker = make_worker(now=now)
    before = Worker.objects.filter(pk=worker.pk).values().get()
    make_determination(worker, "refused", now=now)
    assert Worker.objects.filter(pk=worker.pk).values().get() == before
    assert queries.protected_worker_ids(DAY) == set()


HOUSE = Path(services.__file__).parents[2]
# Doors speak to people, the demo writes its story through the services.
WRITERS = {"api", "web", "background", "demo", "protection", "shielding"}


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def test_no_other_app_writes_status() -> None:
    offenders = []
    for path in HOUSE.rglob("*.py"):
        room = path.relative_to(HOUSE).parts[0]
        if room in WRITERS or path.parent == HOUSE:
            continue
        offenders += [
            f"{path.name}: {name}"
            for name in _imported(path)
            if name.startswith(("clearinghouse.protection.models", "clearinghouse.protection.serv"))
        ]
    assert offenders == []


def test_only_matching_and_doors_read_status() -> None:
    readers = {
        path.relative_to(HOUSE).parts[0]
        for path in HOUSE.rglob("*.py")
        if path.parent != HOUSE
        and any(name.startswith("clearinghouse.protection") for name in _imported(path))
    }
    assert readers - WRITERS <= {"matching"}


def test_determine_about_somebody_without_a_contact(now: datetime) -> None:
    helper = make_user("helper")
    worker = make_paper_person(helper, now=now)
    after = datetime(2027, 2, 1, tzinfo=UTC)
    make_determination(worker, now=after)
    assert not Message.objects.exists()


def test_absent_cases_cannot_be_decided(now: datetime) -> None:
    officer = make_user("protection_officer")
    with pytest.raises(NotFound):
        _determine(by=officer, request_id="nonsense")
    with pytest.raises(NotFound):
        _determine(by=officer, worker_id="nonsense")
    with pytest.raises(NotFound):
        services.close_referral(by=officer, referral_id="nonsense", note="x", now=now)
