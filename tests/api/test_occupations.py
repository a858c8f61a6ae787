"""Occupations for programs."""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


def test_list_occupations_has_all_groups(stranger: APIClient) -> None:
    address: str | None = "/api/v1/occupations/?page_size=100"
    codes: list[str] = []
    while address:
        page = stranger.get(address).json()
        codes += [row["code"] for row in page["results"]]
        address = page["next"]
    assert len(codes) == len(set(codes)) == 619
    assert codes == sorted(codes)


def test_list_occupations_narrows_by_level_and_search(stranger: APIClient) -> None:
    found = stranger.get("/api/v1/occupations/", {"level": 4, "search": "welders"}).json()
    assert [row["code"] for row in found["results"]] == ["7212"]
    assert found["results"][0]["titles"]["en"].startswith("Welders")


def test_list_occupations_with_wrong_level_names_the_field(stranger: APIClient) -> None:
    response = stranger.get("/api/v1/occupations/", {"level": "four"})
    assert (response.status_code, list(response.json()["errors"])) == (422, ["level"])


def test_show_occupation_keeps_leading_zeros(stranger: APIClient) -> None:
    assert stranger.get("/api/v1/occupations/0110/").json()["level"] == 4


def test_show_occupation_that_is_absent(stranger: APIClient) -> None:
    assert stranger.get("/api/v1/occupations/9999/").status_code == 404


@pytest.mark.parametrize("size", [1, 30])
def test_list_occupations_costs_the_same_for_any_size(
    size: int, stranger: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        rows = stranger.get(f"/api/v1/occupations/?page_size={size}").json()["results"]
        assert len(rows) == size
