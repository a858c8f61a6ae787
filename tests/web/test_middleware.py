"""What happens around every page."""

import pytest
from django.test import Client

from tests.factories.accounts import make_user
from tests.web.doors import signed_in

pytestmark = pytest.mark.django_db

SENTENCE = "We could not read this request"


@pytest.mark.parametrize(
    "address",
    ["/jobs/?search=%00", "/jobs/?%00=1", "/%00/", "/nothing/a%00b/", "/account/login/?next=%00"],
)
def test_nul_in_an_address_is_refused_with_a_page(address: str) -> None:
    response = Client(raise_request_exception=False).get(address)
    assert (response.status_code, response["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert SENTENCE in response.content.decode()


def test_nul_is_refused_in_the_readers_language() -> None:
    client = Client(raise_request_exception=False)
    response = client.get("/jobs/?search=%00", HTTP_ACCEPT_LANGUAGE="fr")
    assert response.status_code == 400
    assert SENTENCE not in response.content.decode()


def test_nul_in_a_cookie_is_refused() -> None:
    client = Client(raise_request_exception=False)
    response = client.get("/", HTTP_COOKIE='session="\\000abcdefghijk"')
    assert response.status_code == 400


def test_nul_in_a_form_is_refused() -> None:
    client = signed_in(make_user("worker"))
    client.raise_request_exception = False
    response = client.post(
        "/account/login/", "login=a%00b", content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 400


def test_percent_sign_and_zeros_are_no_nul() -> None:
    assert Client().get("/account/login/?next=%2500").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/api/v1/states/?search=%00", "/api/v1/quotas/?search=a%00", "/api/v1/states/%00/"],
)
def test_nul_to_the_api_is_refused_with_a_problem(address: str) -> None:
    response = Client(raise_request_exception=False).get(address)
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response.json() == {
        "type": "about:blank",
        "title": SENTENCE,
        "status": 400,
        "code": "bad_request",
    }
