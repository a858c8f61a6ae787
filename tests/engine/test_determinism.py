"""The same market gives the same bytes, whatever the surroundings and the order of its rows."""

import copy
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clearinghouse.engine import canonical_bytes, plan_to_json
from tests.engine.helpers import plan_of
from tests.engine.markets import Json, candidate, random_market

ROOT = Path(__file__).resolve().parents[2]
BUILT = {"tr_TR.UTF-8": "tr_TR"}
if int(os.environ.get("ENGINE_MARKETS", "0")) >= 10_000:
    # Building one takes about two seconds; the night has time for more.
    BUILT |= {"ar_SA.UTF-8": "ar_SA", "de_DE.UTF-8": "de_DE"}
ZONES = ["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia"]
NAMES = [
    "ẞİı-کاربر",
    "I",
    "i",
    "ı",
    "İ",
    "z\u0301",
    "é",
    "e\u0301",
    "Å",
    "å",
    "ä",
    "a-b",
    "a b",
    "ab",
]

PROGRAM = """
import locale, sys, time
print(locale.setlocale(locale.LC_ALL, ""), time.timezone, hash("a"), sep="|", file=sys.stderr)
from clearinghouse.engine.cli import main
sys.exit(main(["match", sys.argv[1]]))
"""


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Build a Turkish locale (more at night) where the machine can, beside those of C."""
    folder = tmp_path_factory.mktemp("locales")
    tool = shutil.which("localedef")
    built = [
        name
        for name, source in BUILT.items()
        if tool
        and not subprocess.run(
            [tool, "-i", source, "-f", "UTF-8", str(folder / name)],
            capture_output=True,
            check=False,
        ).returncode
    ]
    return folder, ["C", "C.UTF-8", *built, "POSIX"]


def test_writes_the_same_bytes_in_any_surroundings(
    locales: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, names = locales
    data = random_market(7, people=60, postings=9, wishes=6)
    postings = [row["id"] for row in data["postings"]]
    data["candidates"] += [candidate(name, (postings[0], 1)) for name in NAMES]
    expected = canonical_bytes(plan_to_json(plan_of(data)))
    met: set[tuple[str, ...]] = set()
    for run in range(8):
        path = tmp_path / f"{run}.json"
        path.write_text(shuffled(data, run), encoding="utf-8")
        language, zone = names[run % len(names)], ZONES[run % 4]

        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(path)],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "LOCPATH": str(folder),
                "LC_ALL": language,
                "LANG": language,
                "TZ": zone,
                "PYTHONHASHSEED": str(run),
            },
            capture_output=True,
            timeout=60,
            check=True,
        )

        assert done.stdout == expected, (language, zone, run)
        met.add(tuple(done.stderr.decode().strip().split("|")))
    # The surroundings really differed; POSIX is another name of C.
    assert [len(set(column)) for column in zip(*met, strict=True)] == [len(names) - 1, 4, 8]


def shuffled(data: Json, number: int) -> str:
    """Write the market with its rows, and the names within them, in another order."""
    chance = random.Random(number)
    data = copy.deepcopy(data)
    for rows in (data["postings"], data["candidates"], data["caps"]):
        chance.shuffle(rows)
    for cap in data["caps"]:
        chance.shuffle(cap["postings"])
    mixed = dict(chance.sample(list(data.items()), len(data)))
    mixed["candidates"] = [
        dict(chance.sample(list(row.items()), len(row))) for row in mixed["candidates"]
    ]
    return json.dumps(mixed, ensure_ascii=bool(number % 2), indent=number % 3 or None)
