"""What the database refuses, by name."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clearinghouse.offers.models import Offer
from clearinghouse.shared.database import violated_constraint
from tests.factories.matching import RELEASED, make_world
from tests.factories.offers import offer_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "over"),
    [
        ("offers_offer_one_live_per_person", {"candidate": "another"}),
        ("offers_offer_once", {"status": "declined", "answered_at": RELEASED}),
        ("offers_offer_answered_at", {"answered_at": RELEASED}),
        ("offers_offer_answered_at", {"status": "lapsed", "candidate": "another"}),
        ("offers_offer_deadline", {"deadline": RELEASED, "candidate": "another"}),
    ],
)
def test_database_refuses(name: str, over: dict[str, Any]) -> None:
    world = make_world([(0,)])
    offer = offer_of(world, 0)
    given = {
        column: getattr(offer, column)
        for column in (
            "worker_id",
            "application_id",
            "quota_id",
            "round_id",
            "run_id",
            "candidate",
            "seat",
            "offered_at",
            "deadline",
        )
    }
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Offer.objects.create(**{**given, **over})
    assert violated_constraint(refusal.value) == name
