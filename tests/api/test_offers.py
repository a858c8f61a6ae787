"""Offers by program."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from clearinghouse.shared import clock
from tests.factories.accounts import make_user
from tests.factories.matching import RELEASED, World, make_world
from tests.factories.offers import offer_of

pytestmark = pytest.mark.django_db

Caller = Callable[[User], APIClient]


@pytest.fixture(autouse=True)
def _after_the_release(_clock_stands_still: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: RELEASED)


def user_of(world: World, number: int) -> User:
    user = world.workers[number].user
    assert user is not None
    return user


def test_offers_are_listed_to_their_owner_only(caller: Caller, stranger: APIClient) -> None:
    world = make_world([(0,), (1,), (0,)])
    (row,) = caller(user_of(world, 0)).get("/api/v1/offers/").json()["results"]
    offer = offer_of(world, 0)
    assert (row["id"], row["status"]) == (str(offer.public_id), "offered")
    assert (row["posting"], row["state"]) == (world.quotas[0].reference, "DE")
    assert caller(user_of(world, 2)).get("/api/v1/offers/").json()["results"] == []
    assert caller(make_user("worker")).get("/api/v1/offers/").json()["results"] == []
    assert stranger.get("/api/v1/offers/").status_code == 401
    assert caller(world.operator).get("/api/v1/offers/").status_code == 403


def test_others_offers_look_like_absent_ones(caller: Caller) -> None:
    world = make_world([(0,), (1,)])
    client, offer = caller(user_of(world, 1)), offer_of(world, 0)
    absent = "/api/v1/offers/00000000-0000-4000-8000-000000000000/"
    for path, act in (("", client.get), ("accept/", client.post), ("decline/", client.post)):
        hidden = act(f"/api/v1/offers/{offer.public_id}/{path}")
        missing = act(f"{absent}{path}")
        assert (hidden.status_code, hidden.json()) == (missing.status_code, missing.json())
        assert hidden.status_code == 404


def test_accept_twice_and_then_decline(caller: Caller) -> None:
    world = make_world([(0,)])
    client, offer = caller(user_of(world, 0)), offer_of(world, 0)
    path = f"/api/v1/offers/{offer.public_id}/"
    first, second = client.post(f"{path}accept/"), client.post(f"{path}accept/")
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert first.json()["status"] == "accepted"
    other = client.post(f"{path}decline/")
    assert (other.status_code, other.json()["code"]) == (409, "answered")
    assert client.get(path).json()["status"] == "accepted"


def test_decline_after_the_deadline_is_late(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world([(0,)])
    monkeypatch.setattr(clock, "now", lambda: RELEASED + timedelta(days=14))
    path = f"/api/v1/offers/{offer_of(world, 0).public_id}/decline/"
    answer = caller(user_of(world, 0)).post(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "late")


def test_list_offers_takes_a_constant_number_of_queries(
    caller: Caller, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    world = make_world([(0,)])
    client = caller(user_of(world, 0))
    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        client.get("/api/v1/offers/")
