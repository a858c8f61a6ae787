"""Every act of the table asks for a fresh second factor, then goes on with nothing lost."""

import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.models import Attempt, User
from accounts.queries import held_roles
from clearinghouse.access.sensitive import ACTS, HEADER, Page
from tests.factories.accounts import code_now, make_user
from tests.factories.registry import make_agency
from tests.web.doors import signed_in, text_of

pytestmark = pytest.mark.django_db
NAMES = sorted({name for name in get_resolver().reverse_dict if isinstance(name, str)})
WORDS = {"number": 1, "role": "operator", "pk": 1, "token_id": "0" * 16}


def names_of(page: Page) -> list[str]:
    """List the pages that a line of the table means."""
    return [name for name in NAMES if fnmatchcase(name, page.name)]


def address_of(name: str, words: dict[str, str]) -> str:
    """Return some address of a page."""
    wanted = get_resolver().reverse_dict[name][0][0][1]
    return reverse(
        name, kwargs={one: words.get(one, WORDS.get(one, UUID(int=0))) for one in wanted}
    )


def pages() -> Iterator[Any]:
    """List every page of the table."""
    for act in ACTS:
        for page in act.pages:
            for name in names_of(page):
                yield pytest.param(name, page, id=f"{act.name}-{name}")


def operations() -> Iterator[Any]:
    """List every operation of the table."""
    for act in ACTS:
        for name in act.operations:
            yield pytest.param(name, id=f"{act.name}-{name}")


def grow_old(client: Client, seconds: int = 601) -> None:
    """Let time pass since the factor was shown."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - seconds
    session.save()


def stale(user: User) -> Client:
    """Give a browser in which the factor was shown too long ago."""
    client = signed_in(user)
    grow_old(client)
    return client


def asks(answer: Any) -> bool:
    """Tell whether an answer asks for the factor instead of acting."""
    if answer.status_code == 302:
        return "reauthenticate" in answer.url
    return answer.status_code == 403 and "confirm-code" in text_of(answer)


def test_table_names_at_least_fourteen_acts_with_pages_that_exist() -> None:
    assert len(ACTS) >= 14
    assert len({act.name for act in ACTS}) == len(ACTS)
    empty = {act.name for act in ACTS if not any(names_of(page) for page in act.pages)}
    assert not empty
    assert {name for act in ACTS for name in act.operations} <= set(NAMES)


@pytest.mark.parametrize(("name", "page"), list(pages()))
def test_act_asks_a_stale_session_and_twin_does_not(name: str, page: Page, settings: Any) -> None:
    client = stale(make_user("operator"))
    address = address_of(name, dict(page.words))
    assert asks(client.post(address))
    if page.on_opening:
        assert asks(client.get(address))
    settings.FRESH_FACTOR_SECONDS = 0
    assert not asks(client.post(address))


@pytest.mark.parametrize("name", list(operations()))
def test_operation_needs_a_code_and_twin_does_not(name: str, settings: Any) -> None:
    _, token = AuthToken.objects.create(make_user("operator"))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    address = address_of(name, {})
    codes = [client.post(address).data["code"]]
    codes.append(client.post(address, headers={HEADER: "000000"}).data["code"])
    assert codes == ["one_time_code_missing", "one_time_code_wrong"]
    settings.FRESH_FACTOR_SECONDS = 0
    assert not client.post(address).data["code"].startswith("one_time")


def test_code_is_good_once_and_twin_forgets() -> None:
    _, token = AuthToken.objects.create(make_user("operator"))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    address, code = reverse("api-round-void", args=[1]), code_now()
    answers = [client.post(address, headers={HEADER: code}).data["code"] for _ in range(2)]
    assert answers[0] != "one_time_code_wrong"
    assert answers[1] == "one_time_code_wrong"
    Attempt.objects.all().delete()
    assert client.post(address, headers={HEADER: code}).data["code"] == answers[0]


def test_program_that_guesses_codes_is_stopped_after_five() -> None:
    _, token = AuthToken.objects.create(make_user("operator"))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    address = reverse("api-round-void", args=[1])
    wrong = [client.post(address, headers={HEADER: f"00000{n}"}).status_code for n in range(7)]
    assert wrong == [403] * 5 + [429] * 2
    assert client.post(address, headers={HEADER: code_now()}).status_code == 429


def test_act_goes_on_with_what_was_filled_in() -> None:
    administrator, official = make_user("administrator"), make_user("operator")
    client = stale(administrator)
    address = reverse("admin-add-role", args=[official.public_id])
    agency = make_agency("clearing_house", state=None)
    filled = {"agency": str(agency.public_id), "role": "operator", "position": "Head & <b>"}
    official.role_grants.update(ended_at=official.created_at)
    page = client.post(address, filled)
    assert asks(page)
    assert dict(page.context["carried"]) == filled
    assert "Head &amp; &lt;b&gt;" in text_of(page)
    assert held_roles(official) == set()
    wrong = client.post(address, {**filled, "confirm-code": "000000"})
    assert asks(wrong)
    assert held_roles(official) == set()
    done = client.post(address, {**filled, "confirm-code": code_now()})
    assert done.url == reverse("admin-person", args=[official.public_id])
    assert held_roles(official) == {"operator"}
    assert not asks(client.post(address, filled))


def test_password_is_not_carried() -> None:
    client = stale(make_user("operator"))
    page = client.post(reverse("account_change_password"), {"oldpassword": "x", "password1": "y"})
    assert page.context["carried"] == []


def test_page_of_an_act_still_opens_without() -> None:
    client = stale(make_user("administrator"))
    assert client.get(reverse("admin-invite")).status_code == 200


def test_worker_without_a_factor_shows_the_password() -> None:
    user = make_user("worker")
    user.set_password("seven green bicycles")
    user.save()
    client = stale(user)
    address = reverse("account-tokens")
    page = client.post(address, {"days": "7"})
    assert page.status_code == 403
    assert "confirm-password" in text_of(page)
    answer = client.post(address, {"days": "7", "confirm-password": "wrong"})
    assert answer.status_code == 403
    answer = client.post(address, {"days": "7", "confirm-password": "seven green bicycles"})
    assert "Your new token" in text_of(answer)
