"""The page about the OWASP standard is whole, counts itself rightly and names files that exist."""

import ast
import re
from collections import Counter

import pytest

from tests.house.sources import ROOT

PAGE = ROOT / "docs" / "asvs.md"
ROW = re.compile(r"\| ([\d.]+) \| ([12]) \| (.+) \| (yes|\*\*no\*\*|not applicable) \| (.+) \|")
FILE = re.compile(
    r"`([\w./-]*/[\w./-]+|Dockerfile|docker-compose\.yml|pyproject\.toml|\.env\.example)`"
)
TEST = re.compile(r"`(tests/[\w./-]+\.py)(?:::(\w+))?`")
DOCUMENTS = ("are listed",)
OWN, ONE = "tests/house/test_asvs.py", "test_the_head_counts_the_rows"
# Requirements of levels 1 and 2 by section of ASVS 5.0.0; those of level 3 come after them.
NUMBERS = {
    1: ("1-2", "1-9", "1-11", "1-3", "1-2"),
    2: ("1-3", "1-3", "1-4", "1"),
    3: ("", "1-2", "1-4", "1-6", "1-5", "", "1-2"),
    4: ("1-3", "1", "1-2", "1-4"),
    5: ("1", "1-3", "1-2", "1-3"),
    6: ("1-3", "1-12", "1-4", "1-4", "1-5", "1-3", "", "1-4"),
    7: ("1-3", "1-4", "1-2", "1-5", "1-2", "1-2"),
    8: ("1-2", "1-3", "1", "1"),
    9: ("1-3", "1-4"),
    10: ("1-2", "1-2", "1-4", "1-11", "1-5", "1-2", "1-3"),
    11: ("1-2", "1-3", "1-3", "1-4", "1", "1"),
    12: ("1-3", "1-2", "1-4"),
    13: ("1", "1-5", "1-2", "1-5"),
    14: ("1-2", "1-4", "1-3"),
    15: ("1-3", "1-3", "1-7"),
    16: ("1", "1-5", "1-4", "1-3", "1-3"),
    17: ("1", "1-4", "1-2"),
}


def rows() -> list[tuple[str, ...]]:
    found = [ROW.fullmatch(line) for line in PAGE.read_text(encoding="utf-8").splitlines()]
    return [row.groups() for row in found if row]


def wanted() -> list[str]:
    numbers = []
    for chapter, sections in NUMBERS.items():
        for section, last in enumerate(sections, start=1):
            most = int(last.rpartition("-")[2] or 0)
            numbers += [f"{chapter}.{section}.{number}" for number in range(1, most + 1)]
    return numbers


def test_every_number_is_there_once_and_in_order() -> None:
    assert [row[0] for row in rows()] == wanted()
    assert len(wanted()) == 253


def test_the_head_counts_the_rows() -> None:
    text = PAGE.read_text(encoding="utf-8")
    counts = Counter((row[1], row[3]) for row in rows())
    words = ("yes", "**no**", "not applicable")
    for level, size in (("1", 70), ("2", 183)):
        line = " | ".join(str(counts[level, word]) for word in words)
        assert f"| {level} | {line} | {size} |" in text
    both = " | ".join(str(counts["1", word] + counts["2", word]) for word in words)
    assert f"| both | {both} | 253 |" in text


def names_in(path: str) -> set[str]:
    """Return the names of the test functions that a file defines."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return {name for name in found if name.startswith("test_")}


def faults(number: str, words: str, met: str, evidence: str) -> list[str]:
    """Return what is wrong with the evidence of one row."""
    named = TEST.findall(evidence)
    files = FILE.findall(evidence)
    found = [f"{number}: no {name}" for name in files if not (ROOT / name).exists()]
    for path, name in named:
        if not (ROOT / path).exists():
            found.append(f"{number}: no {path}")
        elif not (names := names_in(path)) or (name and name not in names):
            found.append(f"{number}: {path} has no test {name}")
    # A document is the evidence where a document is asked for.
    is_about_words = words.endswith(DOCUMENTS) or "written down" in words
    if met == "yes" and not named and not (files and is_about_words):
        found.append(f"{number}: names no test")
    return found


def test_every_yes_names_a_test_and_everything_named_exists() -> None:
    found = [
        fault
        for number, _level, words, met, evidence in rows()
        for fault in faults(number, words, met, evidence)
    ]
    assert found == []


@pytest.mark.parametrize(
    "evidence",
    [
        "it is so",
        "`clearinghouse/settings.py`",
        "`tests/house/test_nothing.py`",
        "`tests/house/test_asvs.py::test_that_is_not_there`",
        "`tests/house/sources.py`",
    ],
)
def test_twin_a_yes_without_a_test_that_exists_is_found(evidence: str) -> None:
    assert faults("1.1.1", "Something holds", "yes", evidence)
    assert not faults("1.1.1", "Something holds", "yes", f"`{OWN}`, `{OWN}::{ONE}`")
