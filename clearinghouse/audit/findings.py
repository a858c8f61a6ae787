"""What a verification found: at most so many of a kind by name, the rest by number."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

NAMED: Final = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was: a stable word, the place, a sentence."""

    what: str
    where: str
    text: str


class Findings:
    """Collects faults."""

    def __init__(self) -> None:
        self._named: list[Fault] = []
        self._counts: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """Return how many faults there are, those without a name included."""
        return self._counts.total()

    @property
    def faults(self) -> list[Fault]:
        """List the faults, and for each kind how many more there are."""
        more = [
            Fault(what, "", f"and {count - NAMED} more")
            for what, count in self._counts.items()
            if count > NAMED
        ]
        return self._named + more

    def add(self, what: str, where: str, text: str, *, times: int = 1) -> None:
        """Take down one fault; `times` counts it for several of the same place."""
        self._counts[what] += times
        if self._counts[what] <= NAMED:
            self._named.append(Fault(what, where, text))
