"""The sourced data files beside this module, read as they are. An empty cell is not known."""

import csv
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

FOLDER = Path(__file__).parent / "data"
STATES, OCCUPATIONS = "states.csv", "isco08.csv"
LANGUAGES, PROGRAMMES = "languages.csv", "labour_quotas.csv"
H1B = "h1b_2018.json"

Record = Mapping[str, str | None]


@cache
def records(file: str) -> tuple[Record, ...]:
    """Return the rows of a file by column name; an empty cell is None, never zero or ""."""
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        return tuple(
            MappingProxyType({column: cell or None for column, cell in row.items()})
            for row in csv.DictReader(lines)
        )


@cache
def document(file: str) -> Mapping[str, Any]:
    """Return what a file of JSON holds; nobody may change it."""
    found: dict[str, Any] = json.loads((FOLDER / file).read_text(encoding="utf-8"))
    return MappingProxyType(found)


@cache
def digest() -> str:
    """Return the SHA-256 of the files that are loaded into tables."""
    content = b"".join((FOLDER / file).read_bytes() for file in (STATES, OCCUPATIONS))
    return hashlib.sha256(content).hexdigest()
