"""The page about the OWASP standard is whole, counts itself rightly and names files that exist."""

import re
from collections import Counter

from tests.house.sources import ROOT

PAGE = ROOT / "docs" / "asvs.md"
ROW = re.compile(r"\| ([\d.]+) \| ([12]) \| (.+) \| (yes|\*\*no\*\*|not applicable) \| (.+) \|")
FILE = re.compile(
    r"`([\w./-]*/[\w./-]+|Dockerfile|docker-compose\.yml|pyproject\.toml|\.env\.example)`"
)
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


def test_every_yes_names_a_file_and_every_file_exists() -> None:
    missing = []
    for number, _level, _words, met, evidence in rows():
        files = FILE.findall(evidence)
        if met == "yes" and not files:
            missing.append(f"{number}: names no file")
        missing += [f"{number}: {name}" for name in files if not (ROOT / name).exists()]
    assert missing == []
