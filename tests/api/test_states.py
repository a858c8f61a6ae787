"""States for programs."""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


def test_list_states_gives_pages_by_code(stranger: APIClient) -> None:
    first = stranger.get("/api/v1/states/?page_size=150").json()
    second = stranger.get(first["next"]).json()
    codes = [row["iso2"] for row in first["results"] + second["results"]]
    assert len(codes) == 197
    assert codes == sorted(codes)
    assert second["next"] is None


@pytest.mark.parametrize("search", ["Germany", "Allemagne", "Alemania", "ألمانيا", "deu"])
def test_list_states_finds_by_code_or_name(search: str, stranger: APIClient) -> None:
    rows = stranger.get("/api/v1/states/", {"search": search}).json()["results"]
    assert [row["iso2"] for row in rows] == ["DE"]


def test_show_state_with_figures_and_their_years(stranger: APIClient) -> None:
    row = stranger.get("/api/v1/states/DE/").json()
    assert row["names"] == {
        "en": "Germany",
        "fr": "Allemagne",
        "es": "Alemania",
        "ar": "ألمانيا",
    }
    assert row["population"] > 80_000_000
    assert (row["population_year"], row["iso3"]) == (2024, "DEU")


def test_show_state_that_is_absent(stranger: APIClient) -> None:
    response = stranger.get("/api/v1/states/XX/")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("size", [1, 30])
def test_list_states_costs_the_same_for_any_size(
    size: int, stranger: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert len(stranger.get(f"/api/v1/states/?page_size={size}").json()["results"]) == size
