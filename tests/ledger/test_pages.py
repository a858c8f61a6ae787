"""The ledger at every door: whole for those who may, merged where it is about a few people."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clearinghouse.background import tasks
from clearinghouse.ledger.models import Reconciliation
from clearinghouse.matching import queries as matching
from clearinghouse.offers import queries, services
from clearinghouse.quotas.models import Quota
from clearinghouse.shared.errors import NotFound
from tests.factories.accounts import make_user
from tests.factories.matching import RELEASED, World, make_world
from tests.factories.offers import offer_of, refill_whole
from tests.factories.quotas import make_quota
from tests.web.doors import count_queries, signed_in, text_of, writes_of

pytestmark = pytest.mark.django_db

Caller = Callable[[Any], APIClient]
LATER = RELEASED + timedelta(days=1)


def reserve_world(**over: Any) -> World:
    """Make a round whose first posting has 2 reserved places: one filled, one reverted."""
    given: dict[str, Any] = {
        "places": (6, 2),
        "reserve_share": (34, 0),
        "protected": (3,),
        "experience": (9, 8, 7, 1),
    }
    return make_world([(0,), (0,), (0,), (0,)], **{**given, **over})


def official(state: str = "DE", role: str = "quota_officer") -> Any:
    return make_user(role, state=state)


def test_statement_shows_accounts_and_moves() -> None:
    world = reserve_world(places=(4, 2), reserve_share=(50, 0))
    client = signed_in(official())
    page = text_of(client.get(reverse("state-quota-places", args=[world.quotas[0].public_id])))
    assert "Offered, waiting for an answer" in page
    assert "The plan gave free places to people" in page


def test_statement_tells_officials_nothing_of_kinds_of_free_places() -> None:
    world = reserve_world()
    client = signed_in(official())
    quota = world.quotas[0]
    page = text_of(client.get(reverse("state-quota-places", args=[quota.public_id])))
    assert "not told apart" in page
    for word in ("reverted", "reserved for protected", "eligible protected person"):
        assert word not in page
    places = queries.places_of(quota, actor=official())
    assert places.accounts is not None
    assert {code: count for code, _label, count in places.accounts}["free"] == 2
    whole = queries.places_of(quota, actor=make_user("auditor"))
    assert whole.accounts is not None
    assert ("reverted", "Free, reserve that reverted to everybody", 2) in whole.accounts
    assert whole.with_reserve
    assert not queries.places_of(quota, actor=make_user("operator")).with_reserve


def test_statement_is_the_own_states_only() -> None:
    quota = make_quota("DE", "published")
    draft = make_quota("DE", "draft")
    client = signed_in(official("FR"))
    for one in (quota, draft):
        for name in ("state-quota-places", "state-quota-places-file"):
            assert client.get(reverse(name, args=[one.public_id])).status_code == 404
    assert signed_in(make_user("worker")).get(address(quota)).status_code == 403
    assert Client().get(address(quota)).status_code == 302
    own = signed_in(official("DE"))
    assert "Nothing is booked yet" in text_of(own.get(address(draft)))
    with pytest.raises(NotFound):
        queries.list_moves(quota, actor=make_user("worker"))


def test_statement_costs_the_same_however_long_and_writes_nothing() -> None:
    world = make_world([(0,)] * 3, places=(3, 1))
    client = signed_in(official())
    before = count_queries(client, address(world.quotas[0]))
    for number in range(3):
        decline(world, number)
    refill_whole(world, now=LATER)
    assert count_queries(client, address(world.quotas[0])) == before
    assert writes_of(client, address(world.quotas[0])) == []


def test_file_holds_every_move_and_adds_up() -> None:
    world = make_world([(0,)] * 3, places=(3, 1))
    decline(world, 0)
    client = signed_in(official())
    response = client.get(reverse("state-quota-places-file", args=[world.quotas[0].public_id]))
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert sum(int(row["places"]) for row in rows) == 3
    assert rows[0]["move"] == "declined"
    assert (rows[0]["actor"], rows[0]["round"]) == ("worker", str(world.number))


def test_public_page_shows_totals_only() -> None:
    world = reserve_world()
    quota = world.quotas[0]
    page = text_of(Client().get(reverse("public-quota", args=[quota.public_id])))
    assert "Offered or accepted" in page
    places = queries.places_of(quota, actor=None)
    assert (places.total, places.accounts) == (6, None)
    assert (places.taken.precision, places.free.precision) == ("few", "withheld")
    waiting = queries.places_of(make_quota("DE", "published"), actor=None)
    assert (waiting.free.value, waiting.taken.value) == (waiting.total, 0)


def test_result_page_holds_reserves_to_account() -> None:
    world = reserve_world(places=(4, 2), reserve_share=(50, 0))
    url = reverse("public-result", args=[world.number])
    section = text_of(Client().get(url)).split("state by state")[-1]
    assert "No further eligible protected person asked for it" in section
    assert "fewer than 10" in section
    assert "<bdi>1</bdi>" not in section
    # The twin: who reads the sealed input sees the number.
    whole = text_of(signed_in(make_user("auditor")).get(url)).split("state by state")[-1]
    assert "<bdi>1</bdi>" in whole


def test_state_reserves_tell_everybody_no_small_number() -> None:
    # DE and FR reserve 2 and 3 places; 2 and 1 protected people hold them.
    world = make_world(
        [(0,), (0,), (1,), (0,), (0,), (1,), (1,), (1,)],
        places=(4, 6),
        reserve_share=(50, 50),
        protected=(3, 4, 7),
        experience=(9, 9, 9, 1, 1, 9, 9, 1),
    )
    whole = matching.list_state_reserves(world.round, actor=make_user("auditor"))
    assert [(row.state, row.reserve, row.filled.value, row.reverted.value) for row in whole] == [
        ("DE", 2, 2, 0),
        ("FR", 3, 1, 2),
    ]
    assert [sum(count.value or 0 for _cause, count in row.causes) for row in whole] == [0, 2]
    for actor in (None, official(), make_user("operator")):
        public = matching.list_state_reserves(world.round, actor=actor)
        assert [row.filled.precision for row in public] == ["few", "few"]
        assert {count.value for row in public for _cause, count in row.causes} == {None}
    assert make_world(status="open").round and not matching.list_state_reserves(
        make_world(status="verified").round, actor=make_user("auditor")
    )


def test_api_shows_each_caller_what_they_may(caller: Caller, stranger: APIClient) -> None:
    world = reserve_world()
    place = f"/api/v1/quotas/{world.quotas[0].public_id}/places/"
    assert stranger.get(place).json() == {
        "total": 6,
        "free": {"value": None, "status": "withheld", "since": 1},
        "taken": {"value": None, "status": "few", "since": 1},
        "accounts": None,
    }
    own = caller(official()).get(place).json()
    assert {"account": "free", "places": 2} in own["accounts"]
    whole = caller(make_user("auditor")).get(place).json()
    assert {"account": "reverted", "places": 2} in whole["accounts"]
    assert stranger.get(f"{place}moves/").status_code == 401
    assert caller(official("FR")).get(f"{place}moves/").status_code == 404
    moves = caller(official()).get(f"{place}moves/?page_size=2").json()
    assert len(moves["results"]) == 2
    assert moves["next"]
    kinds = {row["kind"] for row in caller(official()).get(f"{place}moves/").json()["results"]}
    assert kinds == {"published", "allotted", "taken", "offered"}
    draft = make_quota("DE", "draft")
    assert stranger.get(f"/api/v1/quotas/{draft.public_id}/places/").status_code == 404
    (row,) = [
        row
        for row in caller(make_user("auditor"))
        .get(f"/api/v1/rounds/{world.number}/reserve/")
        .json()
        if row["reserve"]
    ]
    causes = sum(cause["places"]["value"] for cause in row["causes"])
    assert row["filled"]["value"] + causes == row["reserve"]


def test_check_ledger_names_what_differs_and_the_system_page_shows_it() -> None:
    world = make_world([(0,), (0,)])
    out = StringIO()
    call_command("check_ledger", stdout=out)
    assert out.getvalue() == "2 postings agree\n"
    operator = signed_in(make_user("operator"))
    assert "Agrees" in text_of(operator.get(reverse("operations-system")))
    tamper(world.quotas[0])
    with pytest.raises(CommandError, match="differs"):
        call_command("check_ledger", stdout=out)
    reference = Quota.objects.get(pk=world.quotas[0].pk).reference
    assert f"{reference}: offered is 1, must be 0" in out.getvalue()
    page = text_of(operator.get(reverse("operations-system")))
    assert "Differs" in page
    assert reference in page


def test_clock_compares_the_ledger() -> None:
    make_world([(0,)])
    tasks.reconcile_ledger(unknown="word")
    assert Reconciliation.objects.get().differences == []


def test_check_finds_a_balance_that_its_entries_do_not_give() -> None:
    world = make_world([(0,)], places=(3, 1))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE ledger_balance SET places = places + 1 WHERE account = 'open' AND posting = %s",
            [world.quotas[0].pk],
        )
        cursor.execute("SET session_replication_role = origin")
    _count, faults = queries.find_differences()
    assert {fault["account"] for fault in faults} == {"open", "entries"}


def tamper(quota: Quota) -> None:
    """Take an offer away behind the ledger's back."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM offers_offer WHERE quota_id = %s", [quota.pk])
        cursor.execute("SET session_replication_role = origin")


def address(quota: Quota) -> str:
    return reverse("state-quota-places", args=[quota.public_id])


def decline(world: World, number: int) -> None:
    user = world.workers[number].user
    assert user is not None
    services.decline(by=user, offer_id=offer_of(world, number).public_id, now=LATER)


@pytest.fixture
def stranger() -> APIClient:
    """Give a client without a token."""
    return APIClient()


@pytest.fixture
def caller() -> Caller:
    """Give a client that carries a token of a person."""
    from django.core.cache import cache
    from knox.models import AuthToken

    cache.clear()

    def make(user: Any) -> APIClient:
        _, token = AuthToken.objects.create(user)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return client

    return make
