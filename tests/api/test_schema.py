"""The OpenAPI document is valid and complete, and its page needs no inline script."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(stranger: APIClient) -> dict[str, Any]:
    return dict(stranger.get("/api/v1/schema/?format=json").json())


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield f"{method} {path}", item[method]


def test_schema_is_valid_openapi_31(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_schema_describes_every_operation_in_a_sentence(document: dict[str, Any]) -> None:
    without = [name for name, one in _operations(document) if not one.get("summary", "").strip()]
    assert without == []
    assert all(one["summary"].endswith(".") for _, one in _operations(document))


def test_schema_documents_refusals_as_problems(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        answers = operation["responses"]
        wanted = {"401", "422", "429"}
        wanted |= {"404"} if "{" in name else set()
        wanted |= set() if name.startswith("get") else {"400", "403", "409"}
        assert wanted <= set(answers), name
        for status in wanted:
            assert list(answers[status]["content"]) == ["application/problem+json"], name


def test_schema_names_the_token(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["token"]["in"] == "header"
    assert {"token": []} in document["paths"]["/api/v1/quotas/"]["post"]["security"]


def test_schema_gives_every_operation_its_own_name(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in _operations(document)]
    assert len(names) == len(set(names))


def test_schema_is_generated_without_complaint(capsys: pytest.CaptureFixture[str]) -> None:
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.generators import SchemaGenerator

    GENERATOR_STATS.reset()
    SchemaGenerator().get_schema(request=None, public=True)
    assert GENERATOR_STATS._error_cache == {}
    assert GENERATOR_STATS._warn_cache == {}


def test_docs_page_has_no_inline_script_or_style(stranger: APIClient) -> None:
    response = stranger.get("/api/v1/docs/", HTTP_ACCEPT="text/html")
    page = response.content.decode()
    assert response.status_code == 200
    assert re.findall(r"<script(?![^>]*src=)|<style|style=|onload=", page) == []
    assert "unsafe-inline" not in response["Content-Security-Policy"]
    script = stranger.get("/api/v1/docs/?script=", HTTP_ACCEPT="*/*")
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/v1/schema/" in script.content.decode()
