"""Reads one JSON object field by field, noting every problem and guessing nothing."""

from collections.abc import Iterator
from typing import Final

from .errors import Problems

TOP: Final = "(top level)"
TEXT_SHOWN: Final = 80
UNREAD: Final = -1
"""What stands in for an integer that was refused; no integer of the formats is negative."""


class Fields:
    """One object of the file; readers return a harmless stand-in where they note a problem."""

    __slots__ = ("_place", "_values", "problems")

    def __init__(
        self,
        problems: Problems,
        place: str,
        value: object,
        names: frozenset[str],
        optional: frozenset[str] = frozenset(),
        *,
        unknown: str = "unknown field",
    ) -> None:
        self.problems = problems
        self._place = place
        self._values: dict[object, object] = {}
        if not isinstance(value, dict):
            problems.add(place or TOP, f"must be an object, not {kind(value)}")
            return
        self._values = value
        if value.keys() != names:
            self._refuse_other_names(names, optional, unknown)

    def _refuse_other_names(
        self, names: frozenset[str], optional: frozenset[str], unknown: str
    ) -> None:
        for name in sorted(self._values.keys() - names - optional, key=repr):
            self.problems.add(self.at(str(name)), unknown)
        for name in sorted(names - self._values.keys()):
            self.problems.add(self.at(name), "missing field")

    def at(self, name: str) -> str:
        """Return the place of a field of this object."""
        return f"{self._place}.{bare(name)}" if self._place else bare(name)

    def has(self, name: str) -> bool:
        """Tell whether the object carries the field."""
        return name in self._values

    def raw(self, name: str) -> object:
        """Return the field as it stands, None when absent."""
        return self._values.get(name)

    def refuse(self, name: str, message: str) -> None:
        """Note a problem with a field that was present."""
        if name in self._values:
            self.problems.add(self.at(name), message)

    def text(self, name: str) -> str:
        """Return a non-empty text."""
        return read_text(self.problems, self.at(name), self._values[name]) if self.has(name) else ""

    def flag(self, name: str) -> bool:
        """Return true or false; 0 and 1 are not accepted."""
        value = self._values.get(name)
        if isinstance(value, bool):
            return value
        self.refuse(name, f"must be true or false, not {kind(value)}")
        return False

    def integer(self, name: str, *, limit: int) -> int:
        """Return an integer in 0..limit; true, 1.0 and "1" are not integers here."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(name, f"must be an integer, not {kind(value)}")
            return UNREAD
        if not 0 <= value <= limit:
            self.refuse(name, f"must be between 0 and {limit}, not {_short(value)}")
            return UNREAD
        return value

    def items(self, name: str) -> Iterator[tuple[str, object]]:
        """Yield each entry of a list with its place."""
        value = self._values.get(name)
        if not isinstance(value, list):
            self.refuse(name, f"must be a list, not {kind(value)}")
            return
        place = self.at(name)
        for index, item in enumerate(value):
            yield f"{place}[{index}]", item


def read_text(problems: Problems, place: str, value: object) -> str:
    """Return a non-empty text that UTF-8 can write."""
    if not isinstance(value, str):
        problems.add(place, f"must be text, not {kind(value)}")
        return ""
    if not value:
        problems.add(place, "must not be empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        problems.add(place, "contains half of a surrogate pair, which is not a character")
        return ""
    return value


def shown(text: str) -> str:
    """Quote a text of the file for a message: one line, no control characters, not too long."""
    return repr(text if len(text) <= TEXT_SHOWN else f"{text[:TEXT_SHOWN]}...")


def bare(text: str) -> str:
    """Return a text of the file as it stands where it is short and printable, else quoted."""
    return text if text.isprintable() and len(text) <= TEXT_SHOWN else shown(text)


def kind(value: object) -> str:
    """Name the kind of a JSON value for a person."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {_short(value)}"
    names: dict[type, str] = {str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), f"a Python {type(value).__name__}")


def _short(value: float) -> str:
    # Python refuses to print integers of more than 4,300 digits.
    return f"{value}" if isinstance(value, float) or abs(value) < 10**20 else "a huge number"
