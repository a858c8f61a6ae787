"""Rules are published before lists open, and what is sealed is what was published."""

import hashlib
import json
from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from clearinghouse import engine
from clearinghouse.matching import queries, rules, services, snapshot
from clearinghouse.matching.models import Round, RulesDocument
from clearinghouse.quotas.models import Quota
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import Conflict
from tests.factories.accounts import make_user
from tests.factories.matching import NOW, SEALED, World, lead, make_world

pytestmark = pytest.mark.django_db


def published(world: World) -> dict[str, Any]:
    text = queries.find_rules(world.reload())
    assert text is not None
    return dict(json.loads(text))


def refused(act: Any) -> str | None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act()
    return violated_constraint(refusal.value)


def test_open_round_publishes_rules_with_rounded_reserves_and_their_digest() -> None:
    world = make_world(lists=[], places=(4, 6), reserve_share=(50, 0), status="open")
    text = queries.find_rules(world.reload())
    assert text is not None
    assert hashlib.sha256(text.encode()).hexdigest() == world.round.rules_digest
    document = json.loads(text)
    assert engine.canonical_bytes(document) == text.encode()
    rows = {row["id"]: row for row in document["postings"]}
    first = rows[world.quotas[0].reference]
    assert (first["quota"], first["reserve"], first["order"]) == (4, 2, "open_first")
    assert first["points"]["experience"] == 10
    assert first["requirements"]["experience_years"] == 0
    assert (document["reveal_minutes"], document["certifiers"]) == (60, 2)
    assert (document["engine"], document["self_test_bound"]) == (engine.ENGINE_VERSION, "4.00")


def test_planned_round_has_no_rules_and_its_page_is_hidden() -> None:
    world = make_world(lists=[], status="planned")
    assert queries.find_rules(world.round) is None
    assert world.round.rules_digest == ""


def test_seal_round_refuses_postings_that_are_not_the_published_ones() -> None:
    world = make_world(lists=[[0]], status="open")
    changed = world.quotas[0]
    for change in ({"places": 9}, {"weight_experience": 3}, {"min_experience_years": 4}):
        with transaction.atomic():
            Quota.objects.filter(pk=changed.pk).update(**change)
            with pytest.raises(Conflict) as refusal:
                services.seal_round(by=world.operator, number=world.number, now=SEALED)
            transaction.set_rollback(True)
        assert refusal.value.code == "rules_changed"
        assert changed.reference in str(refusal.value)
    lead(world, "sealed")
    sealed = {(p.id, p.quota, p.reserve) for p in snapshot.take(world.round).postings}
    rows = published(world)["postings"]
    assert sealed == {(row["id"], row["quota"], row["reserve"]) for row in rows}


def test_twin_without_the_comparison_a_changed_posting_is_sealed() -> None:
    world = make_world(lists=[[0]], status="open")
    with pgtrigger.ignore():
        RulesDocument.objects.all().delete()
    Quota.objects.filter(pk=world.quotas[0].pk).update(places=9)
    lead(world, "sealed")
    assert 9 in {posting.quota for posting in snapshot.take(world.round).postings}


def test_seal_round_refuses_other_promises_than_the_published_ones(settings: Settings) -> None:
    world = make_world(lists=[], status="open")
    settings.REVEAL_MINUTES = 0
    with pytest.raises(Conflict) as refusal:
        services.seal_round(by=world.operator, number=world.number, now=SEALED)
    assert refusal.value.facts["changed"] == ["reveal_minutes"]


def test_draw_keeps_the_published_time_whatever_the_settings_are_now(settings: Settings) -> None:
    world = make_world(lists=[[0]], status="open")
    services.commit_secret(
        by=make_user("ombudsperson"), number=world.number, commitment="0" * 64, now=NOW
    )
    lead(world, "sealed")
    settings.REVEAL_MINUTES = 0
    with pytest.raises(services.rounds.DomainError) as refusal:
        services.draw_seed(by=world.operator, number=world.number, now=SEALED)
    assert refusal.value.code == "secrets_missing"
    assert "ombudsperson" in str(refusal.value)


def test_rules_stay_and_come_before_the_lists_in_the_database() -> None:
    world = make_world(lists=[], status="planned")
    rows = Round.objects.filter(pk=world.round.pk)
    name = refused(lambda: rows.update(status="open", rules_digest="0" * 64))
    assert name == "matching_round_rules_before_lists"
    lead_open = make_world(lists=[], status="open")
    rows = Round.objects.filter(pk=lead_open.round.pk)
    assert refused(lambda: rows.update(rules_digest="0" * 64)) == "matching_round_rules_stay"
    sealed = {"status": "sealed", "sealed_at": SEALED, "input_digest": "0" * 64}
    assert refused(lambda: rows.update(**sealed)) == "matching_round_sealed_has_root"
    documents = RulesDocument.objects.all()
    assert refused(lambda: documents.update(text="{}")) == "matching_rulesdocument_append_only"


def test_changes_names_what_differs() -> None:
    one = {"engine": "1", "postings": [{"id": "A", "quota": 1}, {"id": "B", "quota": 2}]}
    two = {"engine": "2", "postings": [{"id": "A", "quota": 1}, {"id": "C", "quota": 2}]}
    assert rules.changes(one, one) == []
    assert rules.changes(one, two) == ["B", "C", "engine"]
