"""Runs a group: one world without the person, several with, and compares what was seen."""

import dataclasses
from collections.abc import Iterator, Sequence
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


@dataclass
class Sight:
    """What the hostile accounts saw of one world: the common requests, own ones, mails."""

    common: list[Answer]
    own: list[Answer]
    mails: list[tuple[str, ...]]


@dataclass
class Theatre:
    """Where groups are run: the common world, its chance and its time."""

    cast: Cast
    chance: Chance
    watch: Watch
    answers: int = 0
    fine: int = 0
    histories: int = 0

    def __post_init__(self) -> None:
        self.sequences = _sequences()

    def play(self, group: Group, *, hunts: int = 2) -> list[Difference]:
        """Run one group and return every difference, in the order of the plots."""
        began = self.watch.moment
        try:
            with self._undone():
                _rewind(self.sequences, 0)
                stage = self._stage(self.cast, "prefix")
                for number, act in enumerate(group.prefix):
                    stage.pass_time(act, MINUTES)
                    stage.do(act, group.seed, "prefix", number)
                stage.do(Act("mail"), group.seed, "prefix")
                return self._compare(group, self._planned(group), hunts)
        finally:
            self.watch.moment = began

    def _compare(self, group: Group, suffix: Sequence[Act], hunts: int) -> list[Difference]:
        with_p = [self._world(group, suffix, number, hunts) for number in range(len(group.plots))]
        own = [[answer.call for answer in sight.own] for sight in with_p]
        without = self._world(group, suffix, None, 0, own)
        found = []
        for number, (plot, sight) in enumerate(zip(group.plots, with_p, strict=True)):
            calls = own[number]
            same = without.own[: len(calls)]
            without.own = without.own[len(calls) :]
            self.histories += 1
            self.answers += len(sight.common) + len(calls)
            self.fine += sum(answer.status == 200 for answer in (*sight.common, *sight.own))
            acts = tuple(str(act) for _place, act in plot.acts)
            pairs = [
                *zip(sight.common, without.common, strict=True),
                *zip(sight.own, same, strict=True),
            ]
            found += [
                Difference(group.seed, number, what, left.call, acts)
                for left, right in pairs
                if (what := differs(left, right, competes=plot.competes))
            ]
            if sight.mails != without.mails:
                what = f"{sight.mails} != {without.mails}"
                found.append(Difference(group.seed, number, what, None, acts))
        return found

    def _world(
        self,
        group: Group,
        suffix: Sequence[Act],
        number: int | None,
        hunts: int,
        own: Sequence[Sequence[Call]] = (),
    ) -> Sight:
        """Run the suffix with the plot of this number, or without the person; undo all of it."""
        began = self.watch.moment
        plot = group.plots[number] if number is not None else Plot((), competes=False)
        with self._undone():
            _rewind(self.sequences, APART)
            mail.outbox.clear()
            cache.clear()
            before = looks.known_ids()
            stage = self._stage(dataclasses.replace(self.cast, users={**self.cast.users}))
            stage.cast.quotas = {**self.cast.quotas}
            self._suffix(stage, group, suffix, plot, number)
            if number is not None:
                calls = self._hunted(stage, group, number, before, hunts)
                seen = self._ask_all(stage, calls, group, number)
            else:
                seen = [
                    answer
                    for other, calls in enumerate(own)
                    for answer in self._ask_all(stage, calls, group, other)
                ]
            sight = Sight(stage.seen, seen, _mails(self.cast))
        self.watch.moment = began
        return sight

    def _suffix(
        self, stage: Stage, group: Group, suffix: Sequence[Act], plot: Plot, number: int | None
    ) -> None:
        for place in range(len(suffix) + 1):
            # Between two acts of the others the person acts within the minutes that pass anyway.
            for turn, act in enumerate(act for at, act in plot.acts if at == place):
                stage.do(act, group.seed, "plot", number, place, turn)
            if place < len(suffix):
                stage.pass_time(suffix[place], MINUTES)
                stage.do(suffix[place], group.seed, "suffix", place)

    def _planned(self, group: Group) -> list[Act]:
        """Fill in the requests of the suffix, from the ids known where the worlds part."""
        ids = looks.known_ids()
        if group.tour:
            calls = looks.tour(Random(f"tour {group.seed}"), ids, whole=group.tour == "whole")
            return [*group.suffix, *(Act("ask", (call,)) for call in calls)]
        return [
            Act("ask", (looks.look(Random(f"look {group.seed} {act}"), ids, *act.words[1:]),))
            if act.verb == "look"
            else act
            for act in group.suffix
        ]

    def _hunted(
        self, stage: Stage, group: Group, number: int, before: looks.Ids, hunts: int
    ) -> list[Call]:
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

    def _ask_all(
        self, stage: Stage, calls: Sequence[Call], group: Group, number: int
    ) -> list[Answer]:
        doors = Doors(stage.cast, self.chance, lap=f"plot {number}")
        return [doors.ask(call, group.seed, "own", number, turn) for turn, call in enumerate(calls)]

    def _stage(self, cast: Cast, lap: str = "") -> Stage:
        return Stage(cast, self.chance, self.watch, Doors(cast, self.chance, lap=lap))

    @contextmanager
    def _undone(self) -> Iterator[None]:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)


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
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, sequencename), coalesce(last_value + 1, 1)"
            " FROM pg_sequences"
        )
        return list(cursor.fetchall())


def _rewind(sequences: Sequence[tuple[str, int]], ahead: int) -> None:
    """Set every sequence: keys are the same in both worlds, except where rows are hidden."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(name::regclass, next + %s, false)"
            " FROM unnest(%s::text[], %s::bigint[]) AS t(name, next)",
            [ahead, [name for name, _next in sequences], [after for _name, after in sequences]],
        )
