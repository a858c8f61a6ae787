"""The draw."""

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from clearinghouse import engine
from clearinghouse.matching import queries, services
from clearinghouse.matching.models import SeedSecret
from clearinghouse.matching.services.seeds import operator_secret
from clearinghouse.shared.errors import Conflict, Forbidden, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.matching import CLOSES, DRAWN, NOW, SEALED, lead, make_world

pytestmark = pytest.mark.django_db

SECRET = "ab" * 32
COMMITMENT = hashlib.sha256(bytes.fromhex(SECRET)).hexdigest()


def test_draw_seed_binds_input_and_all_secrets() -> None:
    world = make_world(lists=[[0]], status="open")
    auditor, approver = make_user("auditor"), make_user("approver", state="DE")
    other = "cd" * 20
    services.commit_secret(by=auditor, number=world.number, commitment=COMMITMENT, now=NOW)
    services.commit_secret(
        by=approver,
        number=world.number,
        commitment=hashlib.sha256(bytes.fromhex(other)).hexdigest().upper(),
        now=NOW,
    )
    lead(world, "sealed")
    services.reveal_secret(by=auditor, number=world.number, secret=SECRET, now=SEALED)
    services.reveal_secret(by=approver, number=world.number, secret=other, now=SEALED)
    round_ = services.draw_seed(by=world.operator, number=world.number, now=SEALED)
    secrets = [bytes.fromhex(SECRET), bytes.fromhex(other), operator_secret(round_)]
    assert round_.seed == engine.draw_seed(round_.input_digest, secrets)
    parties = [row.party for row in queries.list_secrets(round_)]
    assert parties == ["DE", "auditor", "operator"]
    assert queries.list_unrevealed(round_) == []


def test_draw_seed_waits_for_secrets_until_the_time_is_over(settings: Settings) -> None:
    settings.REVEAL_MINUTES = 60
    world = make_world(lists=[[0]], status="open")
    services.commit_secret(
        by=make_user("auditor"), number=world.number, commitment=COMMITMENT, now=NOW
    )
    lead(world, "sealed")
    early = SEALED + timedelta(minutes=59)
    with pytest.raises(NotNow) as refusal:
        services.draw_seed(by=world.operator, number=world.number, now=early)
    assert refusal.value.code == "secrets_missing"
    round_ = services.draw_seed(
        by=world.operator, number=world.number, now=SEALED + timedelta(minutes=60)
    )
    assert queries.list_unrevealed(round_) == ["auditor"]
    assert round_.seed == engine.draw_seed(round_.input_digest, [operator_secret(round_)])


def test_draw_seed_counts_a_lost_key_as_not_revealed(settings: Settings) -> None:
    world = make_world(lists=[[0]], status="sealed")
    settings.SECRET_KEY = "another key"
    with pytest.raises(NotNow) as refusal:
        services.draw_seed(by=world.operator, number=world.number, now=DRAWN)
    assert refusal.value.code == "no_secret"


def test_draw_seed_happens_once() -> None:
    world = make_world(lists=[[0]], status="drawn")
    with pytest.raises(NotNow):
        services.draw_seed(by=world.operator, number=world.number, now=DRAWN)


def test_operator_secret_is_nowhere_before_the_draw() -> None:
    world = make_world(lists=[[0]], status="sealed")
    secret = operator_secret(world.round).hex()
    assert SeedSecret.objects.get(round=world.round).secret == ""
    services.draw_seed(by=world.operator, number=world.number, now=DRAWN)
    assert SeedSecret.objects.get(round=world.round).secret == secret


@pytest.mark.parametrize("commitment", ["", "zz" * 32, "ab" * 31, "ab" * 33])
def test_commit_secret_refuses_what_is_no_digest(commitment: str) -> None:
    world = make_world(lists=[], status="open")
    with pytest.raises(Invalid) as refusal:
        services.commit_secret(
            by=make_user("auditor"), number=world.number, commitment=commitment, now=NOW
        )
    assert "commitment" in refusal.value.fields


def test_commit_secret_refuses_after_the_seal_in_code_and_database() -> None:
    world = make_world(lists=[], status="sealed")
    auditor = make_user("auditor")
    with pytest.raises(NotNow):
        services.commit_secret(by=auditor, number=world.number, commitment=COMMITMENT, now=SEALED)
    with pytest.raises(IntegrityError), transaction.atomic():
        SeedSecret.objects.create(
            round=world.round,
            party="auditor",
            user=auditor,
            commitment=COMMITMENT,
            committed_at=SEALED,
        )


def test_commit_secret_twice_is_one_and_another_is_refused() -> None:
    world = make_world(lists=[], status="open")
    auditor = make_user("auditor")
    first, again = (
        services.commit_secret(by=auditor, number=world.number, commitment=COMMITMENT, now=NOW)
        for _ in range(2)
    )
    assert first.pk == again.pk
    with pytest.raises(Conflict):
        services.commit_secret(by=auditor, number=world.number, commitment="0" * 64, now=NOW)


def test_commit_secret_speaks_for_the_own_party_only() -> None:
    world = make_world(lists=[], status="open")
    approver = make_user("approver", state="FR")
    with pytest.raises(Forbidden):
        services.commit_secret(
            by=approver, number=world.number, party="DE", commitment=COMMITMENT, now=NOW
        )
    row = services.commit_secret(
        by=approver, number=world.number, party="FR", commitment=COMMITMENT, now=NOW
    )
    assert row.party == "FR"
    with pytest.raises(Forbidden):
        services.commit_secret(
            by=make_user("worker"), number=world.number, commitment=COMMITMENT, now=NOW
        )


def test_reveal_secret_refuses_what_does_not_fit_or_comes_twice() -> None:
    world = make_world(lists=[[0]], status="open")
    auditor = make_user("auditor")
    services.commit_secret(by=auditor, number=world.number, commitment=COMMITMENT, now=NOW)
    with pytest.raises(NotNow):
        services.reveal_secret(by=auditor, number=world.number, secret=SECRET, now=CLOSES)
    lead(world, "sealed")
    for wrong in ("cd" * 32, "ab", "not hex"):
        with pytest.raises(Invalid) as refusal:
            services.reveal_secret(by=auditor, number=world.number, secret=wrong, now=SEALED)
        assert "secret" in refusal.value.fields
    with pytest.raises(NotFound):
        services.reveal_secret(
            by=make_user("approver", state="DE"), number=world.number, secret=SECRET, now=SEALED
        )
    services.reveal_secret(by=auditor, number=world.number, secret=SECRET, now=SEALED)
    with pytest.raises(Conflict):
        services.reveal_secret(by=auditor, number=world.number, secret=SECRET, now=SEALED)


def test_reveal_secret_is_refused_by_the_database_after_the_draw() -> None:
    world = make_world(lists=[], status="open")
    services.commit_secret(
        by=make_user("auditor"), number=world.number, commitment=COMMITMENT, now=NOW
    )
    lead(world, "sealed")
    services.draw_seed(by=world.operator, number=world.number, now=SEALED + timedelta(hours=2))
    with pytest.raises(IntegrityError), transaction.atomic():
        SeedSecret.objects.filter(party="auditor").update(secret=SECRET)
