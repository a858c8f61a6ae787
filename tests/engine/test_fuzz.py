"""Thousands of spoiled files: the command line answers 0, 1 or 2, and never with a traceback."""

import copy
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from clearinghouse.engine.cli import main
from tests.engine.markets import candidate, posting, random_market

FILES = int(os.environ.get("ENGINE_FUZZ", "500"))
BATCHES = 5

EVIL: Final[list[Any]] = [
    None, True, False, -1, 0, 1, 65_535, 65_536, 2**31 - 1, 2**31, 2**63, 10**30, 1.0, 0.5, 1e308,
    float("nan"), float("inf"), "", "0", "p0", "c0", "open_first", "é", "e\u0301", "\ud800", "\0",
    "\u202e", "x" * 500, [], {}, [[]], [None], {"": {}}, [[[[[[]]]]]],
]  # fmt: skip
BYTES: Final = [
    b"",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b"\\",
    b"\xff",
    b"\x00",
    b"NaN",
    b"1e999",
    b"-",
]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_answers_any_market_file(
    batch: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "market.json", tmp_path / "plan.json"
    answers = set()
    for number in range(batch, FILES, BATCHES):
        chance = random.Random(number)
        path.write_bytes(_spoiled(chance, _whole(number)))
        out.unlink(missing_ok=True)

        answer = main(["match", str(path), "--out", str(out)])

        answers.add(answer)
        _assert_answered(answer, path, out.exists(), capfd, number)
        if answer == 0:
            assert main(["verify", str(path), str(out)]) == 0, number
            capfd.readouterr()
    assert answers == {0, 2}


def test_answers_any_plan_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "market.json", tmp_path / "plan.json"
    answers = set()
    for number in range(FILES // BATCHES):
        chance = random.Random(number)
        path.write_text(json.dumps(_whole(number)), encoding="utf-8")
        assert main(["match", str(path), "--out", str(out)]) == 0
        out.write_bytes(_spoiled(chance, json.loads(out.read_bytes())))

        answer = main(["verify", str(path), str(out)])

        answers.add(answer)
        said = capfd.readouterr()
        assert answer == 2 or said.err == "", number
        assert answer != 2 or all(line.startswith(f"{out}") for line in _lines(said.err)), number
        assert main(["explain", str(path), str(out), "c0"]) in (0, 2), number
        capfd.readouterr()
    assert answers >= {1, 2}


def _assert_answered(
    answer: int, path: Path, written: bool, capfd: pytest.CaptureFixture[str], number: int
) -> None:
    said = capfd.readouterr()
    assert said.out == "", number
    assert answer in (0, 2), number
    assert written is (answer == 0), number
    assert bool(said.err) is (answer == 2), number
    assert all(line.startswith(f"{path}") for line in _lines(said.err)), number


def _lines(said: str) -> list[str]:
    return [line for line in said.splitlines() if not line.startswith("... and ")]


def _whole(number: int) -> Any:
    market = random_market(number, people=6, postings=4)
    market["postings"].append(posting("fitting", 2, 1))
    market["candidates"].append(candidate("person", ("fitting", 3)))
    return market


def _spoiled(chance: random.Random, data: Any) -> bytes:
    """Spoil the values, then the bytes, or both, or (one in eight) only the layout."""
    way = chance.randrange(8)
    if way in (1, 2, 3, 4):
        for _ in range(chance.randint(1, 3)):
            _spoil_value(chance, data)
    text = json.dumps(data, ensure_ascii=bool(chance.randrange(2)), indent=chance.choice([None, 1]))
    content = text.encode("utf-8", "surrogatepass")
    if way in (4, 5, 6, 7):
        for _ in range(chance.randint(1, 3)):
            content = _spoil_bytes(chance, content)
    return content


def _spoil_value(chance: random.Random, data: Any) -> None:
    spots = list(_spots(data))
    if not spots:
        return
    holder, name = chance.choice(spots)
    way = chance.randrange(5)
    if way == 0:
        del holder[name]
    elif way == 1 and isinstance(holder, list):
        holder.insert(name, copy.deepcopy(holder[name]))
    elif way == 2:
        other, key = chance.choice(spots)
        holder[name] = copy.deepcopy(other[key])
    elif way == 3 and isinstance(holder, dict):
        holder[chance.choice(["id", "limit", "posting", "cap", "x", "\ud800\n"])] = holder[name]
    else:
        holder[name] = copy.deepcopy(chance.choice(EVIL))


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in list(pairs):
        yield value, name
        if isinstance(inner, dict | list):
            yield from _spots(inner)


def _spoil_bytes(chance: random.Random, content: bytes) -> bytes:
    start = chance.randrange(len(content) + 1)
    end = min(len(content), start + chance.choice([0, 1, 1, 2, 20]))
    piece = content[start:end] if chance.random() < 0.2 else b""
    return content[:start] + chance.choice([*BYTES, piece * 2]) + content[end:]
