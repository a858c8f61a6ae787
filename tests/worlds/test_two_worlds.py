"""Two worlds: random histories with and without the protected person look the same.

`WORLDS_HISTORIES` (gate: 200) is the number of histories, `WORLDS_ASKS` (gate: 3) that of requests
in the middle of each; hostile acts, ids of the person and followed links come on top.
"""

import dataclasses
import gc
import os
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import pytest
from django.db.models import Q

from clearinghouse.applications.models import Application, Nomination
from clearinghouse.applications.queries import NominationRow, checks, nominations
from clearinghouse.applications.services import nominations_rows
from clearinghouse.people.models import Worker
from tests.worlds.acts import MAIL_OF_P, Act, ask
from tests.worlds.cast import BEGIN, assemble
from tests.worlds.chance import held
from tests.worlds.doors import open_rows, routes
from tests.worlds.story import Group, Plot, make_group, nominated
from tests.worlds.worlds import Theatre

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NIGHT = "NIGHTLY" in os.environ
HISTORIES = int(os.environ.get("WORLDS_HISTORIES", "200"))
ASKS = int(os.environ.get("WORLDS_ASKS", "3"))
PLOTS = 5 if NIGHT else 11
LANES = 2
HIDE = Act("raise shield", ("P", True))
_warm: list[bool] = []


@pytest.fixture
def theatre(db: None) -> Iterator[Theatre]:
    """Give a world before anything happens, with chance and time in the test's hand."""
    with held(BEGIN) as (chance, watch):
        watch.hold_database()
        with chance.named("world"):
            cast = assemble()
        theatre = Theatre(cast, chance, watch)
        if not _warm:
            # What a process keeps in memory is there before the first comparison.
            theatre.play(make_group(0, plots=1, asks=20))
            theatre.answers = theatre.histories = 0
            _warm.append(True)
        # Most of what a process holds by now stays: no need to look through it again and again.
        gc.collect()
        gc.freeze()
        yield theatre
        gc.unfreeze()


class TestOneHalf:
    """Classes are what `--dist loadscope` hands to another process."""

    def test_hidden_is_absent(self, theatre: Theatre, progress: Any, note: Any) -> None:
        _compare_lane(0, theatre, progress, note)


class TestOtherHalf:
    """The other histories."""

    def test_hidden_is_absent(self, theatre: Theatre, progress: Any, note: Any) -> None:
        _compare_lane(1, theatre, progress, note)


def test_every_route_is_the_same(theatre: Theatre, note: Any) -> None:
    does = (
        Act("apply", ("P", "ke_open", "de_open")),
        Act("check", ("P", "ke_open", True)),
        Act("check", ("P", "de_open", True)),
        Act("ask protection", ("P",)),
        HIDE,
        Act("confirm", ("P",)),
    )
    group = directed(does, nominate=True)
    group = dataclasses.replace(group, tour="whole" if NIGHT else "once")
    found = theatre.play(group)
    assert not found, "\n".join(map(str, found[:3]))
    assert theatre.answers > 2 * len(routes())
    note(f"{len(routes())} routes, {theatre.answers:,} pairs of answers", "0 differing bytes")


# Twins: one control off, and the worlds come apart.


def test_twin_case_files_without_their_scope(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = directed(
        (Act("apply", ("P", "ke_open")), HIDE),
        look("caseworker", "/state/checks/?status=all"),
    )
    assert theatre.play(group) == []
    monkeypatch.setattr(checks, "known_to", lambda _actor: Q())
    assert found_by(theatre, group) == []  # the database holds where the service does not
    open_rows(monkeypatch)
    assert found_by(theatre, group) == ["/state/checks/?status=all"]


def test_twin_a_total_over_everybody(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    group = directed((Act("apply", ("P", "ke_open")), HIDE), look("caseworker", "/start/"))
    assert theatre.play(group) == []
    monkeypatch.setattr(
        "clearinghouse.applications.queries.count_to_check",
        lambda _actor: Application.objects.filter(status="submitted").count(),
    )
    assert found_by(theatre, group) == []
    open_rows(monkeypatch)
    assert found_by(theatre, group) == ["/start/"]


def test_twin_a_word_of_the_nominee_that_the_state_can_read(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = nominations._row

    def talkative(nomination: Nomination) -> NominationRow:
        said = "withdrawn" if nomination.declined_at else nomination.status
        return dataclasses.replace(plain(nomination), status=said)

    group = directed(
        (Act("decline", ("P",)), HIDE),
        look("origin_officer", "/state/nominations/"),
        nominate=True,
    )
    assert theatre.play(group) == []
    monkeypatch.setattr(nominations, "_row", talkative)
    assert found_by(theatre, group) == ["/state/nominations/"]


def test_twin_a_nomination_that_is_not_set_aside(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = directed(
        (HIDE, Act("confirm", ("P",))),
        look("origin_officer", "/state/nominations/?status=confirmed"),
        nominate=True,
    )
    assert theatre.play(group) == []
    monkeypatch.setattr(nominations, "_hidden_states", lambda *_: [])
    assert found_by(theatre, group) == ["/state/nominations/?status=confirmed"]


def test_twin_a_check_for_people_who_are_known(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = nominations_rows.problems_of

    def knowing(cells: Any, known: Any, *, on: Any) -> list[tuple[str, str]]:
        twice = Worker.objects.filter(user__email=cells["email"]).exists()
        return plain(cells, known, on=on) + ([("email", "Known already.")] if twice else [])

    group = directed((HIDE,), nominate=True, at=0)
    assert theatre.play(group) == []
    monkeypatch.setattr("clearinghouse.applications.services.nominations.problems_of", knowing)
    assert found_by(theatre, group) == []
    open_rows(monkeypatch)
    assert found_by(theatre, group) == ["/api/v1/nominations/"]


def _compare_lane(lane: int, theatre: Theatre, progress: Any, note: Any) -> None:
    """Run every second group until half of the histories are compared."""
    wanted = HISTORIES // LANES
    for seed in count(1 + lane, LANES):
        found = theatre.play(make_group(seed, plots=PLOTS, asks=ASKS))
        assert not found, "\n".join(map(str, found[:3]))
        progress(theatre.histories, wanted, "histories")
        if theatre.histories >= wanted:
            break
    size = f"{theatre.histories:,} histories, {theatre.answers:,} pairs of answers"
    # Worlds that part late share answers, and each answer counts once.
    assert theatre.answers * 2 >= theatre.histories * ASKS, size
    # Accounts that only meet closed doors would prove nothing.
    assert theatre.fine * 10 >= theatre.answers, f"{theatre.fine} of {size} were pages"
    note(size, "0 differing bytes")


def directed(does: Sequence[Act], *looks: Act, nominate: bool = False, at: int = 1) -> Group:
    """Plan a history in which the person comes and does these things, before or after (`at`) being
    nominated."""
    before = (nominated(MAIL_OF_P),) if nominate else ()
    acts = Act("register", ("KE", "")), *does
    plot = Plot(tuple((min(at, len(before)), act) for act in acts), competes=False)
    return Group(1, (), (*before, *looks, Act("mail")), (plot,))


def look(account: str, path: str) -> Act:
    """Let a hostile account ask for one page."""
    return ask(account, path)


def found_by(theatre: Theatre, group: Group) -> list[str]:
    """Return the addresses that told the worlds apart; ids of the person are not asked for."""
    return [found.call.path for found in theatre.play(group, hunts=0) if found.call]
