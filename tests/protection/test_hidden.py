"""Layer 1: what officials of a state in a person's shield can observe, with the database open.

Every test has its twin: the scope is taken away, and the same reader sees the person.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from clearinghouse.access.tokens import padded, state_token
from clearinghouse.applications import queries as applications
from clearinghouse.applications import services as application_services
from clearinghouse.applications.models import Application
from clearinghouse.offers import queries as offers
from clearinghouse.offers.models import Offer
from clearinghouse.people import queries as people
from clearinghouse.people.models import Worker
from clearinghouse.protection import services
from clearinghouse.protection.enums import Ground
from clearinghouse.registry import queries as registry
from clearinghouse.shared.errors import NotFound
from tests.factories.accounts import make_user
from tests.factories.applications import make_application
from tests.factories.matching import make_world
from tests.factories.people import make_paper_person, make_worker
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db

ABSENT = "00000000-0000-4000-8000-000000000000"


def hide(worker: Worker, *states: str, now: datetime) -> None:
    """Hide a person from states."""
    worker = Worker.objects.get(pk=worker.pk)
    services.raise_shield(worker, dict.fromkeys(states, Ground.ADDED), by=worker.user, now=now)


@pytest.fixture
def unscoped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the scope away: the twin of every test here."""
    monkeypatch.setattr(registry, "known_to", lambda _actor, _column="shield": Q())


def _germany(now: datetime) -> tuple[User, Application, Any]:
    quota = make_quota("DE", now=now)
    hidden = make_application(make_worker(now=now), [quota], "submitted", now=now)
    make_application(make_worker(now=now), [quota], "submitted", now=now)
    hide(hidden.worker, "DE", now=now)
    return make_user("caseworker", state="DE"), hidden, quota


def _observed(actor: User, hidden: Application, quota: Any) -> dict[str, Any]:
    listed = list(applications.list_to_check(actor))
    return {
        "list": hidden.public_id in {row.public_id for row in listed},
        "count": applications.count_to_check(actor),
        "search": applications.list_to_check(actor, search=hidden.reference).count(),
        "posting": applications.list_to_check(actor, quota=quota.public_id).count(),
        "occupation": applications.list_to_check(actor, search="7212").count(),
    }


def test_case_files_leave_hidden_people_out(now: datetime) -> None:
    actor, hidden, quota = _germany(now)
    assert _observed(actor, hidden, quota) == {
        "list": False,
        "count": 1,
        "search": 0,
        "posting": 1,
        "occupation": 1,
    }


def test_case_files_twin(now: datetime, unscoped: None) -> None:
    actor, hidden, quota = _germany(now)
    assert _observed(actor, hidden, quota) == {
        "list": True,
        "count": 2,
        "search": 1,
        "posting": 2,
        "occupation": 2,
    }


def _refusal(act: Callable[[Any], Any], public_id: Any) -> tuple[str, str, int]:
    with CaptureQueriesContext(connection) as queries, pytest.raises(NotFound) as refusal:
        act(public_id)
    return refusal.value.code, str(refusal.value), len(queries)


def _single_acts(actor: User, quota: Any, now: datetime) -> list[Callable[[Any], Any]]:
    return [
        lambda key: applications.get_for_check(actor, key),
        lambda key: application_services.check_all(by=actor, application_id=key, now=now),
        lambda key: application_services.check_wish(
            by=actor, application_id=key, quota_id=quota.public_id, eligible=True, now=now
        ),
    ]


def test_hidden_and_absent_are_the_same_refusal(now: datetime) -> None:
    actor, hidden, quota = _germany(now)
    applications.count_to_check(actor)
    for act in _single_acts(actor, quota, now):
        assert _refusal(act, hidden.public_id) == _refusal(act, ABSENT)
    many = application_services.check_many(by=actor, application_ids=[hidden.public_id], now=now)
    assert many == 0


def test_hidden_and_absent_twin(now: datetime, unscoped: None) -> None:
    actor, hidden, quota = _germany(now)
    for act in _single_acts(actor, quota, now)[:2]:
        act(hidden.public_id)
    assert Application.objects.get(pk=hidden.pk).status == "in_pool"


def test_other_destinations_see_the_person_as_before(now: datetime) -> None:
    quotas = [make_quota("DE", now=now), make_quota("FR", now=now)]
    application = make_application(make_worker(now=now), quotas, "submitted", now=now)
    hide(application.worker, "KE", now=now)
    for state in ("DE", "FR"):
        assert applications.count_to_check(make_user("caseworker", state=state)) == 1
    hide(application.worker, "FR", now=now)
    assert applications.count_to_check(make_user("caseworker", state="DE")) == 1
    assert applications.count_to_check(make_user("caseworker", state="FR")) == 0


def _helper_of(state: str) -> User:
    """Return a helper who sits in an office of a state: union of what is hidden counts."""
    return make_user("caseworker", "helper", state=state)


def _helped(now: datetime) -> tuple[User, Worker]:
    helper = _helper_of("DE")
    worker = make_paper_person(helper, now=now)
    Worker.objects.filter(pk=worker.pk).update(shield=padded([state_token("DE")]))
    return helper, worker


def test_helpers_of_a_hidden_state_lose_the_person(now: datetime) -> None:
    helper, worker = _helped(now)
    assert people.list_helped(helper, now).count() == 0
    assert not people.visible_to(helper, now).exists()
    with pytest.raises(NotFound):
        people.get_worker_for(helper, worker.public_id, now)


def test_helpers_twin(now: datetime, unscoped: None) -> None:
    helper, worker = _helped(now)
    assert people.list_helped(helper, now).count() == 1
    assert people.get_worker_for(helper, worker.public_id, now) == worker


def _counted(actor: User) -> int:
    rows = offers.list_of_state(actor)
    return sum(row["waiting"] for row in rows)


def test_offers_of_hidden_people_are_not_counted(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_world()
    offer = Offer.objects.order_by("pk")[0]
    actor = make_user("quota_officer", state=offer.quota.state.iso2)
    before = _counted(actor)
    hide(offer.worker, offer.quota.state.iso2, now=now)
    assert _counted(actor) == before - 1
    monkeypatch.setattr(registry, "known_to", lambda _actor, _column="shield": Q())
    assert _counted(actor) == before
