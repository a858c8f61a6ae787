"""The stand-alone checker: what is right passes, every tampering is found, garbage is refused."""

import ast
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

import verify_round
from clearinghouse import engine
from clearinghouse.access.checks import SYSTEM
from clearinghouse.access.context import acting_for_process
from clearinghouse.matching import bundling, queries, services
from tests.checker.forgeries import (
    FAULTS,
    Change,
    Files,
    missing_file,
    more_points,
    pack,
    reseal,
    scramble,
    unpack,
)
from tests.factories.accounts import make_user
from tests.factories.matching import NOW, SEALED, World, lead, make_world
from tests.house.sources import ROOT

SECRET = "ab" * 32


def run(*words: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    try:
        status = verify_round.main([str(word) for word in words])
    except SystemExit as ended:
        status = int(str(ended.code))
    return status, capsys.readouterr().out


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One released round with every kind of place, a late party and a refill, for all tests."""
    from django.db import transaction

    with django_db_blocker.unblock(), acting_for_process(SYSTEM), transaction.atomic():
        made = make_world(
            [(0, 1), (0, 1), (1, 0), (0,), (1,), (0, 1), (0,), (1, 0)],
            places=(3, 2),
            reserve_share=(50, 50),
            protected=(5, 6),
            experience=(9, 9, 8, 9, 7, 7, 5, 4),
            status="open",
        )
        commitment = hashlib.sha256(bytes.fromhex(SECRET)).hexdigest()
        for role in ("ombudsperson", "auditor"):
            services.commit_secret(
                by=make_user(role), number=made.number, commitment=commitment, now=NOW
            )
        lead(made, "sealed")
        ombudsperson = queries.list_secrets(made.round).get(party="ombudsperson").user
        services.reveal_secret(by=ombudsperson, number=made.number, secret=SECRET, now=SEALED)
        lead(made, "released")
        refill(made)
        yield made
        transaction.set_rollback(True)


def refill(made: World) -> None:
    from clearinghouse.matching.models import Run
    from tests.factories.matching import RELEASED, execute

    plan = queries.plan_json(made.round, actor=make_user("auditor"))
    assert plan is not None
    placed = [row for row in plan["assignments"] if row["posting"]]  # type: ignore[attr-defined]
    job = services.request_refill(
        round_=made.round,
        withdrawn=[placed[0]["candidate"]],
        accepted={placed[1]["candidate"]: placed[1]["posting"]},
        now=RELEASED,
    )
    assert job is not None
    assert execute(job, now=RELEASED) is not None
    assert Run.objects.filter(round=made.round, generation=1, status="finished").exists()


@pytest.fixture(scope="module")
def sealed(world: World, django_db_blocker: Any) -> bytes:
    with django_db_blocker.unblock():
        return b"".join(queries.sealed_bundle(world.reload(), actor=make_user("auditor")))


@pytest.fixture(scope="module")
def public(world: World, django_db_blocker: Any) -> bytes:
    with django_db_blocker.unblock():
        return queries.public_bundle(world.reload())


@pytest.fixture(scope="module")
def proof(world: World, django_db_blocker: Any) -> dict[str, Any]:
    with django_db_blocker.unblock():
        return queries.proof_for(world.workers[1], world.reload())


def test_imports_only_the_standard_library_and_parses_as_python_3_8() -> None:
    source = (ROOT / "verify_round.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    found = {
        name.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    } | {
        (node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert found <= sys.stdlib_module_names
    assert "clearinghouse" not in found


def test_accepts_a_sealed_bundle_with_its_refill(
    sealed: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(sealed)
    status, said = run(path, capsys=capsys)
    assert status == 0, said
    assert "auditor did not reveal its secret" in said
    assert "refill-1: nobody who stayed is worse off" in said
    assert "FAULT" not in said
    files = unpack(sealed)
    assert (
        hashlib.sha256(engine.canonical_bytes(files["market.json"])).hexdigest()
        == (files["manifest.json"]["market_digest"])
    )
    seats = {row["seat"] for row in files["plan.json"]["assignments"]}
    assert seats == {"open", "reserved", "reverted", None}


@pytest.mark.django_db
def test_bundles_are_the_same_bytes_every_time(world: World, sealed: bytes) -> None:
    again = b"".join(queries.sealed_bundle(world.reload(), actor=make_user("certifier")))
    assert again == sealed


def test_public_bundle_holds_no_ballot(
    public: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "public.zip"
    path.write_bytes(public)
    assert run(path, capsys=capsys)[0] == 0
    files = unpack(public)
    assert set(files) == {
        "manifest.json",
        "rules.json",
        "secrets.json",
        "checks.json",
        "result.json",
    }
    assert "candidate" not in json.dumps({**files, "rules.json": None})
    tests = files["checks.json"]["self_test"]
    assert {(row["people"], row["z"], row["passed"]) for row in tests} == {(None, None, True)}
    assert all("reserved_filled" not in row for row in files["result.json"]["postings"])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("mended", [False, True], ids=["raw", "digests mended"])
def test_finds_every_tampering(
    fault: Change, mended: bool, sealed: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = unpack(sealed)
    fault(files)
    if mended:
        reseal(files)
    status, said = run(pack(files, tmp_path / "bundle.zip"), capsys=capsys)
    assert status == 1, said
    assert "FAULT" in said


def test_finds_files_that_are_not_those_of_the_manifest(
    sealed: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = unpack(sealed)
    more_points(files)
    status, said = run(pack(files, tmp_path / "b.zip", honest=False), capsys=capsys)
    assert status == 1
    assert "market.json is not what the manifest says" in said
    missing_file(files)
    assert run(pack(files, tmp_path / "b.zip"), capsys=capsys)[0] == 2


def test_refuses_archives_that_are_damaged_cut_off_foreign_or_bombs(
    sealed: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "b.zip"
    texts = []
    step = max(1, len(sealed) // 60)
    for cut in range(0, len(sealed) - 1, step):
        path.write_bytes(sealed[:cut])
        status, said = run(path, capsys=capsys)
        assert status == 2, cut
        texts.append(said)
    assert all("REFUSED" in said and "Traceback" not in said for said in texts)
    for at in range(0, len(sealed), step):
        broken = bytearray(sealed)
        broken[at] ^= 0x55
        path.write_bytes(broken)
        status, said = run(path, capsys=capsys)
        assert "Traceback" not in said
    for name, data in (
        ("../evil.json", b"{}"),
        ("evil.exe", b"{}"),
        ("market.json", b" " * (50 * 1024 * 1024)),
        ("manifest.json", b"[1.5]"),
        ("manifest.json", b'{"a":1,"a":2}'),
        ("manifest.json", b"[" * 100_000),
        ("manifest.json", b"\xff"),
        ("manifest.json", b'{"format":"mvch-bundle/1"}'),
    ):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)
        status, said = run(path, capsys=capsys)
        assert (status, "REFUSED" in said) == (2, True), name
    assert run(tmp_path / "absent.zip", capsys=capsys)[0] == 2


def test_answers_in_words_whatever_the_archive_holds(
    sealed: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = set()
    for seed in range(150):
        files = unpack(sealed)
        scramble(files, Random(seed))
        try:
            path = pack(files, tmp_path / "b.zip")
        except (KeyError, TypeError, AttributeError):
            continue
        seen.add(run(path, capsys=capsys)[0])
    assert seen == {0, 1, 2}


def test_refuses_markets_and_plans_with_the_place_of_the_fault(
    sealed: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(act: Change) -> str:
        files = unpack(sealed)
        act(files)
        status, said = run(pack(files, tmp_path / "b.zip"), capsys=capsys)
        assert status == 2, said
        return said

    def wish(files: Files, **over: object) -> None:
        files["market.json"]["candidates"][1]["wishes"][0].update(over)

    assert "candidate 1" in change(lambda files: wish(files, points=70_000))
    assert "candidate 1" in change(lambda files: wish(files, points=True))
    assert "unknown posting" in change(lambda files: wish(files, posting="XX"))
    rows = lambda files: files["market.json"]["candidates"]  # noqa: E731
    assert "twice" in change(lambda files: rows(files).append(rows(files)[0]))
    assert "'reserve'" in change(
        lambda files: files["market.json"]["postings"][0].update(reserve=99)
    )
    assert "plan.json" in change(lambda files: files["plan.json"].update(assignments=3))


def test_checks_a_persons_proof_alone_and_against_the_public_bundle(
    proof: dict[str, Any], public: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, bundle = tmp_path / "proof.json", tmp_path / "public.zip"
    path.write_text(json.dumps(proof))
    bundle.write_bytes(public)
    assert run(path, capsys=capsys)[0] == 0
    status, said = run(path, "--bundle", bundle, capsys=capsys)
    assert status == 0, said
    assert "cut-off" in said


@pytest.mark.parametrize("field", ["leaf_salt", "index", "size", "path", "merkle_root", "entry"])
def test_finds_every_change_of_a_proof(
    field: str, proof: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = json.loads(json.dumps(proof))
    if field == "entry":
        forged["entry"]["protected"] = not forged["entry"]["protected"]
    elif field == "path":
        forged["path"].pop()
    elif isinstance(forged[field], int):
        forged[field] = (forged[field] + 1) % forged["size"] if field == "index" else 3
    else:
        forged[field] = "00" * 32
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(forged))
    assert run(path, capsys=capsys)[0] in (1, 2)


def test_makes_a_secret_and_its_commitment(capsys: pytest.CaptureFixture[str]) -> None:
    status, said = run("secret", capsys=capsys)
    words = said.split()
    assert status == 0
    commitment = hashlib.sha256(bytes.fromhex(words[1])).hexdigest()
    assert commitment == words[words.index("commitment") + 1]
    assert run("secret", capsys=capsys)[1] != said


def test_bundling_is_deterministic_and_lists_what_it_holds() -> None:
    one, two = (
        b"".join(bundling.zip_bytes([("a.json", [b"[", b"]"])], {"x": 1})) for _ in range(2)
    )
    assert one == two
    manifest = unpack(one)["manifest.json"]
    assert manifest["files"] == {"a.json": {"sha256": hashlib.sha256(b"[]").hexdigest(), "size": 2}}
