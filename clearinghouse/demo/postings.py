"""The demonstration's postings: real programmes and sourced totals, a stated small part of each."""

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from clearinghouse.registry import reference

_FILE = Path(__file__).with_name("postings.csv")


@dataclass(frozen=True, slots=True)
class Line:
    """One posting of the demonstration with the sourced row that it stands on."""

    reference: str
    stage: str
    state: str
    row: dict[str, str]
    source: dict[str, str | None]

    @property
    def weights(self) -> list[int]:
        """Return the weights of language, experience, qualification, occupation, priority."""
        return [int(weight) for weight in self.row["weights"].split("-")]

    @property
    def share(self) -> Decimal:
        """Return the reserve share in percent (invented)."""
        return Decimal(self.row["share"])

    @property
    def open_to(self) -> list[str]:
        """Return the states of origin that the source names."""
        restriction = self.source["origin_restriction"]
        return restriction.split(";") if restriction else []


@cache
def lines() -> tuple[Line, ...]:
    """Return every posting in the order of the file."""
    sourced = {row["quota_id"]: dict(row) for row in reference.records(reference.PROGRAMMES)}
    found: list[Line] = []
    seen: dict[str, int] = {}
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            source = sourced[row["quota_id"]]
            state = str(source["destination_iso2"])
            seen[state] = seen.get(state, 0) + 1
            name = f"{state}-{row['occupation']}-{chr(64 + seen[state])}"
            found.append(Line(name, row["stage"], state, row, source))
    return tuple(found)


def destinations() -> list[str]:
    """Return the destination states in alphabetical order."""
    return sorted({line.state for line in lines()})
