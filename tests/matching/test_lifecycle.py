"""The tables of moves, in code and in the database."""

from itertools import product
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from clearinghouse.matching.enums import VOIDABLE_STATUSES, RunStatus, Status
from clearinghouse.matching.lifecycle import LIFECYCLE, RUN_LIFECYCLE
from clearinghouse.matching.models import Round
from clearinghouse.shared.errors import NotNow
from tests.factories.matching import make_world

README = Path(__file__).parents[2] / "clearinghouse" / "matching" / "README.md"


def test_lifecycle_covers_every_status() -> None:
    assert LIFECYCLE.statuses == frozenset(Status.values)
    assert RUN_LIFECYCLE.statuses == frozenset(RunStatus.values)
    assert LIFECYCLE.ends == {Status.RELEASED, Status.VOIDED}


def test_lifecycle_voids_what_is_sealed_and_not_yet_certified() -> None:
    voidable = {status for status in Status if Status.VOIDED in LIFECYCLE.targets(status)}
    assert voidable == VOIDABLE_STATUSES


def test_lifecycle_refuses_every_move_that_is_not_listed() -> None:
    for current, to in product(Status.values, repeat=2):
        if to in LIFECYCLE.targets(current):
            LIFECYCLE.check(current, to)
        else:
            with pytest.raises(NotNow):
                LIFECYCLE.check(current, to)


def test_lifecycle_is_drawn_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert LIFECYCLE.diagram() in text
    assert RUN_LIFECYCLE.diagram() in text


@pytest.mark.django_db
@pytest.mark.parametrize("to", ["drawn", "verified", "released", "voided"])
def test_database_refuses_a_move_that_is_not_listed(to: str) -> None:
    world = make_world(lists=[], status="open")
    with pytest.raises(DatabaseError), transaction.atomic():
        Round.objects.filter(pk=world.round.pk).update(
            status=to,
            sealed_at=world.round.closes_at,
            input_digest="0" * 64,
            released_at=world.round.closes_at,
            void_reason="x",
        )
