"""Files nobody should trust: refused with the place of the fault, quickly, no traceback."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clearinghouse.engine import match, read_market
from clearinghouse.engine.cli import main
from tests.engine.markets import Json, candidate, market, posting

ROOT = Path(__file__).resolve().parents[2]
TWO_GIGABYTES = 2 * 1024**3


def good() -> Json:
    return market(
        [posting("X", 2, 1), posting("Y", 1)],
        [candidate("a", ("X", 5), ("Y", 6), protected=True), candidate("b", ("Y", 0))],
        caps=[{"id": "A", "limit": 3, "postings": ["X", "Y"]}],
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "market.json"
    path.write_text(json.dumps(good()), encoding="utf-8")
    return path


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[[Path], str]:
    """Return a function that has a file refused and returns what was said, without its name."""

    def refuse(path: Path) -> str:
        assert main(["match", str(path)]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith(str(path)) or said.err.startswith("ENGINE_FILE_BYTES")
        return said.err.removeprefix(str(path)).strip(": \n")

    return refuse


PARSED: list[tuple[str, bytes, str]] = [
    ("NaN", b'{"a": [1,\n "NaN", NaN]}', ", line 2, column 9: is not JSON: NaN is not a number"),
    ("minus infinity", b'[-Infinity]', ", line 1, column 2: is not JSON: -Infinity is not a"),
    ("name twice", b'{"b": {"x": ["a", "a"]},\n "b": 2}', ", line 2, column 2: is not a clear"),
    ("escaped name", b'{"a": 1, "\\u0061" : 2}', ", line 1, column 10: is not a clear"),
    ("long number", b'{"a":\n -' + b"1" * 5000 + b"}", ", line 2, column 2: contains a number"),
    ("deep list", b'{"a":\n' + b"[" * 99_999, ", line 2, column 100: is nested too deeply"),
    ("deep object", b'{"a":' * 99_999, ", line 1, column 501: is nested too deeply"),
    ("half", b'{"format": "mvch-market/1", "post', ", line 1, column 29: is not JSON: Unter"),
    ("two values", b"{} {}", ", line 1, column 4: is not JSON: Extra data"),
    ("a comment", b"{} // {}", ", line 1, column 4: is not JSON: Extra data"),
    ("single quotes", b"{'a': 1}", ", line 1, column 2: is not JSON: Expecting property name"),
    ("control character", b'["a\x00b"]', ", line 1, column 4: is not JSON: Invalid control"),
    ("byte order mark", "\ufeff{}".encode(), ", line 1, column 1: is not JSON: Unexpected UTF"),
    ("UTF-16", "{}".encode("utf-16"), "is not UTF-8 text (byte 0)"),
    ("UTF-16 without mark", "{}".encode("utf-16-le"), ", line 1, column 2: is not JSON"),
    ("Latin-1", b'{"a": "M\xfcller"}', "is not UTF-8 text (byte 8)"),
    ("UTF-8 surrogate", b'["\xed\xa0\x80"]', "is not UTF-8 text (byte 2)"),
    ("zeros", bytes(5000), ", line 1, column 1: is not JSON"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"), [row[1:] for row in PARSED], ids=[row[0] for row in PARSED]
)
def test_names_the_line_of_what_is_no_json(
    content: bytes, message: str, path: Path, refused: Callable[[Path], str]
) -> None:
    path.write_bytes(content)

    assert refused(path).startswith(message)


def test_refuses_a_file_cut_off_anywhere(path: Path, refused: Callable[[Path], str]) -> None:
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert refused(path).startswith(", line "), length


def test_refuses_two_gigabytes_of_garbage_without_reading_them(
    path: Path, refused: Callable[[Path], str]
) -> None:
    with path.open("wb") as file:
        file.truncate(TWO_GIGABYTES)

    started = time.perf_counter()
    said = refused(path)

    assert time.perf_counter() - started < 0.5
    assert said == "has 2147483648 bytes, and at most 536870912 are read (ENGINE_FILE_BYTES)"


def test_reads_no_more_bytes_than_the_environment_allows(
    path: Path, refused: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"garbage" * 100)
    assert ": is not JSON" in refused(path)

    monkeypatch.setenv("ENGINE_FILE_BYTES", "699")
    assert refused(path).startswith("has 700 bytes, and at most 699 are read")

    monkeypatch.setenv("ENGINE_FILE_BYTES", "700")
    assert ": is not JSON" in refused(path)


@pytest.mark.parametrize("limit", ["", "-1", "1e9", "many", "9" * 30, "\u0663"])
def test_refuses_a_limit_that_is_no_number(
    limit: str, path: Path, refused: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_FILE_BYTES", limit)

    assert refused(path) == "ENGINE_FILE_BYTES: must be a number of bytes"


def test_finds_a_name_given_twice_among_very_many(
    path: Path, refused: Callable[[Path], str]
) -> None:
    names = [f'"n{index}": 1' for index in range(60_000)]
    path.write_text("{" + ", ".join([*names, '"n7": 2']) + "}", encoding="utf-8")

    started = time.perf_counter()
    said = refused(path)

    assert time.perf_counter() - started < 10
    assert said.endswith("the name 'n7' stands in it twice")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _directory(path: Path) -> None:
    path.mkdir()


def _dangling(path: Path) -> None:
    path.symlink_to(path.with_name("gone.json"))


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _link_to_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


ODD_FILES = [
    (_fifo, "is not a regular file"),
    (_directory, "is a directory, not a file"),
    (_dangling, "there is no such file"),
    (_loop, "Too many levels of symbolic links"),
    (_link_to_device, "is not a regular file"),
]


@pytest.mark.parametrize(("make", "message"), ODD_FILES, ids=[row[0].__name__ for row in ODD_FILES])
def test_refuses_what_is_no_file(
    make: Callable[[Path], None], message: str, path: Path, refused: Callable[[Path], str]
) -> None:
    path.unlink()
    make(path)

    assert refused(path) == message


def test_follows_a_link_to_a_good_file(path: Path) -> None:
    link = path.with_name("link.json")
    link.symlink_to(path)

    assert main(["match", str(link), "--out", str(path.with_name("plan.json"))]) == 0


def test_refuses_a_file_it_may_not_read(path: Path) -> None:
    path.chmod(0)
    done = _run("import locale, os, shutil; os.geteuid() or os.seteuid(65534)", "match", str(path))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{path}: Permission denied\n"


def test_says_the_same_on_a_terminal_that_knows_only_ascii(path: Path) -> None:
    path.write_text('{"\U0001f600\\ud800": 1}', encoding="utf-8")

    done = _run("", "match", str(path), PYTHONIOENCODING="ascii")

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert f"{path}: '\\U0001f600\\ud800': unknown field" in done.stderr.splitlines()


def test_lets_no_text_of_the_file_forge_a_line_or_flood_the_terminal(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\nverified\x1b[2J\u202e"
    data = good()
    data[evil] = 1
    data["x" * 100_000] = 1
    data["postings"][0]["state"] = evil
    data["candidates"][0]["wishes"] += [{"posting": evil, "points": 1}] * 2
    data["candidates"][1]["wishes"] += [{"posting": "y" * 100_000, "points": 1}]
    data["caps"][0]["postings"].append(evil)
    data["candidates"] += [candidate(evil), candidate(evil)]
    path.write_text(json.dumps(data), encoding="utf-8")

    assert main(["match", str(path)]) == 2

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 8
    for line in lines:
        assert line.startswith(f"{path}: ")
        assert line.isprintable()
        assert len(line) < len(str(path)) + 300


LOOK_ALIKES = [
    "a",
    "\u0430",
    "\uff41",
    "a\u200b",
    "\u00e5",
    "a\u030a",
    "\u212b",
    "A",
    "\ufb01",
    "fi",
]


def test_keeps_ids_apart_that_only_look_alike() -> None:
    data = market([posting("X", 4)], [candidate(name, ("X", 1)) for name in LOOK_ALIKES])

    plan = match(read_market(data))

    assert [row.candidate for row in plan.assignments] == sorted(LOOK_ALIKES)
    assert sum(row.posting is not None for row in plan.assignments) == 4


def _run(before: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, after a line of preparation."""
    program = f"import sys; from clearinghouse.engine.cli import main; {before or 'pass'}\n"
    program += "sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
