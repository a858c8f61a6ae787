"""Runs a group: one world without the person, several with, and compares what was seen."""

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from django.core import mail
from django.core.cache import cache
from django.db import connection, transaction

from clearinghouse.notices.models import Message
from tests.worlds import looks
from tests.worlds.acts import MAIL_OF_P, Act, Stage
from tests.worlds.cast import ACCOUNTS, Cast
from tests.worlds.chance import Chance, Watch
from tests.worlds.doors import Answer, Call, Doors
from tests.worlds.outcome import without_outcome
from tests.worlds.story import Group, Plot

MINUTES = 11
APART = 10_000
"""How far the keys of what follows a beginning lie from those of the beginning itself."""

Marks = Sequence[tuple[str, int]]
"""Sequences of the database and their next numbers."""


@dataclass(frozen=True)
class Difference:
    """One answer that tells the worlds apart."""

    seed: int
    plot: int
    what: str
    call: Call | None
    acts: tuple[str, ...]

    def __str__(self) -> str:
        who = f"{self.call.account} {self.call.method} {self.call.path}" if self.call else "mail"
        return f"group {self.seed}, plot {self.plot}: {who}: {self.what}\n  {'; '.join(self.acts)}"


@dataclass(frozen=True)
class Sight:
    """What the hostile accounts saw of one world: the common requests, own ones, mails."""

    common: list[Answer]
    own: list[Answer]
    mails: list[tuple[str, ...]]


@dataclass(frozen=True)
class Step:
    """One act on the way through a group: words that name its chance, whether time passes first."""

    act: Act
    words: tuple[object, ...]
    passes: bool

    def take(self, stage: Stage) -> None:
        """Let it happen."""
        if self.passes:
            stage.pass_time(self.act, MINUTES)
        stage.do(self.act, *self.words)


Ways = Mapping[int, Sequence[Step]]


@dataclass
class Theatre:
    """Where groups are run: the common world, its chance and its time.

    The worlds of a group are a tree: as long as the same has happened in them they are one. Each
    branch is a savepoint and finds time, keys, mails and sign-ins as they were where it began.
    """

    cast: Cast
    chance: Chance
    watch: Watch
    answers: int = 0
    fine: int = 0
    histories: int = 0

    def __post_init__(self) -> None:
        self.doors = Doors(self.cast, self.chance)
        self.doors.sign_in_all()
        self.sequences = _sequences()

    def play(self, group: Group, *, hunts: int = 2) -> list[Difference]:
        """Run one group and return every difference, in the order of the plots."""
        began = Stage(self.cast, self.chance, self.watch, self.doors)
        with self._branch(began, self.sequences) as stage:
            for number, act in enumerate(group.prefix):
                Step(act, (group.seed, "prefix", number), passes=True).take(stage)
            stage.do(Act("mail"), group.seed, "prefix")
            stage.seen.clear()
            mail.outbox.clear()
            return self._compare(stage, group, hunts)

    def _compare(self, stage: Stage, group: Group, hunts: int) -> list[Difference]:
        ids = looks.known_ids()
        suffix = _planned(group, ids)
        start = [(name, after + APART) for name, after in _sequences()]
        with_p: dict[int, Sight] = {}
        without: dict[int, Sight] = {}

        def leave(end: Stage, number: int) -> None:
            calls = _hunted(end, group, number, ids, hunts)
            with_p[number] = self._sight(end, calls, group, number)

        def leave_without(end: Stage, _number: int) -> None:
            for number, sight in with_p.items():
                calls = [answer.call for answer in sight.own]
                without[number] = self._sight(end, calls, group, number)

        ways = {number: _way(group, suffix, plot) for number, plot in enumerate(group.plots)}
        nobody = {0: _way(group, suffix, Plot((), competes=False))}
        for these, leaving in ((ways, leave), (nobody, leave_without)):
            with self._branch(stage, start) as branch:
                self._follow(branch, these, 0, leaving)
        self._count(with_p.values())
        return [
            difference
            for number, plot in enumerate(group.plots)
            for difference in _differences(group, number, with_p[number], without[number])
        ]

    def _follow(
        self, stage: Stage, ways: Ways, at: int, leave: Callable[[Stage, int], None]
    ) -> None:
        """Go these ways from their step `at` on, together until they part; `leave` ends each."""
        parts = _parted(ways, at)
        while len(parts) == 1 and (step := parts[0][0]):
            step.take(stage)
            at += 1
            parts = _parted(ways, at)
        marks = _sequences()
        for step, numbers in parts:
            if step is None:
                for number in numbers:
                    leave(stage, number)
                continue
            with self._branch(stage, marks) as branch:
                step.take(branch)
                self._follow(branch, {number: ways[number] for number in numbers}, at + 1, leave)

    def _sight(self, stage: Stage, calls: Sequence[Call], group: Group, number: int) -> Sight:
        """Let the hostile accounts make these calls where a way ends, and undo what they did."""
        mails = _mails(self.cast)
        with self._branch(stage, _sequences()) as branch:
            doors = self.doors.branched(branch.cast)
            own = [
                doors.ask(call, group.seed, "own", number, turn) for turn, call in enumerate(calls)
            ]
        return Sight(stage.seen, own, mails)

    def _count(self, sights: Collection[Sight]) -> None:
        self.histories += len(sights)
        # Worlds that part late share their first answers; these count once.
        seen = {id(answer): answer for sight in sights for answer in (*sight.common, *sight.own)}
        self.answers += len(seen)
        self.fine += sum(answer.status == 200 for answer in seen.values())

    @contextmanager
    def _branch(self, stage: Stage, marks: Marks) -> Iterator[Stage]:
        """Give a stage that goes on from here; at the end nothing of it has happened."""
        moment, letters = self.watch.moment, [*mail.outbox]
        cast = dataclasses.replace(
            stage.cast, users={**stage.cast.users}, quotas={**stage.cast.quotas}
        )
        try:
            with transaction.atomic():
                _set(marks)
                cache.clear()
                doors = stage.doors.branched(cast)
                yield Stage(cast, self.chance, self.watch, doors, [*stage.seen], [*stage.refusals])
                transaction.set_rollback(True)
        finally:
            mail.outbox[:] = letters
            self.watch.moment = moment


def _way(group: Group, suffix: Sequence[Act], plot: Plot) -> list[Step]:
    """Return what happens in a world, step by step.

    Between two acts of the others the person acts within the minutes that pass anyway.
    """
    way = []
    for place in range(len(suffix) + 1):
        own = [act for at, act in plot.acts if at == place]
        way += [
            Step(act, (group.seed, "plot", place, turn), passes=False)
            for turn, act in enumerate(own)
        ]
        if place < len(suffix):
            way.append(Step(suffix[place], (group.seed, "suffix", place), passes=True))
    return way


def _parted(ways: Ways, at: int) -> list[tuple[Step | None, list[int]]]:
    """Group ways by their step `at`; None where a way has ended."""
    parts: list[tuple[Step | None, list[int]]] = []
    for number, way in ways.items():
        step = way[at] if at < len(way) else None
        same = next((numbers for other, numbers in parts if other == step), None)
        if same is None:
            parts.append((step, [number]))
        else:
            same.append(number)
    return parts


def _planned(group: Group, ids: looks.Ids) -> list[Act]:
    """Fill in the requests of the suffix, from the ids known where the worlds part."""
    if group.tour:
        calls = looks.tour(Random(f"tour {group.seed}"), ids, whole=group.tour == "whole")
        return [*group.suffix, *(Act("ask", (call,)) for call in calls)]
    return [
        Act("ask", (looks.look(Random(f"look {group.seed} {act}"), ids, *act.words[1:]),))
        if act.verb == "look"
        else act
        for act in group.suffix
    ]


def _hunted(stage: Stage, group: Group, number: int, before: looks.Ids, hunts: int) -> list[Call]:
    """Plan requests for what is new since `before`, and along links that were seen."""
    random = Random(f"hunt {group.seed} {number}")
    person = looks.new_ids(before, looks.known_ids())
    calls = [call for _ in range(hunts) if (call := looks.hunt(random, person))]
    links = [
        Call(answer.call.account, link)
        for answer in stage.seen
        if answer.status == 200
        for link in answer.links()
    ]
    return calls + random.sample(links, min(len(links), hunts // 2))


def _differences(group: Group, number: int, left: Sight, right: Sight) -> list[Difference]:
    """List what tells one world with the person from the one without."""
    plot = group.plots[number]
    acts = tuple(str(act) for _place, act in plot.acts)
    pairs = [
        *zip(left.common, right.common, strict=True),
        *zip(left.own, right.own, strict=True),
    ]
    found = [
        Difference(group.seed, number, what, one.call, acts)
        for one, other in pairs
        if (what := differs(one, other, competes=plot.competes))
    ]
    if left.mails != right.mails:
        found.append(Difference(group.seed, number, f"{left.mails} != {right.mails}", None, acts))
    return found


def differs(left: Answer, right: Answer, *, competes: bool) -> str:
    """Say in a few words how two answers differ; empty when they are the same."""
    if left.status != right.status:
        return f"status {left.status} != {right.status}"
    headers, one = without_outcome(left) if competes else (left.headers, left.body)
    same, other = without_outcome(right) if competes else (right.headers, right.body)
    if headers != same:
        return f"headers {set(headers) ^ set(same)}"
    if one != other:
        at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), -1)
        near = slice(max(at - 80, 0), at + 80)
        return f"body at {at}: {one[near]!r} != {other[near]!r}"
    if left.statements != right.statements:
        return f"{left.statements} statements != {right.statements}"
    return ""


def _mails(cast: Cast) -> list[tuple[str, ...]]:
    """Return what the hostile accounts got: mails, messages in the portal, letters they caused."""
    hostile = {cast.users[name].email for name in ACCOUNTS if name in cast.users}
    letters = [
        (letter.to[0], letter.subject, str(letter.body), str(letter.extra_headers))
        for letter in mail.outbox
        if letter.to[0] in hostile
    ]
    nominated = Message.objects.filter(kind="nominated").exclude(address=MAIL_OF_P).count()
    return [*letters, ("letters to nominees", str(nominated))]


def _sequences() -> list[tuple[str, int]]:
    """Return every sequence and its next number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, sequencename), coalesce(last_value + 1, 1)"
            " FROM pg_sequences"
        )
        return list(cursor.fetchall())


def _set(marks: Marks) -> None:
    """Set every sequence: keys are the same in both worlds, except where rows are hidden."""
    with connection.cursor() as cursor:
        cursor.execute(
            # One that is set but not called would be told as one that was never set.
            "SELECT setval(name::regclass, greatest(next - 1, 1), next > 1)"
            " FROM unnest(%s::text[], %s::bigint[]) AS t(name, next)",
            [[name for name, _next in marks], [after for _name, after in marks]],
        )
