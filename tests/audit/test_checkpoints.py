"""Checkpoints in many hands: pages, API, receipts that anybody can check."""

import json
import random
import shutil
import subprocess
import sys

import pytest
from django.urls import reverse

import verify_round
from clearinghouse.audit import chaining, checkpoints, queries, receipts
from clearinghouse.audit.models import Checkpoint, Verification
from clearinghouse.audit.verifying import verify_and_keep
from clearinghouse.background import tasks
from clearinghouse.shared import clock, signing
from clearinghouse.shared.errors import NotFound
from tests.audit.history import act
from tests.factories.accounts import make_user
from tests.factories.applications import make_application
from tests.factories.people import make_worker
from tests.factories.quotas import make_quota
from tests.web.doors import count_queries, signed_in, stop_clock, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _outside(settings, tmp_path, monkeypatch, now):
    settings.CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    stop_clock(monkeypatch, now)


def sent():
    """Make an application that was sent by its own door."""
    application = make_application(make_worker(), [make_quota()], "submitted")
    application.refresh_from_db()
    return application


def test_names_the_one_before_and_every_stream(now):
    first = checkpoints.make(now=now)
    act(random.Random(1))
    # One transaction sees no entry of its own as finished; from nothing, all are linked.
    forget()
    second = checkpoints.make(now=now)
    said = signing.open_signed(second.token, kind=checkpoints.KIND).document
    assert said["previous"] == first.digest == checkpoints.digest_of(first.token)
    assert (said["number"], said["entries"]) == (2, second.entries)
    assert second.entries > 0
    assert {row["name"]: row["size"] for row in said["streams"]} == second.sizes


def forget():
    from clearinghouse.audit.models import ChainState

    ChainState.objects.all().delete()


def test_everybody_can_list_open_and_download(client, now):
    assert "No checkpoint has been signed yet" in text_of(client.get(reverse("public-checkpoints")))
    made = checkpoints.make(now=now)
    few = count_queries(client, reverse("public-checkpoints"))
    for _turn in range(5):
        checkpoints.make(now=now)
    assert count_queries(client, reverse("public-checkpoints")) == few
    page = text_of(client.get(reverse("public-checkpoint", args=[made.number])))
    assert made.digest in page
    file = client.get(reverse("public-checkpoint-file", args=[made.number]))
    assert file.content.decode().strip() == made.token
    assert client.get(reverse("public-checkpoint", args=[99])).status_code == 404
    listed = client.get("/api/v1/checkpoints/").json()["results"]
    assert [row["number"] for row in listed] == [6, 5, 4, 3, 2, 1]
    assert client.get("/api/v1/checkpoints/1/").json()["token"] == made.token


@pytest.mark.parametrize("role", ["ombudsperson", "approver", "origin_officer", "auditor"])
def test_the_first_page_hands_the_newest_one_out(role, now):
    client = signed_in(make_user(role, state="DE" if role == "approver" else "KE"))
    assert "Newest checkpoint" not in text_of(client.get(reverse("my-home")))
    checkpoints.make(now=now)
    assert "Newest checkpoint" in text_of(client.get(reverse("my-home")))


def test_a_receipt_convinces_somebody_without_us(now, tmp_path, capsys):
    files = [sent() for _turn in range(3)]
    with pytest.raises(NotFound, match="five minutes"):
        queries.receipt_of("applications.application", files[0].public_id)
    checkpoints.make(now=now)
    application = files[1]
    client = signed_in(application.worker.user)
    answer = client.get(reverse("worker-application-proof", args=[application.public_id]))
    receipt = json.loads(answer.content)
    assert str(application.public_id) in receipt["entry"]
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(signing.public_keys()))
    path = tmp_path / "receipt.json"
    for change, status in (
        ({}, 0),
        ({"entry": receipt["entry"].replace("worker", "helper")}, 1),
        ({"entry": receipt["entry"] + " "}, 1),
        ({"index": receipt["index"] + 1}, 1),
        ({"path": receipt["path"][:-1]}, 1),
        ({"path": [*receipt["path"][:-1], "0" * 64]}, 1),
    ):
        path.write_text(json.dumps({**receipt, **change}))
        assert verify_round.main([str(path), "--keys", str(keys)]) == status, change
    assert "your act, exactly as it stands" in capsys.readouterr().out


def test_a_receipt_is_for_the_person_only(now):
    application = sent()
    checkpoints.make(now=now)
    url = reverse("worker-application-proof", args=[application.public_id])
    assert signed_in(make_user("worker")).get(url).status_code == 404
    assert signed_in(application.worker.user).get(url).status_code == 200


def test_receipts_hold_where_a_checkpoint_is_larger_than_a_chunk(now, monkeypatch):
    monkeypatch.setattr("clearinghouse.shared.merkle.CHUNK", 4)
    monkeypatch.setattr("clearinghouse.audit.receipts.merkle.CHUNK", 4)
    files = [sent() for _turn in range(4)]
    made = checkpoints.make(now=now)
    root = signing.open_signed(made.token, kind=checkpoints.KIND).document["root"]
    for application in files:
        receipt = receipts.receipt_of("applications.application", application.public_id)
        leaf = verify_round.hashlib.sha256(("e" + receipt["entry"]).encode()).digest()
        here = verify_round.hashlib.sha256(b"\x00" + leaf).digest()
        assert verify_round.climb(here, receipt, "") == root


def test_auditors_see_chains_places_and_the_last_verification(now, settings):
    sent()
    checkpoints.make(now=now)
    client = signed_in(make_user("auditor"))
    page = text_of(client.get(reverse("operations-audit-chain")))
    assert "applications" in page
    assert "The trail is verified once a day." in page
    assert verify_and_keep(now=now).faults == []
    assert "Nothing was changed." in text_of(client.get(reverse("operations-audit-chain")))
    Verification.objects.create(
        at=now, entries=1, live_rows=1, seconds=1, faults=[{"what": "root", "where": "x"}]
    )
    assert "Something was changed." in text_of(client.get(reverse("operations-audit-chain")))
    assert "Checkpoint 1" in text_of(client.get(reverse("operations-audit")))
    assert (
        signed_in(make_user("operator")).get(reverse("operations-audit-chain")).status_code == 403
    )


def test_tasks_link_sign_and_verify(now, monkeypatch):
    act(random.Random(2))
    tasks.link_audit.apply()
    tasks.sign_checkpoint.apply()
    tasks.verify_audit.apply()
    assert Checkpoint.objects.get().at == clock.now()
    assert Verification.objects.get().faults == []
    assert chaining.link_entries() == 0


def test_the_api_shows_readers_and_receipts_to_the_person(now):
    from knox.models import AuthToken
    from rest_framework.test import APIClient

    from clearinghouse.audit import reads
    from clearinghouse.audit.enums import Purpose

    application = sent()
    checkpoints.make(now=now)
    reads.record(make_user("helper"), [application.worker], purpose=Purpose.HELP, now=now)
    _instance, token = AuthToken.objects.create(application.worker.user)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    (row,) = client.get("/api/v1/access-log/").json()["results"]
    assert set(row) == {"at", "office", "state", "purpose", "named"}
    assert row["purpose"] == "help"
    receipt = client.get(f"/api/v1/applications/{application.public_id}/receipt/").json()
    assert receipt["format"] == "mvch-receipt/1"


def test_a_receipt_is_checked_by_a_program_without_the_house(now, tmp_path):
    """`verify_round.py` alone, in an empty folder, without packages and without a network."""
    application = sent()
    checkpoints.make(now=now)
    receipt = queries.receipt_of("applications.application", application.public_id)
    program = shutil.copy(verify_round.__file__, tmp_path / "verify_round.py")
    (tmp_path / "keys.json").write_text(json.dumps(signing.public_keys()))
    for change, status in (({}, 0), ({"entry": receipt["entry"] + " "}, 1)):
        (tmp_path / "receipt.json").write_text(json.dumps({**receipt, **change}))
        command = [sys.executable, "-I", "-S", program, "receipt.json", "--keys", "keys.json"]
        done = subprocess.run(
            command, cwd=tmp_path, env={}, capture_output=True, check=False, timeout=60
        )
        assert done.returncode == status, done.stderr
