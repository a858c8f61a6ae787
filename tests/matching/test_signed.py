"""Signed explanations: everybody of a round gets one, and it is true."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pytest_django import Settings

from clearinghouse import engine
from clearinghouse.applications.models import Wish
from clearinghouse.matching import queries, services, snapshot
from clearinghouse.matching.models import Run, SealedEntry
from clearinghouse.matching.queries import signed
from clearinghouse.shared.errors import Forbidden, NotFound
from clearinghouse.shared.signing import SignatureRefusedError
from tests.factories.accounts import make_user
from tests.factories.matching import RELEASED, World, execute, lead, make_person, make_world

pytestmark = pytest.mark.django_db

LANGUAGES = ("ar", "en", "fr", "es")


def _world(people: int, order: str) -> World:
    """Make a released round of many people, with wishes that were refused or never checked."""
    lists = [((n % 4), (n * 7 + 1) % 4, (n * 3 + 2) % 4)[: 1 + n % 3] for n in range(people)]
    world = make_world(
        [tuple(dict.fromkeys(row)) for row in lists],
        places=(people // 16, people // 5, people // 32, people // 22),
        reserve_share=(50, 25, 100, 30),
        order=order,
        protected=tuple(range(0, people, 6)),
        experience=tuple(3 + n % 5 for n in range(people)),
        status="open",
    )
    second = Wish.objects.filter(rank=2)
    refused = second.filter(application__in=world.applications[::10])
    refused.update(check_status="not_eligible", reasons=["language", "evidence"])
    waiting = second.filter(application__in=world.applications[5::10])
    waiting.update(check_status="waiting", decided_by=None, decided_at=None)
    lead(world, "released")
    return world


def _refill(world: World) -> Run:
    """Let ten people who hold a place leave and ten accept, and follow the refill."""
    first = Run.objects.get(round=world.round)
    plan = snapshot.plan_of(first)
    held = [(row.candidate, row.posting) for row in plan.assignments if row.posting][:20]
    run = services.request_refill(
        round_=world.reload(),
        withdrawn=[name for name, _ in held[:10]],
        accepted=dict(held[10:]),
        now=RELEASED,
    )
    assert run is not None
    execute(run, now=RELEASED)
    run.refresh_from_db()
    services.mark_applied(run=run, now=RELEASED)
    return run


def _bars(market: engine.Market, plan: engine.Plan) -> dict[tuple[str, bool], tuple[int, int]]:
    """Find the worst (points, minus lot) that got in, by posting and group, from the holders alone.

    Source: matching page, section 2. Left out where everybody gets in; (65536, 0) where nobody can.
    """
    ranks = _ranks(market)
    people = {one.id: one for one in market.candidates}
    found: dict[tuple[str, bool], tuple[int, int]] = {}
    for posting in market.postings:
        holders = [row for row in plan.assignments if row.posting == posting.id]
        if len(holders) < posting.quota:
            continue
        priority = {
            row.candidate: (wish.points, -ranks[row.candidate])
            for row in holders
            for wish in people[row.candidate].wishes
            if wish.posting == posting.id
        }
        reserved = sum(row.seat == "reserved" for row in holders)
        bar_of = {False: [row for row in holders if row.seat != "reserved"], True: holders}
        if posting.order == "open_first":
            everybody_protected = any(row.seat == "reverted" for row in holders)
        else:
            everybody_protected = reserved < posting.reserve
        for protected, counted in bar_of.items():
            if protected and everybody_protected:
                continue
            worst = min((priority[row.candidate] for row in counted), default=(65_536, 0))
            found[posting.id, protected] = worst
    return found


def _ranks(market: engine.Market) -> dict[str, int]:
    seed = bytes.fromhex(market.seed)
    lots = sorted(
        (hashlib.sha256(seed + one.id.encode()).digest(), one.id) for one in market.candidates
    )
    return {name: rank for rank, (_, name) in enumerate(lots)}


def _expected(market: engine.Market) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what each person's document must say, from the sealed input and the plain engine."""
    plan = engine.match(market)
    bars, ranks = _bars(market, plan), _ranks(market)
    placed = {row.candidate: row for row in plan.assignments}
    for one in market.candidates:
        mine, wishes, settled = placed[one.id], {}, False
        for wish in one.wishes:
            if settled:
                told: tuple[Any, ...] = ("placed_higher", wish.points, None, None, None)
            elif wish.posting == mine.posting:
                settled, told = True, ("placed", wish.points, None, None, None)
            else:
                told = _missed(wish, bars[wish.posting, one.protected], ranks[one.id])
            wishes[wish.posting] = told
        yield (
            one.id,
            {
                "result": mine.posting and {"posting": mine.posting, "seat": str(mine.seat)},
                "lottery": {"place": ranks[one.id] + 1, "of": len(market.candidates)},
                "wishes": wishes,
            },
        )


def _missed(wish: engine.Wish, bar: tuple[int, int], rank: int) -> tuple[Any, ...]:
    assert (wish.points, -rank) < bar, "a person above the bar would have been placed"
    if bar[0] > 65_535:
        return "no_place_for_group", wish.points, None, None, None
    kind = "lottery_not_met" if wish.points == bar[0] else "cutoff_not_met"
    needed = bar[0] + (-rank < bar[1])
    return kind, wish.points, bar[0], bar[0] - wish.points, needed


def _told(document: dict[str, Any]) -> dict[str, Any]:
    keys = ("result", "points", "cutoff", "gap", "points_needed")
    in_ballot = [wish for wish in document["wishes"] if wish["points"] is not None]
    return {
        "result": document["result"],
        "lottery": document["lottery"],
        "wishes": {wish["posting"]: tuple(wish[key] for key in keys) for wish in in_ballot},
    }


def _check_everybody(world: World, run: Run) -> set[str]:
    """Compare every document of a round with what the sealed input gives; return the reasons."""
    expected = dict(_expected(snapshot.take_for(run)))
    earlier = dict(_expected(snapshot.take(world.round)))
    reasons: set[str] = set()
    documents = {
        name: queries.check_explanation(found.token).document
        for name, found in queries.list_signed_explanations(world.round, actor=make_user("auditor"))
    }
    assert set(documents) == {one.id for one in snapshot.take(world.round).candidates}
    for name, document in documents.items():
        refilled = bool(run.generation and name in expected and name not in run.accepted)
        wanted = expected if refilled else earlier
        assert _told(document) == wanted[name], name
        assert document["generation"] == (run.generation if refilled else 0)
        assert document["candidate"] == name
        assert document["plan_digest"] == (run if refilled else _first(world)).plan_digest
        assert document["seed"] == world.round.seed
        reasons |= {wish["result"] for wish in document["wishes"]}
    return reasons


def _first(world: World) -> Run:
    return Run.objects.get(round=world.round, generation=0)


@pytest.mark.parametrize(("people", "order"), [(200, "open_first"), (80, "reserve_first")])
def test_everybody_of_a_round_gets_a_true_explanation(people: int, order: str) -> None:
    world = _world(people, order)
    assert _check_everybody(world, _first(world)) >= {
        "placed", "placed_higher", "cutoff_not_met", "lottery_not_met", "no_place_for_group",
        "not_eligible", "not_checked",
    }  # fmt: skip
    refused = world.applications[10]
    document = queries.signed_explanation_for(refused.worker, world.round).document
    assert {tuple(wish["reasons"]) for wish in document["wishes"]} == {(), ("language", "evidence")}
    if order == "open_first":
        _check_everybody(world, _refill(world))


def test_a_wrong_cutoff_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twin of the comparison above: it fails where a document says one point too much."""
    world = make_world([(0, 1), (0, 1), (0,)])
    _check_everybody(world, _first(world))
    plain = signed._wish

    def wrong(wish: Any) -> dict[str, Any]:
        told = plain(wish)
        return told | {"cutoff": told["cutoff"] and told["cutoff"] + 1}

    monkeypatch.setattr(signed, "_wish", wrong)
    with pytest.raises(AssertionError):
        _check_everybody(world, _first(world))


def test_signed_explanation_is_the_same_bytes_every_time() -> None:
    world = make_world([(0, 1), (0,)])
    first = queries.signed_explanation_for(world.workers[0], world.round, language="fr")
    with translation.override("ar"):
        again = queries.signed_explanation_for(world.workers[0], world.round, language="fr")
    assert first.token == again.token
    assert queries.check_explanation(first.token).document == first.document


def test_every_flipped_bit_of_an_explanation_is_refused() -> None:
    world = make_world([(0,)])
    token = queries.signed_explanation_for(world.workers[0], world.round).token
    assert queries.check_explanation(f"  {token[:70]}\n{token[70:]}\r\n")
    for at, letter in enumerate(token):
        for bit in range(7):
            with pytest.raises(SignatureRefusedError):
                queries.check_explanation(
                    token[:at] + chr(ord(letter) ^ 1 << bit) + token[at + 1 :]
                )


def test_languages_say_the_same_facts_in_different_words() -> None:
    world = make_world([(0,), (0, 1)])
    found = [
        queries.signed_explanation_for(world.workers[1], world.round, language=language).document
        for language in LANGUAGES
    ]
    assert len({document.pop("text") for document in found}) == 4
    assert [document.pop("language") for document in found] == list(LANGUAGES)
    assert all(document == found[0] for document in found)


def test_unknown_language_is_the_active_one() -> None:
    world = make_world([(0,)])
    with translation.override("es"):
        found = queries.signed_explanation_for(world.workers[0], world.round, language="xx")
    assert found.language == "es"


def test_explanation_names_nobody_and_no_group() -> None:
    world = make_world([(0,), (0,), (0,)], reserve_share=(100, 0), protected=(1,))
    others = set(SealedEntry.objects.exclude(worker=world.workers[2]).values_list("candidate"))
    document = queries.signed_explanation_for(world.workers[2], world.round).document
    assert not [name for (name,) in others if name in str(document)]
    assert "Odhiambo" not in str(document) and "Amina" not in str(document)
    assert not {"protected", "group"} & set(document)
    title = document["text"].splitlines()[0]
    assert title == f"Explanation of your result, round {world.number}"


def test_explanation_says_where_to_complain(settings: Settings) -> None:
    world = make_world([(0,)])
    without = queries.signed_explanation_for(world.workers[0], world.round).document
    assert without["complaint"]["address"] is None and without["complaint"]["deadline"] is None
    assert "to a lawyer" in without["text"]
    settings.COMPLAINTS_ADDRESS = "complaints@clearinghouse.example"
    settings.SITE_URL = "https://clearinghouse.example/"
    document = queries.signed_explanation_for(world.workers[0], world.round).document
    assert document["complaint"]["address"] == "complaints@clearinghouse.example"
    assert document["issuer"] == "https://clearinghouse.example"
    assert "complaints@clearinghouse.example" in document["text"]
    assert "https://clearinghouse.example/explanations/check/" in document["text"]


def test_explanation_is_for_entrants_after_the_release() -> None:
    world = make_world([(0,)], status="certified")
    for worker in (world.workers[0], make_person(3)):
        with pytest.raises(NotFound):
            queries.signed_explanation_for(worker, world.round)
    lead(world, "released")
    assert queries.signed_explanation_for(world.workers[0], world.round)
    with pytest.raises(NotFound):
        queries.explanation_paper_for(make_person(3), world.round)


def test_archive_is_not_for_whoever_operates(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world([(0,)])
    with pytest.raises(Forbidden):
        list(queries.list_signed_explanations(world.round, actor=world.operator))
    monkeypatch.setattr(signed, "check_can_read_sealed", lambda *_: None)
    assert list(queries.list_signed_explanations(world.round, actor=world.operator))


def test_explanation_costs_the_same_in_a_large_round() -> None:
    costs = []
    for lists in ([(0, 1)], [(0, 1)] * 9):
        world = make_world(lists)
        with CaptureQueriesContext(connection) as captured:
            queries.signed_explanation_for(world.workers[0], world.round)
        costs.append(len(captured))
    assert costs[0] == costs[1] <= 12


def test_other_documents_of_ours_are_no_explanations() -> None:
    token = signed.signing.sign({"format": "mvch-receipt/1"}, kind=signed.KIND)
    with pytest.raises(SignatureRefusedError):
        queries.check_explanation(token)
