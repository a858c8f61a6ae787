"""Fifty people of one office ask at the same moment: the day ends at exactly 200 people."""

from collections import Counter
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from clearinghouse.exports.models import Budget, Taken
from clearinghouse.exports.sources import Selection
from tests.factories.exports import ask, make_list, make_office
from tests.races.test_offers import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]

CLIENTS, EACH = 50, 10


def asking(office: list[User]) -> list[Any]:
    """Let every colleague ask for ten people whom nobody else asks for."""
    for number in range(CLIENTS):
        make_list(office[0], EACH, group=f"part{number:02d}", first=number * EACH)

    def one(number: int) -> Any:
        selection = Selection(f"part{number:02d}")
        return lambda: ask(office[number % len(office)], selection).status

    return [one(number) for number in range(CLIENTS)]


def test_exactly_200_people_without_a_second_person() -> None:
    results = Counter(at_once(asking(make_office(10))))
    queued = results["queued"]
    assert results == {"queued": queued, "waiting": CLIENTS - queued}
    assert Taken.objects.count() == Budget.objects.get().people == queued * EACH == 200


def test_more_than_200_without_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: with rule and constraint off the same fifty take 500."""
    monkeypatch.setattr("clearinghouse.exports.rules.fits", lambda **_numbers: True)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE exports_budget DROP CONSTRAINT exports_budget_cap")
    try:
        assert set(at_once(asking(make_office(10)))) == {"queued"}
        assert Taken.objects.count() == 500
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM exports_budget")
            cursor.execute(
                "ALTER TABLE exports_budget ADD CONSTRAINT exports_budget_cap CHECK (people <= 200)"
            )
