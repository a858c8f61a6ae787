"""Sealed rows by binary COPY: the same market as by objects, whatever the market."""

import hashlib
import random
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction

from clearinghouse import engine
from clearinghouse.matching import bulk, snapshot
from clearinghouse.matching.bulk import digests, parsing, reading
from clearinghouse.matching.models import Round, SealedEntry
from tests.engine.markets import random_market
from tests.matching.ballots import seal_market

pytestmark = pytest.mark.django_db


def market_of(seed: int, **sizes: Any) -> engine.Market:
    """Build a random market whose candidates have names as a round gives them."""
    market = engine.read_market(random_market(seed, caps=False, **sizes))
    people = [
        replace(person, id=hashlib.sha256(person.id.encode()).hexdigest()[:32])
        for person in market.candidates
    ]
    people.sort(key=lambda person: person.id)
    return replace(market, candidates=tuple(people))


def emptied() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM matching_sealedentry; DELETE FROM matching_sealedposting")
        cursor.execute("DELETE FROM matching_round")
        cursor.execute("SET LOCAL session_replication_role = origin")


def same(one: engine.ArrayMarket, other: engine.ArrayMarket) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        and getattr(one, field.name).dtype == getattr(other, field.name).dtype
        for field in fields(one)
    )


def test_read_sealed_is_what_objects_say_for_random_markets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Many ranges of keys, and slices in the middle of people.
    monkeypatch.setattr(reading, "ROWS_AT_A_TIME", 3)
    monkeypatch.setattr(digests, "PEOPLE_AT_A_TIME", 2)
    for seed in range(25):
        market = market_of(seed, people=9, postings=5, wishes=5, points=60_000)
        shuffle = list(range(len(market.candidates)))
        if seed % 3 == 0:
            random.Random(seed).shuffle(shuffle)
        round_ = seal_market(market, shuffle=shuffle)
        ballots = bulk.read_sealed(round_)
        assert snapshot.take(round_) == market == bulk.to_market(ballots)
        assert same(ballots.market(), engine.to_arrays(market))
        assert bulk.market_digest(ballots) == engine.market_digest(market)
        assert bulk.market_digest(replace(ballots, seed="")) == engine.input_digest(market)
        keys = SealedEntry.objects.order_by("candidate").values_list("pk", flat=True)
        assert ballots.entry_ids.tolist() == list(keys)
        plan = engine.match_plain(market)
        arrays = engine.match_arrays(ballots.market())
        digest = bulk.plan_digest(ballots, arrays, plan.market_digest)
        assert digest == plan.digest
        assert digests.cutoffs_of(ballots, arrays) == plan.cutoffs
        emptied()


def test_read_sealed_of_nobody_is_empty() -> None:
    market = replace(market_of(1), candidates=())
    ballots = bulk.read_sealed(seal_market(market))
    assert len(ballots) == 0
    assert bulk.market_digest(ballots) == engine.market_digest(market)
    assert same(ballots.market(), engine.to_arrays(market))


def test_read_sealed_takes_the_round_asked_for_and_tells_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "ROWS_AT_A_TIME", 4)
    round_ = seal_market(market_of(3, people=9))
    other = Round.objects.create(
        number=2, operator=round_.operator, opens_at=round_.opens_at, closes_at=round_.closes_at
    )
    told: list[tuple[int, int]] = []
    ballots = bulk.read_sealed(round_, tell=lambda *words: told.append(words))
    count = SealedEntry.objects.count()
    assert len(ballots) == count
    assert told[-1] == (count, count)
    assert len(told) == -(-count // 4)
    assert len(bulk.read_sealed(other)) == 0


@pytest.mark.django_db(transaction=True)
def test_read_sealed_by_two_connections_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    market = market_of(11, people=40, postings=5)
    with transaction.atomic():
        round_ = seal_market(market)
    whole = bulk.read_sealed(round_)
    monkeypatch.setattr(reading, "ROWS_AT_A_TIME", 3)
    told: list[int] = []
    shared = bulk.read_sealed(round_, tell=lambda read, _of: told.append(read))
    assert same(whole.market(), shared.market())
    assert told == sorted(told)
    assert told[-1] == len(market.candidates)

    def stop(_read: int, _of: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        bulk.read_sealed(round_, tell=stop)


def test_read_sealed_asks_a_bounded_number_of_questions(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = seal_market(market_of(5, people=9))
    with django_assert_num_queries(3):
        bulk.read_sealed(round_)


def test_leave_out_is_the_engines_later_round() -> None:
    rng = random.Random(7)
    for seed in range(12):
        market = market_of(seed, people=8, postings=4)
        people = [person for person in market.candidates if person.wishes]
        rng.shuffle(people)
        withdrawn = frozenset(person.id for person in people[:2])
        accepted = {person.id: rng.choice(person.wishes).posting for person in people[2:4]}
        ballots = bulk.read_sealed(seal_market(market))
        left = bulk.leave_out(ballots, withdrawn, accepted)
        assert bulk.to_market(left) == engine.market_without(market, withdrawn, accepted)
        emptied()


@pytest.mark.parametrize(
    ("withdrawn", "accepted", "text"),
    [
        (["f" * 32], {}, "unknown candidate"),
        ([], {"f" * 32: "p0"}, "unknown candidate"),
        ([0], {0: "p0"}, "has accepted"),
        ([], {0: "nowhere"}, "never wished"),
    ],
)
def test_leave_out_refuses_strangers(withdrawn: Any, accepted: Any, text: str) -> None:
    market = market_of(2, people=6)
    me = next(person for person in market.candidates if person.wishes)

    def name(who: Any) -> str:
        return who if who != 0 else me.id

    held = {name(who): me.wishes[0].posting if where == "p0" else where
            for who, where in accepted.items()}  # fmt: skip
    ballots = bulk.read_sealed(seal_market(market))
    with pytest.raises(engine.InputError, match=text):
        bulk.leave_out(ballots, frozenset(map(name, withdrawn)), held)


def rows_of(round_: Round) -> list[bytes]:
    first = SealedEntry.objects.order_by("pk").first()
    last = SealedEntry.objects.order_by("pk").last()
    assert first is not None
    assert last is not None
    return [bytes(row) for row in reading._copy(round_, first.pk, last.pk)]


@pytest.mark.parametrize(
    ("at", "to", "text"),
    [
        (1, b"\x06", "fields is not 5"),
        (5, b"\x07", "id_size is not 8"),
        (17, b"\x1f", "candidate_size is not 32"),
        (54, b"\x02", "no boolean"),
        (62, b"\x02", "no list of whole numbers"),
        (66, b"\x01", "no list of whole numbers"),
        (70, b"\x19", "no list of whole numbers"),
        (82, b"\x03", "no list of whole numbers"),
        (86, b"\x7f", "postings holds a number"),
        (83, b"\xff", "postings holds a number"),
        (116, b"\x7f", "points holds a number"),
    ],
)
def test_parse_refuses_what_is_no_ballot(at: int, to: bytes, text: str) -> None:
    market = market_of(2, people=6)
    rows = rows_of(seal_market(market))
    wished = next(index for index, row in enumerate(rows) if len(row) > 100)
    parsing.parse(rows, postings=len(market.postings))
    row = rows[wished]
    single = row[:at] + to + row[at + 1 :]
    with pytest.raises(bulk.Unreadable, match=text):
        parsing.parse([*rows[:wished], single, *rows[wished + 1 :]], postings=1_000_000 >> 14)


@pytest.mark.parametrize("cut", [1, 8, 40])
def test_parse_refuses_a_short_row(cut: int) -> None:
    rows = rows_of(seal_market(market_of(2, people=6)))
    with pytest.raises(bulk.Unreadable):
        parsing.parse([*rows, rows[0][:-cut]], postings=9)


def test_read_sealed_refuses_two_ballots_of_one_candidate() -> None:
    market = market_of(2, people=6)
    round_ = seal_market(market)
    ballots = bulk.read_sealed(round_)
    twice = replace(ballots, names=ballots.names[[0] * len(ballots)])
    with pytest.raises(bulk.Unreadable, match="two sealed ballots"):
        reading._in_order(twice)
