"""Releases of a round's numbers: made once, kept for ever, read by every door."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
import rfc8785
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from clearinghouse.audit.models import Event
from clearinghouse.background import tasks
from clearinghouse.matching import queries, services
from clearinghouse.shared.database import violated_constraint
from clearinghouse.statistics.enums import Kind, Precision
from clearinghouse.statistics.models import Deduction, Release
from clearinghouse.statistics.queries import cells_of, find_release
from clearinghouse.web.templatetags.published import published
from tests.factories.matching import RELEASED, World, make_world
from tests.factories.offers import offer_of, refill_whole
from tests.web.doors import text_of

pytestmark = pytest.mark.django_db

LATER = RELEASED + timedelta(days=1)
WEEK = RELEASED + timedelta(days=8)


def crowd(**over: Any) -> World:
    """Make a round of 16 places, 8 of them reserved, 12 protected among 24 who ask."""
    given: dict[str, Any] = {
        "places": (16, 1),
        "reserve_share": (50, 0),
        "protected": tuple(range(0, 24, 2)),
    }
    return make_world([(0,)] * 24, **{**given, **over})


def test_the_release_of_a_round_releases_its_numbers_with_their_digest() -> None:
    world = crowd()
    release = find_release(Kind.ROUND, world.number)
    assert release is not None
    assert (release.number, release.reason, release.made_at) == (1, "", RELEASED)
    assert release.digest == hashlib.sha256(rfc8785.dumps(release.content)).hexdigest()
    cells = cells_of(release)
    assert (cells["applicants"].value, cells["people_placed"].value) == (25, 15)
    event = Event.objects.get(verb="statistics_released")
    assert event.facts["digest"] == release.digest
    assert Deduction.objects.get().release == release


def test_a_release_holds_no_count_of_protected_people_but_published_ones() -> None:
    world = make_world([(0,)] * 8, places=(8, 1), reserve_share=(50, 0), protected=(0, 1, 2))
    release = find_release(Kind.ROUND, world.number)
    assert release is not None
    assert {cell.value for cell in cells_of(release).values()} == {None}
    assert "holders" not in str(release.content)


def test_pages_read_the_release_and_never_count() -> None:
    world = crowd()
    address = reverse("public-result", args=[world.number])
    before = text_of(Client().get(address)).split("<main")[1]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM matching_decision")
        cursor.execute("UPDATE matching_postingresult SET reserved_filled = 0, open_filled = 1")
        cursor.execute("SET session_replication_role = origin")
    assert text_of(Client().get(address)).split("<main")[1] == before
    path = f"/api/v1/rounds/{world.number}/"
    assert Client().get(path).json()["summary"]["placed"]["value"] == 15


def test_new_numbers_follow_a_refill_after_a_week_and_a_small_change_is_not_told() -> None:
    world = crowd()
    gone = next(place for place in range(24) if offer_of_or_none(world, place))
    decline(world, gone)
    refill_whole(world, now=LATER)
    assert services.publish_due(now=LATER) == 0
    # One person has changed: a week later there is still nothing that may be told.
    assert services.publish_due(now=WEEK) == 0
    assert Release.objects.count() == 1
    tasks.release_numbers(unknown="word")


def test_a_round_from_before_this_room_gets_its_first_release_by_the_clock() -> None:
    world = crowd()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM statistics_deduction")
        cursor.execute("DELETE FROM statistics_release")
        cursor.execute("SET session_replication_role = origin")
    assert queries.summary_of(world.reload()) is None
    assert queries.list_results(world.round) == []
    assert services.publish_due(now=WEEK) == 1
    assert services.publish_due(now=WEEK) == 0
    assert queries.summary_of(world.round) is not None


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"number": 1}, "statistics_release_once"),
        ({"number": 2, "reason": ""}, "statistics_release_again_has_reason"),
        ({"number": 3, "kind": "gossip"}, "statistics_release_kind"),
    ],
)
def test_the_database_refuses_releases_that_cannot_be(change: dict[str, Any], name: str) -> None:
    world = crowd()
    given = {"kind": "round", "subject": world.number, "reason": "Why.", "made_at": WEEK}
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Release.objects.create(**{**given, "content": {}, "digest": "", **change})
    assert violated_constraint(refusal.value) == name


def test_nobody_changes_or_deletes_a_release() -> None:
    crowd()
    for model, name in ((Release, "statistics_release"), (Deduction, "statistics_deduction")):
        for change in ("UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
            with (
                pytest.raises(IntegrityError) as refusal,
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(change.format(model._meta.db_table))
            assert violated_constraint(refusal.value) in {
                f"{name}_append_only",
                "statistics_deduction_append_only",
            }


def test_a_number_that_comes_from_no_release_cannot_be_printed() -> None:
    with pytest.raises(TypeError, match="from a release only"):
        published(7)  # type: ignore[arg-type]


def test_numbers_say_how_exact_they_are() -> None:
    world = crowd()
    release = find_release(Kind.ROUND, world.number)
    assert release is not None
    text = text_of(Client().get(reverse("public-result", args=[world.number])))
    assert "<bdi>about 25</bdi>" in text
    assert {cell.precision for cell in cells_of(release).values()} <= set(Precision)


def offer_of_or_none(world: World, number: int) -> Any:
    from clearinghouse.offers.models import Offer

    return Offer.objects.filter(worker=world.workers[number]).first()


def decline(world: World, number: int) -> None:
    from clearinghouse.offers import services as offers

    user = world.workers[number].user
    assert user is not None
    offers.decline(by=user, offer_id=offer_of(world, number).public_id, now=LATER)
