"""Shield sets: the source is encrypted, and every copy follows it in the same transaction."""

from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from clearinghouse.access.tokens import padded, state_token
from clearinghouse.applications.models import Application, Wish
from clearinghouse.people.models import Worker
from clearinghouse.protection import queries, services
from clearinghouse.protection.enums import Ground
from clearinghouse.protection.models import PersonKey, SetAside, Shield
from clearinghouse.registry.queries import tokens_of
from clearinghouse.shared.database import violated_constraint
from tests.factories.accounts import make_user
from tests.factories.applications import make_application
from tests.factories.people import make_worker
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db


def _hide(worker: Worker, *states: str, now: datetime) -> list[Shield]:
    return services.raise_shield(
        worker, dict.fromkeys(states, Ground.ADDED), by=worker.user, now=now
    )


def test_tokens_name_states_to_nobody() -> None:
    assert state_token("KE") == state_token("ke") != state_token("DE")
    assert all(0 < state_token(iso2) < 2**63 for iso2 in ("KE", "DE", "FR"))


def test_padding_hides_how_many() -> None:
    assert padded([]) == []
    for count in range(1, 17):
        tokens = list(range(1, count + 1))
        shown = padded(tokens)
        assert len(shown) % 8 == 0 and set(tokens) <= set(shown) and shown == sorted(shown)


def test_tokens_of_accounts() -> None:
    assert tokens_of(make_user("caseworker", state="DE")) == [state_token("DE")]
    assert tokens_of(make_user("protection_officer")) == tokens_of(make_user("worker")) == []


def test_raising_reaches_everything_below_the_person(now: datetime) -> None:
    worker = make_worker(now=now)
    early = make_application(worker, [make_quota("DE", now=now)])
    _hide(worker, "KE", "ET", now=now)
    worker.refresh_from_db()
    early.refresh_from_db()
    assert {state_token("KE"), state_token("ET")} < set(worker.shield)
    assert early.shield == worker.shield
    assert [wish.shield for wish in early.wishes.all()] == [worker.shield]
    late = make_application(make_worker(now=now), [make_quota("FR", now=now)])
    assert (late.shield, [wish.shield for wish in late.wishes.all()]) == ([], [[]])


def test_rows_born_later_are_hidden_too(now: datetime) -> None:
    worker = make_worker(now=now)
    _hide(worker, "KE", now=now)
    quota = make_quota("DE", now=now)
    application = Application.objects.get(pk=make_application(worker, [quota]).pk)
    wish = Wish.objects.get(application=application)
    assert application.shield == wish.shield == Worker.objects.get(pk=worker.pk).shield != []
    assert (wish.worker_id, wish.state_id) == (worker.pk, quota.state_id)


def test_a_copy_cannot_be_written(now: datetime) -> None:
    worker = make_worker(now=now)
    application = make_application(worker, [make_quota("DE", now=now)])
    _hide(worker, "KE", now=now)
    Application.objects.filter(pk=application.pk).update(shield=[])
    Wish.objects.filter(application=application).update(shield=[], worker=None, state=None)
    worker.refresh_from_db()
    assert list(Application.objects.values_list("shield", flat=True)) == [worker.shield]
    assert list(Wish.objects.values_list("shield", "worker_id")) == [(worker.shield, worker.pk)]


def test_raising_twice_is_the_same_as_once(now: datetime) -> None:
    worker = make_worker(now=now)
    assert len(_hide(worker, "KE", now=now)) == 1
    assert _hide(worker, "KE", now=now) == []
    assert queries.holding_states(worker.pk) == {"KE"}


def test_number_of_tokens_is_a_multiple_of_eight(now: datetime) -> None:
    worker = make_worker(now=now)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Worker.objects.filter(pk=worker.pk).update(shield=[1])
    assert violated_constraint(refusal.value) == "people_worker_shield_padded"


def test_check_shields_finds_what_differs(
    now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = make_worker(now=now)
    make_application(worker, [make_quota("DE", now=now)])
    _hide(worker, "KE", now=now)
    call_command("check_shields")
    assert capsys.readouterr().out.startswith("1 people, 0 copies wrong")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_worker SET shield = '{}' WHERE id = %s", [worker.pk])
    with pytest.raises(CommandError):
        call_command("check_shields")
    said = capsys.readouterr().out
    assert said.startswith("1 people, 1 copies wrong") and "KE" not in said


def test_check_shields_finds_a_child_that_differs(
    now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = make_worker(now=now)
    make_application(worker, [make_quota("DE", now=now)])
    _hide(worker, "KE", now=now)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE applications_wish SET shield = '{}'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    with pytest.raises(CommandError):
        call_command("check_shields")
    assert "1 rows below them wrong" in capsys.readouterr().out


def test_keys_turn_and_old_texts_stay_readable(now: datetime, settings: object) -> None:
    worker = make_worker(now=now)
    _hide(worker, "KE", now=now)
    old = settings.WRAPPING_KEY  # type: ignore[attr-defined]
    settings.WRAPPING_KEY = "bmV3IHdyYXBwaW5nIGtleSBvZiB0ZXN0cyAzMmJ5dGU="  # type: ignore[attr-defined]
    settings.WRAPPING_KEYS_RETIRED = old  # type: ignore[attr-defined]
    before = PersonKey.objects.get().wrapping
    assert services.rotate_wrapping_key(now=now) == 1
    assert PersonKey.objects.get().wrapping != before
    settings.WRAPPING_KEYS_RETIRED = ""  # type: ignore[attr-defined]
    assert queries.holding_states(worker.pk) == {"KE"}
    assert services.rotate_wrapping_key(now=now) == 0


def test_database_keeps_keys_and_entries(now: datetime) -> None:
    worker = make_worker(now=now)
    (shield,) = _hide(worker, "KE", now=now)
    later = now.replace(year=2027)
    fields = {"worker": worker, "sealed": shield.sealed, "mark": shield.mark, "raised_at": now}
    asked = {"lift_asked_at": now, "agreed_by": worker.user, "ends_at": later}
    wrong = [
        (PersonKey, {"worker": make_worker(now=now), "wrapping": "no id", "wrapped": b""}),
        (Shield, fields),
        (Shield, {**fields, "mark": b"other", "status": "gone"}),
        (Shield, {**fields, "mark": b"other", "status": "lift_asked"}),
        (Shield, {**fields, **asked, "mark": b"x", "status": "lifted", "lifted_at": now}),
        (SetAside, {"worker": worker, "sealed": shield.sealed, "mark": b"x", "set_aside_at": now}),
    ]
    SetAside.objects.create(worker=worker, sealed=shield.sealed, mark=b"x", set_aside_at=now)
    names = []
    for table, row in wrong:
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            table.objects.create(**row)
        names.append(violated_constraint(refusal.value))
    assert names == [
        "protection_personkey_wrapping",
        "protection_shield_once",
        "protection_shield_status",
        "protection_shield_steps",
        "protection_shield_lifted_in_time",
        "protection_setaside_once",
    ]


def test_database_keeps_entries_as_they_are(now: datetime) -> None:
    worker = make_worker(now=now)
    (shield,) = _hide(worker, "KE", now=now)
    rows = Shield.objects.filter(pk=shield.pk)
    for act in (
        rows.delete,
        lambda: rows.update(sealed=b""),
        lambda: rows.update(status="lifted"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert Shield.objects.get().status == "raised"
