"""A process may be killed at any named point and at any moment: same plan, nothing lost or twice.

One round lives its whole life undisturbed; another one is killed at every step, as often as there
are points, and each step is then done again as a second click or the sweep would. In the end both
have left the same.
"""

import random
import re
import time
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import pytest

from clearinghouse.matching import services as matching
from clearinghouse.matching.models import Decision, Run
from clearinghouse.shared import clock
from tests.factories.accounts import make_user
from tests.factories.matching import RAN, lead
from tests.fire import life, processes
from tests.fire.counts import report, times
from tests.house.sources import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]

# Which points each act passes, once at least in the life of a round; a run passes all the others.
POINTS = {
    "seal": {"sealing", "sealed"},
    "draw": {"drawing"},
    "request": {"nudging"},
    "certify": {"certifying"},
    "release": {"offering", "counting", "releasing", "nudging"},
    "accept": {"accepting"},
    "decline": {"counting", "declining", "nudging"},
    "refill": {"asking", "improving", "offering", "counting", "refilling", "nudging"},
    "remind": {"reminding"},
    "lapse": {"lapsing", "nudging"},
    "mail": {"mailing", "mailed"},
}
ROOMS = ("matching", "offers", "notices", "shared")
# After these the act is done and only the answer, or the nudge, is lost.
COMMITTED = {"nudging", "written", "mailed"}
SLOWEST = 60.0  # seconds from a kill to the finished act


class Drill:
    """Does every act in processes that are killed, and then in one that is not."""

    def __init__(self) -> None:
        self.kills: Counter[str] = Counter()
        self.slowest = 0.0

    def at_every_point(self, act: str, given: dict[str, Any]) -> None:
        """Kill a process at each point that this act passes now, until one comes through."""
        done = {point for point in COMMITTED if self.kills[f"{act}: {point}"]}
        waiting = POINTS[act] - done
        while True:
            before, began = life.traces(), time.monotonic()
            let_lease_pass(given)
            actor = processes.start(act, given, failpoint=",".join(waiting))
            if not actor.died():
                break
            point = actor.place()
            waiting.remove(point)
            self.kills[f"{act}: {point}"] += 1
            if point not in COMMITTED:
                assert life.traces() == before, f"half of {act} at {point}"
        assert actor.finish() == "done" or self.kills
        self.slowest = max(self.slowest, time.monotonic() - began)

    def at_random(self, act: str, given: dict[str, Any], *, kills: int, longest: float) -> None:
        """Kill so many processes at moments by chance, from the first to the last instruction."""
        for _ in range(kills):
            let_lease_pass(given)
            actor = processes.start(act, given)
            time.sleep(random.uniform(0, longest))
            actor.kill()
            self.kills[act] += actor.died()
        self.finish(act, given)

    def finish(self, act: str, given: dict[str, Any]) -> None:
        """Do the act again until it is done."""
        began = time.monotonic()
        let_lease_pass(given)
        answer = processes.start(act, given).finish()
        # A step that was done when its process died is refused like any second click.
        assert answer == "done" or self.kills
        self.slowest = max(self.slowest, time.monotonic() - began)


def let_lease_pass(given: dict[str, Any]) -> None:
    """Do as if the time had passed for which a dead process keeps a run (tested elsewhere)."""
    if "run_id" in given:
        runs = Run.objects.filter(public_id=given["run_id"], status="running")
        runs.update(lease_until=clock.now() - timedelta(seconds=1))


def undisturbed(certifiers: list[Any]) -> tuple[dict[str, Any], Counter[str], dict[str, float]]:
    """Live a life without a kill; return what it leaves and how long each act takes at most."""
    longest: defaultdict[str, float] = defaultdict(float)

    def do(act: str, given: dict[str, Any]) -> None:
        began = time.monotonic()
        assert processes.start(act, given).finish() == "done"
        longest[act] = max(longest[act], time.monotonic() - began)

    world = life.new_world()
    before = life.traces()
    life.live(world, certifiers, do)
    life.check_plans(world)
    return life.left_by(world), life.traces() - before, longest


@pytest.mark.usefixtures("forks")
def test_every_point_once_and_any_moment() -> None:
    began = time.monotonic()
    certifiers = [make_user("certifier") for _ in range(2)]
    calm, traces, longest = undisturbed(certifiers)
    assert calm["round"] == "released"
    assert {"improved", "lapsed", "accepted", "declined"} <= {row[3] for row in calm["offers"]}

    drill = Drill()
    live_again(certifiers, drill.at_every_point, calm, traces)
    expected = {f"{act}: {point}" for act, points in POINTS.items() for point in points}
    assert set(drill.kills) == expected
    report(
        "SIGKILL at every named point",
        repetitions=sum(drill.kills.values()),
        result=f"{len(named_points())} points; slowest recovery {drill.slowest:.1f} s",
        began=began,
    )
    wanted = times("random_kills", gate=5, nightly=100)
    began, drill = time.monotonic(), Drill()

    def kill_by_chance(act: str, given: dict[str, Any]) -> None:
        left = wanted - drill.kills.total()
        # Runs and refills have most to lose.
        kills = {"run": 3, "refill": 2}.get(act, 1)
        chosen = wanted > 20 or act == "run" or random.random() < 0.2
        drill.at_random(act, given, kills=min(left, kills) if chosen else 0, longest=longest[act])

    while drill.kills.total() < wanted:
        live_again(certifiers, kill_by_chance, calm, traces)
    assert drill.slowest < SLOWEST
    report(
        "SIGKILL at random moments",
        repetitions=drill.kills.total(),
        result=f"same plans; slowest recovery {drill.slowest:.1f} s",
        began=began,
    )


def live_again(
    certifiers: list[Any], do: life.Do, calm: dict[str, Any], traces: Counter[str]
) -> None:
    """Live another life and hold what it leaves against that of the undisturbed one."""
    world = life.new_world()
    before = life.traces()
    life.live(world, certifiers, do)
    life.check_plans(world)
    assert life.left_by(world) == calm
    assert life.traces() - before == traces


@pytest.mark.usefixtures("forks")
def test_twin_without_anybody_who_comes_back_a_killed_run_stays_undone() -> None:
    world = life.new_world()
    lead(world, "drawn")
    run = matching.request_run(by=world.operator, number=world.number, now=RAN)
    given = {"run_id": str(run.public_id)}
    for point in ("before_commit", "before_commit"):
        let_lease_pass(given)
        assert processes.start("run", given, failpoint=point).died()
    # The lease keeps others away from it, and without the sweep nobody would ever come.
    processes.start("run", given).finish()
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("running", 2)
    assert not Decision.objects.filter(run=run).exists()
    assert matching.sweep(now=clock.now()) == 0
    let_lease_pass(given)
    assert matching.sweep(now=clock.now()) == 1


def named_points() -> set[str]:
    """Find every point that the code of a round names."""
    files = (path for room in ROOMS for path in (ROOT / "clearinghouse" / room).rglob("*.py"))
    texts = (path.read_text(encoding="utf-8") for path in files)
    return {name for text in texts for name in re.findall(r'pass_failpoint\("(\w+)"', text)}


POINTS["run"] = named_points() - set().union(*POINTS.values()) | {"nudging"}


def test_there_are_points_at_every_stage() -> None:
    assert len(named_points()) >= 20
    assert {"claimed", "reading", "matching", "verifying", "writing", "written"} <= POINTS["run"]
