"""Reads of the registry: names in the reader's language, unknown figures last."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from clearinghouse.registry import queries
from clearinghouse.shared.errors import NotFound
from tests.factories.accounts import make_user
from tests.factories.registry import make_agency

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "Germany"), ("fr", "Allemagne"), ("es", "Alemania"), ("ar", "ألمانيا")],
)
def test_state_name_follows_the_active_language(language: str, name: str) -> None:
    with translation.override(language):
        assert queries.state_name(queries.get_state("de")) == name
        assert ("DE", name) in queries.state_choices()


def test_state_choices_sort_without_regard_to_accents() -> None:
    with translation.override("fr"):
        names = [label for _code, label in queries.state_choices()]
    assert names.index("Égypte") < names.index("Équateur") < names.index("Espagne")


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Cooks"), ("fr", "Cuisiniers"), ("es", "Cocineros"), ("ar", "Cooks")],
)
def test_occupation_title_in_arabic_falls_back_to_english(language: str, title: str) -> None:
    with translation.override(language):
        assert queries.occupation_title(queries.get_occupation("5120")) == title


def test_occupation_choices_are_unit_groups_unless_asked() -> None:
    assert len(queries.occupation_choices()) == 436
    assert len(queries.occupation_choices(level=1)) == 10


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Arabic"), ("fr", "arabe"), ("es", "árabe"), ("ar", "العربية")]
)
def test_language_choices_follow_the_active_language(language: str, name: str) -> None:
    with translation.override(language):
        choices = queries.language_choices()
    assert ("ar", name) in choices
    assert len(choices) == 84


def test_get_of_nonsense_is_not_found() -> None:
    for ask in (
        lambda: queries.get_state("ZZ"),
        lambda: queries.get_occupation("9999"),
        lambda: queries.get_agency("nonsense"),
    ):
        with pytest.raises(NotFound):
            ask()


@pytest.mark.parametrize("search", ["deu", "DE", "allemagne", "ألمانيا", " Germany "])
def test_list_states_finds_by_code_and_by_name_in_any_language(search: str) -> None:
    assert "DE" in [state.iso2 for state in queries.list_states(search)]


@pytest.mark.parametrize("order", ["gdp", "-gdp"])
def test_list_states_puts_unknown_figures_last(order: str) -> None:
    assert queries.list_states(order=order).last().gdp_usd is None


def test_list_states_orders_by_figure() -> None:
    assert queries.list_states(order="-population").first().iso2 == "IN"


def test_list_occupations_by_start_of_code_and_title() -> None:
    assert {row.code for row in queries.list_occupations("512", level=4)} == {"5120"}
    assert "5120" in {row.code for row in queries.list_occupations("cuisinier")}


@pytest.mark.parametrize(
    ("role", "state"), [("caseworker", "DE"), ("origin_officer", "PH"), ("operator", None)]
)
def test_state_of_an_official_is_that_of_the_office(role: str, state: str | None) -> None:
    found = queries.state_of(make_user(role, state=state))
    assert (found.iso2 if found else None) == state


def test_officer_of_nobody_is_none() -> None:
    assert queries.officer_of(AnonymousUser()) is None
    assert queries.officer_of(None) is None
    assert queries.state_of(make_user("worker")) is None


def test_officer_of_asks_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = make_user("caseworker", state="DE")
    with django_assert_num_queries(1):
        assert queries.officer_of(user).agency.state.iso2 == "DE"
        assert queries.state_of(user).iso2 == "DE"


def test_list_officers_by_agency_and_name() -> None:
    user = make_user("caseworker", state="DE")
    make_user("caseworker", state="FR")
    agency = queries.officer_of(user).agency
    assert [row.user for row in queries.list_officers(agency_id=agency.public_id)] == [user]
    assert [row.user for row in queries.list_officers(search=user.email)] == [user]


def test_list_agencies_counts_officials_and_filters() -> None:
    user = make_user("caseworker", state="DE")
    make_agency("destination", state="FR", name="Bureau")
    [german] = queries.list_agencies(state="DE", kind="destination")
    assert (german, german.officer_count) == (queries.officer_of(user).agency, 1)
    assert [row.name for row in queries.list_agencies(search="france")] == ["Bureau"]


def test_list_programmes_have_sources() -> None:
    programmes = queries.list_programmes()
    assert len(programmes) == 95
    assert all(row["source_title"] for row in programmes)
