"""Writing profiles and mandates."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from clearinghouse.audit.models import Event
from clearinghouse.people import queries, services
from clearinghouse.people.models import LanguageSkill, Mandate, Worker
from clearinghouse.shared import queue
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import Conflict, Forbidden, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.people import make_data, make_paper_person, make_worker

pytestmark = pytest.mark.django_db


def test_save_profile_creates_the_own_worker(now: datetime) -> None:
    user = make_user("worker")
    worker = services.save_profile(by=user, data=make_data(family_name=" Odhiambo  Were "), now=now)
    assert worker.user == user
    assert worker.family_name == "Odhiambo Were"
    assert queries.profile_of(worker).languages == {"de": "B1", "en": "B2"}
    event = Event.objects.get(verb="profile_created")
    assert (event.actor, event.subject, event.facts) == (user.public_id, str(worker.public_id), {})


def test_save_profile_keeps_a_stateless_person(now: datetime) -> None:
    worker = make_worker(nationality="", stateless=True, former_residence="MM", now=now)
    assert worker.nationality is None
    assert queries.profile_of(worker).nationality == ""
    assert queries.profile_data_of(worker).stateless


def test_save_profile_accepts_a_single_name(now: datetime) -> None:
    assert make_worker(family_name="", now=now).family_name == ""


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"given_names": "  "}, "given_names"),
        ({"given_names": "A" * 121}, "given_names"),
        ({"family_name": "O\ndhiambo"}, "family_name"),
        ({"birth_date": date(2012, 11, 22)}, "birth_date"),
        ({"birth_date": date(1925, 11, 21)}, "birth_date"),
        ({"birth_date": date(2030, 1, 1)}, "birth_date"),
        ({"nationality": ""}, "nationality"),
        ({"nationality": "KE", "stateless": True}, "nationality"),
        ({"nationality": "XX"}, "nationality"),
        ({"former_residence": "XX"}, "former_residence"),
        ({"experience_years": 20}, "experience_years"),
        ({"experience_years": -1}, "experience_years"),
        ({"qualification": "9"}, "qualification"),
        ({"languages": (("de", "B1"), ("de", "B2"))}, "languages"),
        ({"languages": (("xx", "B1"),)}, "languages"),
        ({"languages": (("de", "D1"),)}, "languages"),
        ({"occupation": "9999"}, "occupation"),
        ({"occupation": "72"}, "occupation"),
        ({"occupation": ""}, "occupation"),
        ({"phone": "0" * 33}, "phone"),
    ],
)
def test_save_profile_refuses_what_cannot_be_true(
    over: dict[str, Any], field: str, now: datetime
) -> None:
    with pytest.raises(Invalid) as refusal:
        services.save_profile(by=make_user("worker"), data=make_data(**over), now=now)
    assert list(refusal.value.fields) == [field]
    assert not Worker.objects.exists()


@pytest.mark.parametrize(
    ("born", "years"), [(date(2008, 11, 21), 5), (date(2012, 11, 21), 1), (date(1926, 11, 21), 60)]
)
def test_save_profile_accepts_the_limits(born: date, years: int, now: datetime) -> None:
    assert make_worker(birth_date=born, experience_years=years, now=now).experience_years == years


def test_save_profile_changes_with_the_version_read(now: datetime) -> None:
    worker = make_worker(now=now)
    data = replace(queries.profile_data_of(worker), experience_years=9, languages=(("fr", "A2"),))
    changed = services.save_profile(by=worker.user, data=data, now=now)
    assert (changed.experience_years, changed.version) == (9, 2)
    assert queries.profile_of(changed).languages == {"fr": "A2"}


def test_save_profile_tells_the_second_editor(now: datetime) -> None:
    worker = make_worker(now=now)
    old = queries.profile_data_of(worker)
    services.save_profile(by=worker.user, data=replace(old, phone="1"), now=now)
    with pytest.raises(Conflict) as refusal:
        services.save_profile(by=worker.user, data=replace(old, phone="2"), now=now)
    assert refusal.value.code == "edited_by_other"
    assert Worker.objects.get().phone == "1"


def test_save_profile_twice_is_the_same_as_once(now: datetime) -> None:
    user = make_user("worker")
    first = services.save_profile(by=user, data=make_data(), now=now)
    second = services.save_profile(by=user, data=make_data(), now=now)
    assert (second.pk, second.version) == (first.pk, 1)
    assert Event.objects.filter(verb__startswith="profile_").count() == 1


def test_save_profile_refuses_officials(now: datetime) -> None:
    with pytest.raises(Forbidden):
        services.save_profile(by=make_user("caseworker", state="DE"), data=make_data(), now=now)


def test_save_profile_cannot_reach_another_person(now: datetime) -> None:
    worker, other = make_worker(now=now), make_user("worker")
    with pytest.raises(NotFound) as hidden:
        services.save_profile(by=other, data=make_data(), worker_id=worker.public_id, now=now)
    with pytest.raises(NotFound) as absent:
        services.save_profile(by=other, data=make_data(), worker_id="nonsense", now=now)
    assert str(hidden.value) == str(absent.value)


def test_frozen_facts_stay_but_names_may_change(now: datetime) -> None:
    worker = make_worker(now=now)
    services.freeze_facts(worker_ids=[worker.pk])
    data = queries.profile_data_of(worker)
    with pytest.raises(NotNow) as refusal:
        services.save_profile(by=worker.user, data=replace(data, experience_years=9), now=now)
    assert refusal.value.code == "facts_frozen"
    changed = services.save_profile(by=worker.user, data=replace(data, phone="123"), now=now)
    assert changed.phone == "123"
    services.thaw_facts(worker_ids=[worker.pk])
    data = replace(queries.profile_data_of(worker), experience_years=9, version=2, phone="123")
    assert services.save_profile(by=worker.user, data=data, now=now).experience_years == 9


@pytest.mark.parametrize(("born", "nudged"), [(date(2009, 1, 1), 1), (date(1994, 5, 17), 0)])
def test_save_profile_nudges_protection_for_minors(
    born: date,
    nudged: int,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(queue, "_send", lambda name, _ids: sent.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        make_worker(birth_date=born, experience_years=0, now=now)
    assert sent.count("protection.open_referrals") == nudged


def test_create_paper_person_gives_a_mandate(now: datetime) -> None:
    helper = make_user("helper")
    worker = make_paper_person(helper, now=now)
    assert worker.user is None
    mandate = Mandate.objects.get()
    assert (mandate.helper, mandate.signed_on) == (helper, date(2026, 11, 2))
    assert mandate.validity.upper.date() == date(2027, 1, 1)
    assert queries.contact_of(worker, now) == helper


def test_helper_edits_only_while_the_mandate_lives(now: datetime) -> None:
    helper = make_user("helper")
    worker = make_paper_person(helper, now=now)
    data = replace(queries.profile_data_of(worker), phone="77")
    services.save_profile(by=helper, data=data, worker_id=worker.public_id, now=now)
    after = datetime(2027, 1, 1, tzinfo=now.tzinfo)
    with pytest.raises(NotFound):
        services.save_profile(by=helper, data=data, worker_id=worker.public_id, now=after)
    last = after - timedelta(seconds=1)
    assert queries.get_worker_for(helper, worker.public_id, last) == worker


def test_another_helper_does_not_find_the_person(now: datetime) -> None:
    worker = make_paper_person(make_user("helper"), now=now)
    with pytest.raises(NotFound):
        queries.get_worker_for(make_user("helper"), worker.public_id, now)


@pytest.mark.parametrize(
    ("signed_on", "valid_until", "field"),
    [
        (date(2026, 11, 22), date(2026, 12, 31), "signed_on"),
        (date(2026, 11, 2), date(2026, 11, 21), "valid_until"),
        (date(2026, 11, 2), date(2028, 1, 1), "valid_until"),
    ],
)
def test_create_paper_person_refuses_impossible_mandates(
    signed_on: date, valid_until: date, field: str, now: datetime
) -> None:
    with pytest.raises(Invalid) as refusal:
        services.create_paper_person(
            by=make_user("helper"),
            data=make_data(),
            signed_on=signed_on,
            valid_until=valid_until,
            now=now,
        )
    assert list(refusal.value.fields) == [field]


def test_create_paper_person_refuses_a_double_click_of_the_same_helper_only(now: datetime) -> None:
    helper = make_user("helper")
    make_paper_person(helper, now=now)
    with pytest.raises(Conflict) as refusal:
        make_paper_person(helper, given_names="amina", now=now)
    assert refusal.value.code == "person_twice"
    make_paper_person(make_user("helper"), now=now)
    assert Worker.objects.count() == 2


def test_create_paper_person_needs_a_helper(now: datetime) -> None:
    with pytest.raises(Forbidden):
        make_paper_person(make_user("worker"), now=now)


def test_end_mandate_shuts_the_helper_out_and_may_be_repeated_by_none(now: datetime) -> None:
    helper = make_user("helper")
    worker = make_paper_person(helper, now=now)
    later = now + timedelta(hours=1)
    services.end_mandate(by=helper, worker_id=worker.public_id, now=later)
    assert not queries.list_helped(helper, later).exists()
    with pytest.raises(NotFound):
        services.end_mandate(by=helper, worker_id=worker.public_id, now=later)
    assert Event.objects.filter(verb="mandate_ended").count() == 1


def test_renew_mandate_replaces_the_live_one(now: datetime) -> None:
    helper = make_user("helper")
    worker = make_paper_person(helper, now=now)
    later = now + timedelta(days=30)
    services.renew_mandate(
        by=helper,
        worker_id=worker.public_id,
        signed_on=later.date(),
        valid_until=date(2027, 6, 30),
        now=later,
    )
    [first, second] = Mandate.objects.order_by("pk")
    assert first.validity.upper == second.validity.lower == later
    assert queries.list_helped(helper, later + timedelta(days=100)).get() == second


def test_database_refuses_two_mandates_at_a_time(now: datetime) -> None:
    worker = make_paper_person(make_user("helper"), now=now)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Mandate.objects.create(
            worker=worker,
            helper=make_user("helper"),
            validity=DateTimeTZRange(now, now + timedelta(days=1)),
            signed_on=now.date(),
        )
    assert violated_constraint(refusal.value) == "people_mandate_one_at_a_time"


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"experience_years": 61}, "people_worker_experience"),
        ({"qualification": "x"}, "people_worker_qualification"),
    ],
)
def test_database_refuses_impossible_workers(
    columns: dict[str, Any], name: str, now: datetime
) -> None:
    worker = make_worker(now=now)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Worker.objects.filter(pk=worker.pk).update(**columns)
    assert violated_constraint(refusal.value) == name


@pytest.mark.parametrize(
    ("language", "level", "name"),
    [("de", "A1", "people_languageskill_once"), ("fr", "Z9", "people_languageskill_level")],
)
def test_database_refuses_impossible_languages(
    language: str, level: str, name: str, now: datetime
) -> None:
    worker = make_worker(now=now)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        LanguageSkill.objects.create(worker=worker, language=language, level=level)
    assert violated_constraint(refusal.value) == name


def test_worker_has_no_mandate_to_end(now: datetime) -> None:
    worker = make_worker(now=now)
    services.end_mandate(by=worker.user, worker_id=worker.public_id, now=now)
    assert not Event.objects.filter(verb="mandate_ended").exists()
