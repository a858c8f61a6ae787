"""Signed results by program."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from clearinghouse.matching import queries
from clearinghouse.shared import signing
from tests.factories.accounts import make_user
from tests.factories.matching import lead, make_world

pytestmark = pytest.mark.django_db

Caller = Callable[[User], APIClient]


def test_signed_result_in_the_language_of_the_account(caller: Caller) -> None:
    world = make_world([(0,), (0, 1)], status="certified")
    user = world.workers[1].user
    assert user is not None
    User.objects.filter(pk=user.pk).update(language="fr")
    user.refresh_from_db()
    client, path = caller(user), f"/api/v1/results/{world.number}/signed/"
    assert client.get(path).status_code == 404
    lead(world, "released")
    shown = client.get(path).json()
    assert (shown["language"], shown["key"]) == ("fr", signing.key_id())
    document = queries.check_explanation(shown["jws"]).document
    assert document["language"] == "fr"
    assert document["result"] == {"posting": world.quotas[1].reference, "seat": "open"}
    arabic = client.get(path, {"language": "ar"}).json()
    assert queries.check_explanation(arabic["jws"]).document["language"] == "ar"
    assert client.get(path).json() == shown


def test_paper_is_a_pdf(caller: Caller) -> None:
    world = make_world([(0,)])
    user = world.workers[0].user
    assert user is not None
    response = caller(user).get(f"/api/v1/results/{world.number}/paper/?language=es")
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    assert b"/Lang (es)" in response.content


@pytest.mark.parametrize("name", ["signed", "paper"])
def test_signed_results_are_the_callers_own(caller: Caller, stranger: APIClient, name: str) -> None:
    world = make_world([(0,)])
    path = f"/api/v1/results/{world.number}/{name}/"
    assert stranger.get(path).status_code == 401
    for role in ("operator", "certifier", "auditor", "helper"):
        assert caller(make_user(role)).get(path).status_code == 403
    assert caller(make_user("worker")).get(path).status_code == 404


def test_keys_are_public(stranger: APIClient) -> None:
    answer = stranger.get("/api/v1/keys/")
    assert answer.status_code == 200
    assert answer.json() == signing.public_keys()
