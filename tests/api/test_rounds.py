"""Rounds by program."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import rfc8785
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from clearinghouse import engine
from clearinghouse.matching import queries
from clearinghouse.shared import clock
from tests.factories.accounts import make_user
from tests.factories.matching import CLOSES, NOW, SEALED, execute, make_world
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db

Caller = Callable[[User], APIClient]
SECRET = "ab" * 32


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_list_rounds_shows_strangers_what_is_open_and_later(stranger: APIClient) -> None:
    hidden = make_world([], status="planned")
    shown = make_world([], status="open")
    (row,) = stranger.get("/api/v1/rounds/").json()["results"]
    assert (row["number"], row["status"], row["plan_digest"]) == (shown.number, "open", "")
    absent = stranger.get("/api/v1/rounds/99/")
    secret = stranger.get(f"/api/v1/rounds/{hidden.number}/")
    assert (absent.status_code, absent.json()) == (secret.status_code, secret.json())
    assert absent.status_code == 404


def test_operator_sees_planned_rounds(caller: Caller) -> None:
    world = make_world([], status="planned")
    answer = caller(world.operator).get("/api/v1/rounds/")
    assert [row["status"] for row in answer.json()["results"]] == ["planned"]


def test_plan_round_answers_with_the_operators_commitment(caller: Caller) -> None:
    quota = make_quota("DE", "published")
    body = {
        "quotas": [str(quota.public_id)],
        "opens_at": NOW.isoformat(),
        "closes_at": CLOSES.isoformat(),
    }
    answer = caller(make_user("operator")).post("/api/v1/rounds/", body)
    assert answer.status_code == 201
    (secret,) = answer.json()["secrets"]
    assert (secret["party"], secret["secret"]) == ("operator", "")


def test_plan_round_names_wrong_fields(caller: Caller) -> None:
    client = caller(make_user("operator"))
    body: dict[str, Any] = {
        "quotas": [],
        "opens_at": CLOSES.isoformat(),
        "closes_at": NOW.isoformat(),
    }
    answer = client.post("/api/v1/rounds/", body)
    assert (answer.status_code, set(answer.json()["errors"])) == (422, {"quota_ids", "closes_at"})
    answer = client.post("/api/v1/rounds/", {**body, "typing_eror": 1})
    assert "typing_eror" in answer.json()["errors"]


def test_round_goes_its_whole_way(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world([(0,), (0, 1)], status="open")
    operator, auditor = caller(world.operator), caller(make_user("auditor"))
    base = f"/api/v1/rounds/{world.number}"
    commitment = hashlib.sha256(bytes.fromhex(SECRET)).hexdigest()
    assert auditor.post(f"{base}/commit/", {"commitment": commitment}).status_code == 200
    early = operator.post(f"{base}/seal/")
    assert (early.status_code, early.json()["code"]) == (409, "too_early")
    at(monkeypatch, SEALED)
    sealed = operator.post(f"{base}/seal/").json()
    assert (sealed["status"], len(sealed["input_digest"])) == ("sealed", 64)
    assert auditor.post(f"{base}/reveal/", {"secret": SECRET}).status_code == 200
    assert operator.get(f"{base}/run/").status_code == 204
    assert auditor.get(f"{base}/plan/").status_code == 204
    assert auditor.get(f"{base}/market/?generation=1").status_code == 204
    assert {operator.get(f"{base}/{path}/").status_code for path in ("market", "plan")} == {403}
    drawn = operator.post(f"{base}/draw/").json()
    assert len(drawn["seed"]) == 64
    first = operator.post(f"{base}/run/")
    assert (first.status_code, first.json()["status"]) == (202, "waiting")
    assert operator.post(f"{base}/run/").json()["id"] == first.json()["id"]
    run = queries.get_run(first.json()["id"])
    execute(run, now=SEALED + timedelta(minutes=1))
    assert operator.get(f"{base}/run/").json()["percent"] == 100
    assert operator.post(f"{base}/certify/").status_code == 403
    for status in ("verified", "certified"):
        answer = caller(make_user("certifier")).post(f"{base}/certify/")
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    assert answer.json()["results"] == []
    released = operator.post(f"{base}/release/").json()
    assert released["status"] == "released"
    assert released["summary"]["placed"] == {"value": None, "status": "few", "since": 1}
    assert {row["filled"]["status"] for row in released["results"]} <= {"few", "exact"}
    (numbers,) = auditor.get(f"{base}/numbers/").json()
    assert (numbers["number"], numbers["reason"]) == (1, "")
    assert numbers["numbers"]["applicants"] == {"value": None, "status": "few", "since": 1}
    content = rfc8785.dumps(numbers["content"])
    assert hashlib.sha256(content).hexdigest() == numbers["digest"]
    assert released["summary"]["generation"] == 0
    assert released["summary"]["plan_digest"] == released["plan_digest"]
    market = engine.read_market(auditor.get(f"{base}/market/").json())
    plan = engine.read_plan(auditor.get(f"{base}/plan/").json())
    assert engine.verify(market, plan) == []
    assert plan.digest == released["plan_digest"]


def test_results_show_closed_and_withheld_cutoffs(stranger: APIClient, settings: Settings) -> None:
    lists, share = [(0,)] * 6 + [(1,)] * 2, (100, 0)
    names = ("suppressed", "others_closed", "protected_closed", "cutoff_others")
    settings.SMALLEST_PUBLIC_CELL = 2
    world = make_world(lists, places=(2, 1), reserve_share=share, protected=range(4))
    path = f"/api/v1/rounds/{world.number}/"
    rows = {row["places"]: row for row in stranger.get(path).json()["results"]}
    assert [rows[2][name] for name in names] == [False, True, False, None]
    assert rows[2]["cutoff_protected"] is not None
    assert rows[1]["cutoff_others"] is not None
    settings.SMALLEST_PUBLIC_CELL = 5
    world = make_world(lists, places=(2, 1), reserve_share=share, protected=range(4))
    path = f"/api/v1/rounds/{world.number}/"
    rows = {row["places"]: row for row in stranger.get(path).json()["results"]}
    assert [rows[2][name] for name in names] == [True, True, None, None]
    assert rows[2]["cutoff_protected"] is None


def test_open_and_void_by_program(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world([], status="planned")
    client, base = caller(world.operator), f"/api/v1/rounds/{world.number}"
    assert client.post(f"{base}/open/").json()["status"] == "open"
    at(monkeypatch, SEALED)
    client.post(f"{base}/seal/")
    assert client.post(f"{base}/void/", {"reason": " "}).status_code == 422
    voided = client.post(f"{base}/void/", {"reason": "The list was wrong."}).json()
    assert (voided["status"], voided["void_reason"]) == ("voided", "The list was wrong.")


def test_cancel_by_program(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world([(0,)], status="drawn")
    client, base = caller(world.operator), f"/api/v1/rounds/{world.number}"
    refused = client.post(f"{base}/run/cancel/")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_live_run")
    at(monkeypatch, SEALED + timedelta(minutes=1))
    first = client.post(f"{base}/run/").json()
    assert (first["rows_total"], first["seconds_left"], first["checked_by"]) == (0, None, "")
    cancelled = client.post(f"{base}/run/cancel/").json()
    assert (cancelled["id"], cancelled["status"]) == (first["id"], "cancelled")
    assert client.get(f"{base}/").json()["status"] == "drawn"
    assert client.post(f"{base}/run/").json()["id"] != first["id"]


@pytest.mark.parametrize("path", ["market", "plan", "run"])
@pytest.mark.parametrize("role", ["worker", "approver", "caseworker"])
def test_sealed_rows_are_for_the_secretariat(caller: Caller, path: str, role: str) -> None:
    world = make_world([(0,)], status="verified")
    client = caller(make_user(role, state="DE"))
    assert client.get(f"/api/v1/rounds/{world.number}/{path}/").status_code == 403


@pytest.mark.parametrize(
    "step",
    ["open", "seal", "draw", "run", "run/cancel", "certify", "release", "void", "commit", "reveal"],
)
def test_steps_are_refused_to_strangers_and_workers(
    caller: Caller, stranger: APIClient, step: str
) -> None:
    world = make_world([], status="open")
    bodies = {
        "void": {"reason": "x"},
        "commit": {"commitment": "0" * 64},
        "reveal": {"secret": SECRET},
    }
    path, body = f"/api/v1/rounds/{world.number}/{step}/", bodies.get(step, {})
    assert stranger.post(path, body).status_code == 401
    assert caller(make_user("worker")).post(path, body).status_code == 403
