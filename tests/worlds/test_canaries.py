"""No canary of a shielded person leaves the house, whatever hostile accounts ask.

`CANARY_REQUESTS` (gate: 5000) is the number of requests.
"""

import os
from collections.abc import Iterator

import pytest
from django.db.models import Value

from clearinghouse.applications.queries import checks
from tests.worlds.canaries import settle
from tests.worlds.cast import BEGIN, assemble
from tests.worlds.chance import held
from tests.worlds.doors import Call
from tests.worlds.egress import Egress, queue_of_tests
from tests.worlds.scanner import Scanner

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

REQUESTS = int(os.environ.get("CANARY_REQUESTS", "5000"))
LANES = 2


@pytest.fixture
def egress(db: None) -> Iterator[Egress]:
    """Give a world with shielded people in it, and somebody who scans all that leaves it."""
    with held(BEGIN) as (chance, watch):
        watch.hold_database()
        scanner = Scanner()
        with chance.named("world"):
            cast = assemble()
        with chance.named("canaries"):
            settle(cast, scanner)
        yield Egress(cast, chance, watch, scanner)


@pytest.mark.parametrize("lane", range(LANES))
def test_no_canary_gets_out(egress: Egress, lane: int) -> None:
    egress.fuzz(lane, REQUESTS // LANES, broker=queue_of_tests())
    assert not egress.hits, "\n".join(map(str, egress.hits[:5]))
    assert not egress.broken, egress.broken[:5]
    assert egress.requests >= REQUESTS // LANES
    assert egress.scanner.pieces > 2 * egress.requests


def test_twin_a_list_without_its_scope_is_found(
    egress: Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = egress.try_one(Call("caseworker", "/state/checks/?status=all"))
    assert quiet.status == 200
    assert not egress.hits

    def unscoped(*_: object, **__: object) -> object:
        rows = checks.Application.objects.select_related("worker__occupation", "worker__user")
        rows = rows.annotate(seen_by=Value(egress.cast.quotas["de_open"].state_id))
        rows = rows.filter(submitted_at__isnull=False).order_by("submitted_at", "pk")
        rows._iterable_class = checks._Files
        return rows

    monkeypatch.setattr("clearinghouse.applications.queries.list_to_check", unscoped)
    egress.try_one(Call("caseworker", "/state/checks/?status=all"))
    assert {hit.where for hit in egress.hits} == {"body"}
