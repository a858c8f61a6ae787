"""A shield goes up at once and by one, and comes down slowly and by two."""

from datetime import date, datetime, timedelta

import pytest

from clearinghouse.access.tokens import state_token
from clearinghouse.applications import queries as applications
from clearinghouse.audit.models import Event
from clearinghouse.notices.models import Message
from clearinghouse.people import services as people_services
from clearinghouse.people.models import Worker
from clearinghouse.protection import guards, queries, services
from clearinghouse.protection.models import Shield
from clearinghouse.shared.errors import Forbidden, Invalid, NotFound, NotNow
from clearinghouse.shielding import services as shielding
from tests.factories.accounts import make_user
from tests.factories.people import make_data, make_paper_person, make_worker
from tests.factories.protection import make_determination

pytestmark = pytest.mark.django_db


def _shield(worker: Worker) -> list[int]:
    return Worker.objects.get(pk=worker.pk).shield


def _hidden(worker: Worker, now: datetime) -> Shield:
    services.hide(by=worker.user, states=["FR"], now=now)
    return queries.list_holding(worker)[0]


def test_hiding_is_instant_and_needs_nobody(now: datetime) -> None:
    worker = make_worker(now=now)
    services.hide(by=worker.user, states=["fr", "KE"], now=now)
    rows = {row.state: row.ground.value for row in queries.list_holding(worker)}
    assert rows == {"FR": "added", "KE": "nationality"}
    assert {state_token("FR"), state_token("KE")} < set(_shield(worker))
    events = list(Event.objects.filter(verb="shield_raised").values_list("facts", "state"))
    assert events == [({}, ""), ({}, "")]


@pytest.mark.parametrize("states", [[], ["XX"], ["KE", "nowhere"]])
def test_hiding_needs_known_countries(states: list[str], now: datetime) -> None:
    with pytest.raises(Invalid):
        services.hide(by=make_worker(now=now).user, states=states, now=now)


@pytest.mark.parametrize("role", ["caseworker", "origin_officer", "protection_officer", "operator"])
def test_officials_hide_nobody(role: str, now: datetime) -> None:
    state = "KE" if role in {"caseworker", "origin_officer"} else None
    with pytest.raises((Forbidden, NotFound)):
        services.hide(
            by=make_user(role, state=state),
            states=["FR"],
            worker_id=make_worker(now=now).public_id,
            now=now,
        )


def test_asking_for_protection_hides_from_where_one_fled(now: datetime) -> None:
    worker = make_worker(former_residence="UG", now=now)
    services.request_check(by=worker.user, statement="", now=now)
    assert queries.holding_states(worker.pk) == {"KE", "UG"}


def test_a_determination_hides_too(now: datetime) -> None:
    worker = make_worker(now=now)
    make_determination(worker, now=now)
    assert queries.holding_states(worker.pk) == {"KE"}


def test_a_refusal_leaves_the_shield_up(now: datetime) -> None:
    worker = make_worker(now=now)
    services.request_check(by=worker.user, statement="", now=now)
    before = _shield(worker)
    make_determination(worker, "refused", now=now)
    assert _shield(worker) == before != []


def test_the_shield_ends_after_both_agreed_and_three_days(now: datetime) -> None:
    worker, officer = make_worker(now=now), make_user("protection_officer")
    shield = _hidden(worker, now)
    services.ask_to_lift(by=worker.user, shield_id=shield.public_id, now=now)
    assert queries.count_lifts(officer) == 1
    services.agree_to_lift(by=officer, shield_id=shield.public_id, now=now)
    assert Message.objects.get(user=worker.user).kind == "determination_ready"
    almost = now + timedelta(hours=72) - timedelta(seconds=1)
    assert services.sweep_shields(now=almost) == (0, 0) and _shield(worker)
    assert services.sweep_shields(now=now + timedelta(hours=72)) == (1, 0)
    assert _shield(worker) == [] and queries.list_holding(worker) == []
    assert Message.objects.filter(user=worker.user).count() == 2
    assert services.sweep_shields(now=now + timedelta(days=9)) == (0, 0)


def test_neither_side_ends_it_alone(now: datetime) -> None:
    worker, officer = make_worker(now=now), make_user("protection_officer")
    shield = _hidden(worker, now)
    with pytest.raises(NotNow):
        services.agree_to_lift(by=officer, shield_id=shield.public_id, now=now)
    services.ask_to_lift(by=worker.user, shield_id=shield.public_id, now=now)
    with pytest.raises(Forbidden):
        services.agree_to_lift(by=worker.user, shield_id=shield.public_id, now=now)
    assert services.sweep_shields(now=now + timedelta(days=365)) == (0, 0)
    assert _shield(worker) != []


def test_nobody_decides_about_themselves(now: datetime) -> None:
    worker = make_worker(now=now)
    # The database refuses one person both roles; the guard stands behind it.
    with pytest.raises(Forbidden):
        guards.check_other_person(worker.user, worker)


@pytest.mark.parametrize("agreed", [False, True])
def test_the_person_keeps_it_at_any_time(agreed: bool, now: datetime) -> None:
    worker, officer = make_worker(now=now), make_user("protection_officer")
    shield = _hidden(worker, now)
    services.ask_to_lift(by=worker.user, shield_id=shield.public_id, now=now)
    if agreed:
        services.agree_to_lift(by=officer, shield_id=shield.public_id, now=now)
    services.keep_shield(by=worker.user, shield_id=shield.public_id, now=now)
    assert services.sweep_shields(now=now + timedelta(days=9)) == (0, 0)
    assert queries.holding_states(worker.pk) == {"FR"}


def test_shields_of_others_are_not_found(now: datetime) -> None:
    shield = _hidden(make_worker(now=now), now)
    for act in (services.ask_to_lift, services.keep_shield):
        with pytest.raises(NotFound):
            act(by=make_worker(now=now).user, shield_id=shield.public_id, now=now)


def test_a_new_nationality_is_hidden_from_by_the_sweep(now: datetime) -> None:
    worker = make_worker(now=now)
    services.request_check(by=worker.user, statement="", now=now)
    people_services.save_profile(
        by=worker.user, data=make_data(nationality="UG", version=worker.version), now=now
    )
    assert services.sweep_shields(now=now) == (0, 1)
    assert queries.holding_states(worker.pk) == {"KE", "UG"}
    assert services.sweep_shields(now=now) == (0, 0)


def test_what_the_person_ended_stays_ended(now: datetime) -> None:
    worker, officer = make_worker(now=now), make_user("protection_officer")
    services.request_check(by=worker.user, statement="", now=now)
    shield = queries.list_holding(worker)[0]
    services.ask_to_lift(by=worker.user, shield_id=shield.public_id, now=now)
    services.agree_to_lift(by=officer, shield_id=shield.public_id, now=now)
    later = now + timedelta(days=4)
    assert services.sweep_shields(now=later) == (1, 0)
    assert _shield(worker) == []
    services.hide(by=worker.user, states=["KE"], now=later)
    assert queries.holding_states(worker.pk) == {"KE"}


def test_a_helper_with_a_mandate_hides_a_person_on_paper(now: datetime) -> None:
    helper = make_user("helper")
    worker = make_paper_person(helper, now=now)
    shielding.hide(by=helper, states=["FR"], worker_id=worker.public_id, now=now)
    assert queries.holding_states(worker.pk) == {"FR"}
    with pytest.raises(NotFound):
        shielding.hide(by=make_user("helper"), states=["FR"], worker_id=worker.public_id, now=now)


def test_erasing_destroys_what_was_known_and_keeps_hiding(now: datetime) -> None:
    worker, officer = make_worker(now=now), make_user("protection_officer")
    services.request_check(by=worker.user, statement="Everything.", now=now)
    make_determination(worker, now=now)
    before = _shield(worker)
    assert services.erase_person(by=officer, worker_id=worker.public_id, now=now)
    assert not services.erase_person(by=officer, worker_id=worker.public_id, now=now)
    assert queries.holding_states(worker.pk) == set()
    assert queries.protected_worker_ids(date(2026, 11, 21)) == set()
    assert [row.statement for row in queries.list_requests(officer)] == [""]
    assert _shield(worker) == before
    assert queries.check_sources().erased == 1
    assert queries.own_status(worker, date(2026, 11, 21)).history[0].erased
    # Who comes back gets a new key, and can be hidden anew.
    services.hide(by=worker.user, states=["FR"], now=now)
    assert state_token("FR") in _shield(worker)
    assert applications.count_wrong_shields() == 0
