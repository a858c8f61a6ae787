"""An official moves to another office: at once, with all roles, and with nothing left open."""

from datetime import datetime

import pytest
from knox.models import AuthToken

from accounts.models import Session, User
from clearinghouse.applications import queries as applications
from clearinghouse.audit.models import Event
from clearinghouse.registry import queries, services
from clearinghouse.shared import clock
from clearinghouse.shared.errors import Conflict, Forbidden, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.applications import make_nomination
from tests.factories.registry import make_agency
from tests.web.doors import signed_in

pytestmark = pytest.mark.django_db


def move(user: User, kind: str = "destination", state: str | None = "FR") -> None:
    """Let an administrator move somebody."""
    agency = make_agency(kind, state=state)
    services.move_official(
        by=make_user("administrator"), user_id=user.public_id, agency_id=agency.public_id
    )


def test_move_changes_the_state_and_ends_sessions_and_tokens() -> None:
    user = make_user("approver", state="DE")
    client = signed_in(user)
    AuthToken.objects.create(user)
    move(user)
    fresh = User.objects.get(pk=user.pk)
    assert queries.state_of(fresh).iso2 == "FR"
    assert client.get("/start/").status_code == 302
    assert not Session.objects.filter(user=user).exists()
    assert not AuthToken.objects.filter(user=user).exists()
    event = Event.objects.get(verb="officer_moved")
    assert event.state == "FR"
    assert set(event.facts) == {"from", "to"}


def test_twin_a_move_past_the_service_leaves_the_session_open() -> None:
    user = make_user("approver", state="DE")
    client = signed_in(user)
    queries.list_officers().filter(user=user).update(agency=make_agency(state="FR"))
    assert client.get("/start/").status_code == 200


def test_after_the_move_only_the_new_state_counts(now: datetime) -> None:
    user = make_user("origin_officer", state="KE")
    make_nomination(user, now=now)
    assert applications.list_nominations(user).count() == 1
    move(user, "origin", "PH")
    fresh = User.objects.get(pk=user.pk)
    assert applications.list_nominations(fresh).count() == 0
    stays = make_user("origin_officer", state="KE")
    assert applications.list_nominations(stays).count() == 1


@pytest.mark.parametrize(
    ("role", "kind", "state", "refusal"),
    [
        ("approver", "origin", "FR", Invalid),
        ("approver", "clearing_house", None, Invalid),
        ("helper", "destination", "FR", Invalid),
    ],
)
def test_move_to_an_agency_without_the_role_is_refused(
    role: str, kind: str, state: str | None, refusal: type[Exception]
) -> None:
    user = make_user(role, state="DE")
    with pytest.raises(refusal):
        move(user, kind, state)
    assert not Event.objects.filter(verb="officer_moved").exists()


def test_move_of_somebody_without_a_role_is_refused() -> None:
    user, by = make_user("approver", state="DE"), make_user("administrator")
    services.end_role(by=by, user_id=user.public_id, role="approver", now=clock.now())
    with pytest.raises(NotNow):
        move(user)


def test_move_to_the_same_agency_is_refused() -> None:
    user = make_user("approver", state="DE")
    agency = queries.officer_of(user).agency
    with pytest.raises(Conflict):
        services.move_official(
            by=make_user("administrator"), user_id=user.public_id, agency_id=agency.public_id
        )


def test_move_by_others_of_oneself_and_of_workers_is_refused() -> None:
    user, agency = make_user("approver", state="DE"), make_agency(state="FR")
    with pytest.raises(Forbidden):
        services.move_official(
            by=make_user("auditor"), user_id=user.public_id, agency_id=agency.public_id
        )
    by = make_user("administrator")
    with pytest.raises(Forbidden):
        services.move_official(by=by, user_id=by.public_id, agency_id=agency.public_id)
    with pytest.raises(NotFound):
        services.move_official(
            by=by, user_id=make_user("worker").public_id, agency_id=agency.public_id
        )


def test_administrator_moves_on_the_page() -> None:
    user, agency = make_user("approver", state="DE"), make_agency(state="FR")
    client = signed_in(make_user("administrator"))
    page = f"/administration/people/{user.public_id}/move/"
    assert "signed out everywhere" in client.get(page).content.decode()
    assert client.post(page, {"agency": str(agency.public_id), "position": "Head"}).url == (
        f"/administration/people/{user.public_id}/"
    )
    assert queries.state_of(User.objects.get(pk=user.pk)).iso2 == "FR"
    wrong = make_agency("origin", state="FR")
    answer = client.post(page, {"agency": str(wrong.public_id)})
    assert answer.context["form"].errors["agency"]
