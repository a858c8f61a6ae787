"""The public draw by program."""

import hashlib
from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from clearinghouse.matching import queries
from clearinghouse.shared import clock
from tests.factories.accounts import make_user
from tests.factories.matching import DRAWN, SEALED, lead, make_person, make_world

pytestmark = pytest.mark.django_db

Caller = Callable[[User], APIClient]
SECRET = "ab" * 32
COMMITMENT = hashlib.sha256(bytes.fromhex(SECRET)).hexdigest()


def test_round_shows_rules_root_missing_reveals_and_self_test(
    caller: Caller, stranger: APIClient
) -> None:
    world = make_world([(0,)], status="open")
    path = f"/api/v1/rounds/{world.number}/"
    ombudsperson = caller(make_user("ombudsperson"))
    assert ombudsperson.post(f"{path}commit/", {"commitment": COMMITMENT}).status_code == 200
    rules = stranger.get(f"{path}rules/").json()
    assert rules["format"] == "mvch-rules/1"
    lead(world, "verified")
    shown = stranger.get(path).json()
    assert shown["rules_digest"] == world.round.rules_digest
    assert shown["merkle_root"] == world.round.merkle_root != ""
    assert shown["missing_reveals"] == ["ombudsperson"]
    assert {row["passed"] for row in shown["self_test"]} == {True}
    assert {(row["people"], row["z"]) for row in shown["self_test"]} == {(None, None)}
    whole = caller(make_user("certifier")).get(path).json()["self_test"]
    assert {row["people"] for row in whole} == {1}
    assert shown["repeat_of"] is None


def test_refusals_have_a_reason(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world([(0,)], status="open")
    path = f"/api/v1/rounds/{world.number}/"
    ombudsperson, operator = caller(make_user("ombudsperson")), caller(world.operator)
    ombudsperson.post(f"{path}commit/", {"commitment": COMMITMENT})
    lead(world, "sealed")
    late = caller(make_user("auditor")).post(f"{path}commit/", {"commitment": COMMITMENT})
    assert (late.status_code, late.json()["code"]) == (409, "sealed_already")
    wrong = ombudsperson.post(f"{path}reveal/", {"secret": "cd" * 32})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "does_not_fit")
    monkeypatch.setattr(clock, "now", lambda: SEALED)
    assert ombudsperson.post(f"{path}reveal/", {"secret": SECRET}).status_code == 200
    refused = operator.post(f"{path}void/", {"reason": "The seed is not nice."})
    assert (refused.status_code, refused.json()["code"]) == (409, "draw_first")
    lead(world, "verified")
    assert operator.post(f"{path}certify/").status_code == 403
    lead(world, "released")
    again = operator.post(f"{path}run/")
    assert (again.status_code, again.json()["code"]) == (409, "result_final")


def test_void_after_the_draw_and_discharge(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world([(0,)], status="drawn")
    monkeypatch.setattr(clock, "now", lambda: DRAWN)
    operator = caller(world.operator)
    path = f"/api/v1/rounds/{world.number}/"
    assert operator.post(f"{path}void/", {"reason": "A bug."}).json()["status"] == "voided"
    repeat = queries.find_repeat(world.round)
    assert repeat is not None
    path = f"/api/v1/rounds/{repeat.number}/"
    shown = operator.get(path).json()
    assert (shown["status"], shown["repeat_of"]) == ("drawn", world.number)
    assert shown["seed"] == world.reload().seed
    body = {"reason": "Minors were sealed."}
    assert operator.post(f"{path}discharge/", body).status_code == 403
    for status in ("drawn", "voided"):
        answer = caller(make_user("certifier")).post(f"{path}discharge/", body)
        assert answer.json()["status"] == status


def test_bundles_and_proofs_are_for_whom_they_are_for(caller: Caller, stranger: APIClient) -> None:
    world = make_world([(0,)], status="sealed")
    path = f"/api/v1/rounds/{world.number}/"
    assert stranger.get(f"{path}public-bundle/").content == queries.public_bundle(world.round)
    assert stranger.get(f"{path}bundle/").status_code == 401
    assert caller(world.operator).get(f"{path}bundle/").status_code == 403
    sealed = caller(make_user("auditor")).get(f"{path}bundle/")
    assert b"".join(sealed.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    proof = f"/api/v1/results/{world.number}/proof/"
    user, other = world.workers[0].user, make_person(2).user
    assert user is not None
    assert other is not None
    own = caller(user).get(proof).json()
    assert own == queries.proof_for(world.workers[0], world.round)
    assert caller(other).get(proof).status_code == 404
    assert caller(make_user("auditor")).get(proof).status_code == 403
