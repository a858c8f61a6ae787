"""Sessions are short, listed, and end with the next request once something is revoked."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db.models import F
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts import queries as accounts
from accounts.models import Session, User
from accounts.services import confirm_address
from accounts.sessions import family_of
from clearinghouse.audit.models import Event
from clearinghouse.registry import services
from clearinghouse.shared import clock
from tests.factories.accounts import code_now, make_user
from tests.factories.registry import make_agency
from tests.web.doors import signed_in, text_of

pytestmark = pytest.mark.django_db
PASSWORD = "seven green bicycles"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def _nobody_has_called_yet() -> None:
    """Forget the calls that the throttle of the API has counted."""
    cache.clear()


def with_password(role: str) -> User:
    """Make a person who can sign in with a password."""
    user = make_user(role, state="DE")
    user.set_password(PASSWORD)
    user.save()
    confirm_address(user)
    return user


def sign_in(user: User, *, code: str = "", agent: str = FIREFOX) -> Client:
    """Sign in with the forms of the portal."""
    client = Client(headers={"User-Agent": agent})
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    if code:
        client.post(reverse("mfa_authenticate"), {"code": code})
    return client


def is_in(client: Client) -> bool:
    """Tell whether the next request still belongs to somebody."""
    return client.get(reverse("my-messages")).status_code == 200


def pass_time(
    client: Client, idle: timedelta = timedelta(), since: timedelta = timedelta()
) -> None:
    """Let time pass since the last use, and since the sign-in."""
    Session.objects.filter(session_key=client.session.session_key).update(
        seen_at=F("seen_at") - idle,
        expire_date=F("expire_date") - idle,
        started_at=F("started_at") - since,
    )


@pytest.mark.parametrize(("role", "minutes"), [("operator", 15), ("worker", 60), ("helper", 60)])
def test_session_ends_after_some_time_without_use(role: str, minutes: int) -> None:
    client = signed_in(make_user(role))
    pass_time(client, timedelta(minutes=1))
    assert is_in(client)
    pass_time(client, timedelta(minutes=minutes - 1))
    assert is_in(client)
    pass_time(client, timedelta(minutes=minutes + 1))
    assert not is_in(client)


def test_twin_a_session_that_is_not_counted_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(make_user("operator"))
    pass_time(client, timedelta(minutes=1))
    assert is_in(client)
    Session.objects.update(expire_date=F("expire_date") + timedelta(days=1))
    pass_time(client, timedelta(minutes=16))
    assert is_in(client)


def test_session_in_use_ends_twelve_hours_after_the_sign_in() -> None:
    client = signed_in(make_user("worker"))
    pass_time(client, timedelta(minutes=1), since=timedelta(hours=11, minutes=58))
    assert is_in(client)
    pass_time(client, timedelta(minutes=1), since=timedelta(minutes=1))
    assert is_in(client)
    pass_time(client, timedelta(minutes=1), since=timedelta(minutes=2))
    assert not is_in(client)


def test_page_that_asks_by_itself_keeps_no_session_going() -> None:
    client = signed_in(make_user("operator"))
    pass_time(client, timedelta(minutes=2))
    before = Session.objects.get().seen_at
    client.get(reverse("my-messages"), headers={"X-Requested-With": "XMLHttpRequest"})
    assert Session.objects.get().seen_at == before
    client.get(reverse("my-messages"))
    assert Session.objects.get().seen_at > before


def test_sign_in_gives_a_new_key() -> None:
    user = with_password("worker")
    client = Client()
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies["session"] = session.session_key
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert is_in(client)
    assert client.cookies["session"].value != session.session_key
    assert not Session.objects.filter(session_key=session.session_key).exists()
    intruder = Client()
    intruder.cookies["session"] = session.session_key
    assert not is_in(intruder)


def test_sign_in_with_two_steps_gives_a_new_key_too() -> None:
    user = with_password("operator")
    client = sign_in(user)
    between = client.cookies["session"].value
    client.post(reverse("mfa_authenticate"), {"code": code_now()})
    assert is_in(client)
    intruder = Client()
    intruder.cookies["session"] = between
    assert not is_in(intruder)


def test_account_page_lists_sessions_and_marks_this_one() -> None:
    user = with_password("worker")
    client, other = sign_in(user), sign_in(user, agent="Mozilla Chrome/140 Safari/537 Android")
    text = text_of(client.get(reverse("account-sessions")))
    assert "Firefox · Linux" in text
    assert "Chrome · Android" in text
    assert text.count("This one") == 1
    assert "127.0.0.1" not in text
    assert is_in(other)


def test_list_of_sessions_takes_the_same_queries_for_more(
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    user = make_user("worker")
    client = signed_in(user)
    client.get(reverse("account-sessions"))
    for _ in range(5):
        signed_in(user)
    with django_assert_num_queries(1):
        assert len(list(accounts.list_sessions(user))) == 6
    assert client.get(reverse("account-sessions")).status_code == 200


def test_one_session_is_ended_or_all_others() -> None:
    user = make_user("worker")
    client, second, third = (signed_in(user) for _ in range(3))
    wanted = Session.objects.get(session_key=second.session.session_key).public_id
    client.post(reverse("account-sessions"), {"session": str(wanted)})
    assert [is_in(one) for one in (client, second, third)] == [True, False, True]
    client.post(reverse("account-sessions"), {"others": "1"})
    assert [is_in(one) for one in (client, third)] == [True, False]
    assert Event.objects.filter(verb="session_ended").count() == 2


def test_session_of_somebody_else_is_not_found() -> None:
    other = signed_in(make_user("worker"))
    wanted = Session.objects.get(session_key=other.session.session_key).public_id
    client = signed_in(make_user("worker"))
    for value in (str(wanted), "nonsense"):
        assert client.post(reverse("account-sessions"), {"session": value}).status_code == 404
    assert is_in(other)


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        (FIREFOX, "Firefox · Linux"),
        ("Mozilla/5.0 (iPhone) Version/18 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge · Windows"),
        ("<script>", ""),
        ("", ""),
    ],
)
def test_family_of_browser(agent: str, family: str) -> None:
    assert family_of(agent) == family


# Everything revoked counts from the next request on


def close(user: User, by: User) -> None:
    services.set_account_active(by=by, user_id=user.public_id, active=False, now=clock.now())


def end(user: User, by: User) -> None:
    services.end_role(by=by, user_id=user.public_id, role="caseworker", now=clock.now())


def move(user: User, by: User) -> None:
    agency = make_agency(state="FR")
    services.move_official(by=by, user_id=user.public_id, agency_id=agency.public_id)


def change_password(user: User, by: User) -> None:
    user.set_password("another good one")
    user.save()
    services.revoke_access(user)


def change_factor(user: User, by: User) -> None:
    services.note_factor(by=user, kind="totp", added=True, keep="")


def leave_everywhere(user: User, by: User) -> None:
    services.end_other_sessions(by=user, keep="")


WAYS = [close, end, move, change_password, change_factor, leave_everywhere]


# In the gate a request or two of each; `REVOCATIONS=170` makes it a thousand requests and more.
TIMES = int(os.environ.get("REVOCATIONS", "2"))


@pytest.mark.parametrize("revoke", WAYS)
def test_nothing_works_from_the_next_request_on(revoke: Callable[[User, User], None]) -> None:
    administrator, worked = make_user("administrator"), 0
    for _ in range(TIMES):
        cache.clear()
        user = make_user("caseworker", state="DE")
        client = signed_in(user)
        _, token = AuthToken.objects.create(user)
        program = APIClient()
        program.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        assert client.get(reverse("state-checks")).status_code == 200
        assert program.get(reverse("api-files")).status_code == 200
        revoke(user, administrator)
        for _ in range(3):
            worked += client.get(reverse("state-checks")).status_code == 200
            if revoke is not leave_everywhere:
                worked += program.get(reverse("api-files")).status_code == 200
    assert worked == 0


def test_twin_a_role_kept_in_memory_still_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    user, by = make_user("caseworker", state="DE"), make_user("administrator")
    client, kept = signed_in(user), frozenset({"caseworker"})
    assert client.get(reverse("state-checks")).status_code == 200
    end(user, by)
    assert client.get(reverse("state-checks")).status_code == 403
    for place in ("clearinghouse.web.guard", "clearinghouse.access.checks"):
        monkeypatch.setattr(f"{place}.roles_of", lambda _user: kept)
    assert client.get(reverse("state-checks")).status_code == 200


def test_role_given_counts_from_the_next_request_on() -> None:
    user, by = make_user("caseworker", state="DE"), make_user("administrator")
    client = signed_in(user)
    assert client.get(reverse("state-quota-new")).status_code == 403
    office = services.appoint(
        by=by,
        user=user,
        agency_id=_agency_of(user),
        role="quota_officer",
        now=clock.now(),
    )
    assert office.user_id == user.pk
    assert client.get(reverse("state-quota-new")).status_code == 200


def _agency_of(user: User) -> Any:
    from clearinghouse.registry.queries import officer_of

    officer = officer_of(user)
    assert officer is not None
    return officer.agency.public_id


def test_password_changed_in_the_portal_ends_the_others_and_tokens() -> None:
    user = with_password("worker")
    client, other = sign_in(user), sign_in(user)
    AuthToken.objects.create(user)
    answers = {"oldpassword": PASSWORD, "password1": "nine blue kettles", "password2": ""}
    answers["password2"] = answers["password1"]
    client.post(reverse("account_change_password"), answers)
    assert not is_in(other)
    assert not AuthToken.objects.filter(user=user).exists()


def test_factor_removed_in_the_portal_ends_the_others() -> None:
    user = make_user("operator")
    client, other = signed_in(user), signed_in(user)
    AuthToken.objects.create(user)
    client.post(reverse("mfa_deactivate_totp"))
    assert not is_in(other)
    assert not AuthToken.objects.filter(user=user).exists()
    assert client.get(reverse("my-home")).url == reverse("mfa_index")
    assert Event.objects.filter(verb="factor_removed").exists()
