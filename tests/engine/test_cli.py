"""The command line, as a person or a script meets it."""

import contextlib
import io
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from clearinghouse.engine import canonical_bytes, plan_to_json
from clearinghouse.engine.cli import main
from tests.engine.helpers import plan_of
from tests.engine.markets import Json, candidate, market, posting, random_market

ROOT = Path(__file__).resolve().parents[2]


def example() -> Json:
    return market(
        [posting("X", 1), posting("Y", 1)],
        [candidate("a", ("X", 9)), candidate("b", ("X", 8), ("Y", 1))],
    )


@pytest.fixture
def market_file(tmp_path: Path) -> Path:
    path = tmp_path / "market.json"
    path.write_text(json.dumps(example(), indent=2), encoding="utf-8")
    return path


@pytest.fixture
def plan_file(tmp_path: Path, market_file: Path) -> Path:
    path = tmp_path / "plan.json"
    assert main(["match", str(market_file), "--out", str(path)]) == 0
    return path


def test_match_writes_the_canonical_plan(plan_file: Path) -> None:
    assert plan_file.read_bytes() == canonical_bytes(plan_to_json(plan_of(example())))


@pytest.mark.parametrize("out", [[], ["--out", "-"]])
def test_match_prints_the_plan_by_default(
    out: list[str], market_file: Path, plan_file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["match", str(market_file), *out]) == 0
    assert capfdbinary.readouterr().out == plan_file.read_bytes()


def test_verify_accepts_a_sound_plan(
    market_file: Path, plan_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(market_file), str(plan_file)]) == 0
    assert capsys.readouterr().out == "verified\n"


def test_verify_lists_what_it_found(
    market_file: Path, plan_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = json.loads(plan_file.read_text(encoding="utf-8"))
    plan["assignments"][1] = {"candidate": "b", "posting": None, "seat": None}
    plan_file.write_text(json.dumps(plan), encoding="utf-8")

    assert main(["verify", str(market_file), str(plan_file)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "plan_digest_wrong: The plan was changed after it was sealed.",
        (
            "posting_unstable: Posting 'Y' would choose candidate 'b', who prefers it,"
            " over its present holders."
        ),
        "place_wasted: Candidate 'b' prefers posting 'Y', where a place stayed free.",
        "cutoff_wrong: The cut-off of posting 'Y' is wrong for people without protection.",
        "cutoff_wrong: The cut-off of posting 'Y' is wrong for people under protection.",
        "certificate_broken: By the published cut-offs candidate 'b' gets posting 'Y'.",
        "not verified: 6 findings",
    ]


def test_explain_prints_plain_english(
    market_file: Path, plan_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(market_file), str(plan_file), "b"]) == 0
    assert "Result: placed at Y on an open place" in capsys.readouterr().out


def test_explain_prints_codes_on_request(
    market_file: Path, plan_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(market_file), str(plan_file), "b", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["wishes"][0]["reason"] == "cutoff_not_met"


def test_explain_refuses_an_unknown_candidate(
    market_file: Path, plan_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(market_file), str(plan_file), "zoe"]) == 2
    assert capsys.readouterr().err == f"{market_file}: there is no candidate 'zoe'\n"


BAD_FILES = [
    (b'{"format": \n oops}', ", line 2, column 2: is not JSON: Expecting value"),
    (b"", ", line 1, column 1: is not JSON: Expecting value"),
    (
        b"\xef\xbb\xbf{}",
        ", line 1, column 1: is not JSON: Unexpected UTF-8 BOM (decode using utf-8-sig)",
    ),
    (b'"\xff"', ": is not UTF-8 text (byte 1)"),
    (b'{"a": NaN}', ": is not JSON: NaN is not a number there"),
    (b'{"a": 1, "a": 2}', ": is not a clear object: the name 'a' stands in it twice"),
    (b"9" * 5000, ": contains a number that is far too long"),
    (b"[" * 100_000, ": is nested too deeply"),
    (b"[]", ": (top level): must be an object, not a list"),
]


@pytest.mark.parametrize(("content", "message"), BAD_FILES, ids=[row[1][:30] for row in BAD_FILES])
def test_refuses_a_file_it_cannot_read(
    content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)

    assert main(["match", str(path)]) == 2
    assert capsys.readouterr().err == f"{path}{message}\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.json", "there is no such file"),
        (".", "is a directory, not a file"),
        ("market.npz", "there is no such file"),
        ("market.json/x.json", "Not a directory"),
    ],
)
def test_refuses_a_path_it_cannot_read(
    name: str, message: str, market_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = market_file.parent / name

    assert main(["match", str(path)]) == 2
    assert capsys.readouterr().err == f"{path}: {message}\n"


def test_names_file_and_place_of_every_mistake(
    market_file: Path, plan_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan_file.write_text('{"format": "mvch-plan/1"}', encoding="utf-8")

    assert main(["verify", str(market_file), str(plan_file)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"{plan_file}: {name}: missing field"
        for name in ("assignments", "cutoffs", "digest", "engine", "market_digest")
    ]


def test_refuses_to_write_where_it_cannot(
    market_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = market_file.parent / "none" / "plan.json"

    assert main(["match", str(market_file), "--out", str(target)]) == 2
    assert capsys.readouterr().err == f"{target}: cannot be written: No such file or directory\n"


def test_verifies_into_a_stream_that_is_no_terminal(market_file: Path, plan_file: Path) -> None:
    stream = io.StringIO()

    with contextlib.redirect_stdout(stream):
        assert main(["verify", str(market_file), str(plan_file)]) == 0

    assert stream.getvalue() == "verified\n"


def test_runs_as_a_module(
    market_file: Path, plan_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["engine", "verify", str(market_file), str(plan_file)])

    with pytest.raises(SystemExit) as caught:
        runpy.run_module("clearinghouse.engine", run_name="__main__")

    assert caught.value.code == 0


def test_refuses_a_command_it_does_not_know() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["guess"])

    assert caught.value.code == 2


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Kolkata", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8"},
        {"PYTHONHASHSEED": "3", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    ],
)
def test_matches_to_the_same_bytes_in_any_surroundings(
    environment: dict[str, str], tmp_path: Path
) -> None:
    data = random_market(7, people=40, postings=9, wishes=6)
    data["candidates"].append(candidate("ẞİı-کاربر"))
    path = tmp_path / "market.json"
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "clearinghouse.engine", "match", str(path)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        check=True,
    )

    assert done.stdout == canonical_bytes(plan_to_json(plan_of(data)))
