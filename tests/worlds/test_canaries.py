"""No canary of a shielded person leaves the house, whatever hostile accounts ask.

`CANARY_REQUESTS` (gate: 5000) is the number of requests, `CANARY_FIRST` (0) the number of the
first: a long run can be made in pieces.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Q

from clearinghouse.applications.queries import checks
from tests.worlds.canaries import settle
from tests.worlds.cast import BEGIN, assemble
from tests.worlds.chance import held
from tests.worlds.doors import Call, open_rows
from tests.worlds.egress import Egress, queue_of_tests
from tests.worlds.scanner import Scanner

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

REQUESTS = int(os.environ.get("CANARY_REQUESTS", "5000"))
FIRST = int(os.environ.get("CANARY_FIRST", "0"))
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


class TestOneHalf:
    """Classes are what `--dist loadscope` hands to another process."""

    def test_no_canary_gets_out(self, egress: Egress, progress: Any, note: Any) -> None:
        _fuzz_lane(0, egress, progress, note)


class TestOtherHalf:
    """The other requests."""

    def test_no_canary_gets_out(self, egress: Egress, progress: Any, note: Any) -> None:
        _fuzz_lane(1, egress, progress, note)


def test_twin_a_list_without_its_scope_is_found(
    egress: Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = egress.try_one(Call("caseworker", "/state/checks/?status=all"))
    assert quiet.status == 200
    assert not egress.hits

    monkeypatch.setattr(checks, "known_to", lambda _actor: Q())
    egress.try_one(Call("caseworker", "/state/checks/?status=all"))
    assert not egress.hits  # the database holds where the service does not
    open_rows(monkeypatch)
    egress.try_one(Call("caseworker", "/state/checks/?status=all"))
    assert {hit.where for hit in egress.hits} == {"body"}


def _fuzz_lane(lane: int, egress: Egress, progress: Any, note: Any) -> None:
    """Make half of the hostile requests."""
    count = REQUESTS // LANES
    for done in egress.fuzz(lane, count, broker=queue_of_tests(), first=FIRST // LANES):
        progress(done, count, "requests")
    assert not egress.hits, "\n".join(map(str, egress.hits[:5]))
    assert not egress.broken, egress.broken[:5]
    assert egress.requests == count
    assert egress.fine * 10 >= count, "accounts that only meet closed doors prove nothing"
    assert egress.files, "no file of the hostile state was scanned"
    assert egress.scanner.pieces > 2 * egress.requests
    note(f"{count:,} requests, {egress.scanner.bytes:,} bytes scanned", "0 hits")
