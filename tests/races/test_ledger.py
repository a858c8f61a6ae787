"""Many people answer for one posting at the same moment: the book stays exact."""

from collections import Counter
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clearinghouse.access.checks import SYSTEM
from clearinghouse.ledger import services
from clearinghouse.ledger.enums import Account, Kind
from clearinghouse.ledger.rules import Move, published
from clearinghouse.offers.models import Offer
from tests.factories.ledger import balances_of, check_balanced, switched_off
from tests.factories.matching import NOW, make_world
from tests.factories.offers import refill_whole
from tests.races.test_offers import LATER, answer, at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]


def test_twenty_answers_at_once_are_booked_exactly() -> None:
    world = make_world(
        [(0,)] * 22, places=(20, 1), reserve_share=(10, 0), protected=(3, 9), experience=[9] * 22
    )
    holders = [
        number
        for number, worker in enumerate(world.workers)
        if Offer.objects.filter(worker=worker).exists()
    ]
    assert len(holders) == 20
    acts = {number: "decline" if number % 4 == 0 else "accept" for number in holders}
    results = at_once([answer(world, number, act) for number, act in acts.items()])
    for (number, act), result in zip(acts.items(), results, strict=True):
        if result == "locked":
            answer(world, number, act)()
    expected = Counter(acts.values())
    assert balances_of(world.quotas[0]) == {
        "accepted": expected["accept"],
        "lapsed": expected["decline"],
    }
    check_balanced()
    refill_whole(world, now=LATER)
    assert balances_of(world.quotas[0])["offered"] == 2
    check_balanced()


def take_last_place() -> Any:
    """Book the last place away, in a transaction of its own."""
    moves = [Move(7, Kind.OFFERED, {Account.UNALLOTTED: -1, Account.OFFERED: 1})]
    try:
        with transaction.atomic():
            services.post(moves, by=SYSTEM, now=NOW)
    except IntegrityError:
        return "broken"
    return "taken"


def test_last_place_is_booked_once_and_often_without_the_check() -> None:
    with transaction.atomic():
        services.post([published(7, 1)], by=SYSTEM, now=NOW)
    results = Counter(at_once([take_last_place] * 20))
    assert results["taken"] == 1
    assert results["taken"] + results["ledger_negative"] + results["locked"] == 20
    # The twin: without the trigger that carries entries to balances, nothing holds anybody back.
    with switched_off("ledger_entry", "carry"):
        assert Counter(at_once([take_last_place] * 20)) == {"taken": 20}
