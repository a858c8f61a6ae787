"""Results by program."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.factories.accounts import make_user
from tests.factories.matching import lead, make_world

pytestmark = pytest.mark.django_db

Caller = Callable[[User], APIClient]


def test_result_explains_every_wish_after_the_release(caller: Caller) -> None:
    world = make_world([(0,), (0, 1)], status="certified")
    user = world.workers[1].user
    assert user is not None
    client, path = caller(user), f"/api/v1/results/{world.number}/"
    assert client.get(path).status_code == 404
    assert client.get("/api/v1/results/").json() == []
    lead(world, "released")
    (listed,) = client.get("/api/v1/results/").json()
    shown = client.get(path).json()
    assert shown == listed
    de, fr = (quota.reference for quota in world.quotas)
    assert (shown["placed"], shown["posting"], shown["seat"]) == (True, fr, "open")
    assert shown["lottery_of"] == 2
    assert shown["plan_digest"] == world.reload().plan_digest
    first, second = shown["wishes"]
    assert (first["choice"], first["posting"], first["result"]) == (1, de, "cutoff_not_met")
    assert (first["points"], first["cutoff"], first["gap"]) == (210, 220, 10)
    assert sum(part["points"] for part in first["parts"]) == 210
    assert (second["result"], second["cutoff"]) == ("placed", None)


def test_result_of_somebody_without_a_place(caller: Caller) -> None:
    world = make_world([(0,), (0,)])
    user = world.workers[1].user
    assert user is not None
    shown = caller(user).get(f"/api/v1/results/{world.number}/").json()
    assert (shown["placed"], shown["posting"], shown["seat"]) == (False, None, "")


def test_results_are_the_callers_own(caller: Caller, stranger: APIClient) -> None:
    world = make_world([(0,)])
    path = f"/api/v1/results/{world.number}/"
    assert stranger.get(path).status_code == 401
    assert caller(world.operator).get(path).status_code == 403
    assert caller(make_user("worker")).get(path).status_code == 404
    assert caller(make_user("worker")).get("/api/v1/results/").json() == []
