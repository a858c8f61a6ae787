"""Every refusal is a problem body in the caller's language."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.test import RequestFactory
from rest_framework.exceptions import Throttled
from rest_framework.settings import api_settings
from rest_framework.test import APIClient, APIRequestFactory
from rest_framework.throttling import AnonRateThrottle

from accounts import services as accounts
from accounts.models import User
from clearinghouse.api.errors import problem_response
from clearinghouse.api.failures import server_error
from clearinghouse.shared.errors import DomainError
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db

PROBLEM = "application/problem+json"


def test_problem_has_type_title_status_and_code(stranger: APIClient) -> None:
    response = stranger.get("/api/v1/states/XX/")
    assert response["Content-Type"] == PROBLEM
    assert response.json() == {
        "type": "about:blank",
        "title": "There is no such state.",
        "status": 404,
        "code": "not_found",
    }


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_problem_at_an_address_that_does_not_exist(method: str, stranger: APIClient) -> None:
    response = getattr(stranger, method)("/api/v1/nothing/here/")
    assert (response.status_code, response["Content-Type"]) == (404, PROBLEM)
    assert response.json()["code"] == "not_found"


def test_problem_of_a_malformed_id_is_a_problem_too(stranger: APIClient) -> None:
    assert stranger.get("/api/v1/quotas/seven/")["Content-Type"] == PROBLEM


def test_problem_without_token(stranger: APIClient) -> None:
    response = stranger.post("/api/v1/quotas/", {})
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Token")
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("token", ["unknown", "ÿþ", "a b", ""])
def test_problem_with_unknown_token(token: str, stranger: APIClient) -> None:
    response = stranger.get("/api/v1/quotas/", HTTP_AUTHORIZATION=f"Token {token}".strip())
    assert (response.status_code, response["Content-Type"]) == (401, PROBLEM)


def test_problem_with_token_of_a_closed_account(caller: Callable[[User], APIClient]) -> None:
    user = make_user("quota_officer", state="DE")
    client = caller(user)
    accounts.set_active(user, active=False)
    response = client.get("/api/v1/quotas/")
    assert (response.status_code, response.json()["code"]) == (401, "token_not_valid")


def test_problem_with_token_of_a_role_without_api(caller: Callable[[User], APIClient]) -> None:
    response = caller(make_user("helper")).post("/api/v1/quotas/", {})
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


def test_problem_with_broken_json(caller: Callable[[User], APIClient]) -> None:
    client = caller(make_user("quota_officer", state="DE"))
    response = client.post("/api/v1/quotas/", "{", content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("body", ["[]", '"text"', "7", "null"])
def test_problem_with_json_that_is_no_object(
    body: str, caller: Callable[[User], APIClient]
) -> None:
    client = caller(make_user("quota_officer", state="DE"))
    response = client.post("/api/v1/quotas/", body, content_type="application/json")
    assert response.status_code == 422


def test_problem_with_another_media_type(caller: Callable[[User], APIClient]) -> None:
    client = caller(make_user("quota_officer", state="DE"))
    response = client.post("/api/v1/quotas/", "a=1", content_type="text/plain")
    assert (response.status_code, response["Content-Type"]) == (415, PROBLEM)


def test_problem_with_a_method_that_is_not_there(stranger: APIClient) -> None:
    response = stranger.delete("/api/v1/states/")
    assert (response.status_code, response["Content-Type"]) == (405, PROBLEM)
    assert response["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("language", ["fr", "es", "ar"])
def test_problem_speaks_the_callers_language(language: str, stranger: APIClient) -> None:
    response = stranger.get("/api/v1/states/XX/", HTTP_ACCEPT_LANGUAGE=language)
    assert response["Content-Language"] == language


def test_problem_fields_speak_the_callers_language(caller: Callable[[User], APIClient]) -> None:
    client = caller(make_user("quota_officer", state="DE"))
    response = client.post("/api/v1/quotas/", {}, HTTP_ACCEPT_LANGUAGE="fr")
    assert response.json()["errors"]["title"] == ["Ce champ est obligatoire."]


@pytest.fixture
def _own_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count in this process alone: tests beside this one empty the cache of all."""
    monkeypatch.setattr(AnonRateThrottle, "cache", LocMemCache(str(uuid4()), {}))


@pytest.mark.usefixtures("_own_counter")
def test_problem_after_too_many_requests(stranger: APIClient) -> None:
    for _ in range(121):
        response = stranger.get("/api/v1/states/DE/")
    assert (response.status_code, response["Content-Type"]) == (429, PROBLEM)
    assert int(response["Retry-After"]) > 0


def test_problem_of_an_unknown_kind_of_refusal_is_400() -> None:
    response = problem_response(DomainError("Refused."), {})
    assert response is not None
    assert (response.status_code, response.data["code"]) == (400, "refused")


def test_problem_of_a_throttle_keeps_its_header() -> None:
    request = APIRequestFactory().get("/")
    response = problem_response(Throttled(wait=3), {"request": request})
    assert response is not None
    assert response["Retry-After"] == "3"


def test_bug_is_no_problem_body() -> None:
    assert problem_response(ZeroDivisionError(), {}) is None


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_problem_with_json_that_is_nested_too_deeply(
    opening: str, caller: Callable[[User], APIClient]
) -> None:
    client = caller(make_user("quota_officer", state="DE"))
    client.raise_request_exception = False
    closing = "]" if opening == "[" else "}"
    nested = opening * 2000 + "1" + closing * 2000
    response = client.post("/api/v1/quotas/", nested, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    assert response.json()["code"] == "parse_error"


def test_bug_under_the_api_is_answered_with_a_problem(
    stranger: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clearinghouse.api.states.queries.get_state", lambda _code: 1 / 0)
    stranger.raise_request_exception = False
    response = stranger.get("/api/v1/states/DE/", HTTP_ACCEPT_LANGUAGE="en")
    assert (response.status_code, response["Content-Type"]) == (500, PROBLEM)
    assert response.json() == {
        "type": "about:blank",
        "title": "Something went wrong on our side",
        "status": 500,
        "code": "error",
    }


def test_bug_of_a_page_is_answered_with_a_page() -> None:
    response = server_error(RequestFactory().get("/jobs/"))
    assert (response.status_code, response["Content-Type"]) == (500, "text/html; charset=utf-8")


@pytest.mark.usefixtures("_own_counter")
def test_throttle_does_not_believe_what_strangers_forward(stranger: APIClient) -> None:
    for number in range(121):
        response = stranger.get("/api/v1/states/DE/", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
    assert response.status_code == 429


def test_throttle_counts_by_what_the_trusted_proxy_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_settings, "NUM_PROXIES", 1)
    throttle = AnonRateThrottle()
    idents = {
        throttle.get_ident(
            RequestFactory().get("/", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}, 203.0.113.9")
        )
        for number in range(3)
    }
    assert idents == {"203.0.113.9"}


def test_proxies_are_trusted_only_behind_tls(settings: Any) -> None:
    expected = 1 if settings.BEHIND_TLS else 0
    assert settings.REST_FRAMEWORK["NUM_PROXIES"] == expected
    assert expected == settings.ALLAUTH_TRUSTED_PROXY_COUNT
