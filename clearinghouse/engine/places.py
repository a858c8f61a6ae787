"""Finds where in a text a fault stands that the JSON parser reports without its place.

Used only after a refusal, so that reading a good file costs nothing more. Offsets count characters.
"""

import json
import re
from collections.abc import Iterator
from typing import Final

DEPTH_MAX: Final = 100
"""The formats nest five deep; the parser gives up far below this."""

_WORD: Final = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}\[\]]|-?[0-9]+|NaN|-?Infinity', re.DOTALL)
_DIGITS_MAX: Final = 4_300


def strange_number(text: str) -> int:
    """Return where the first NaN or infinity stands."""
    words = _words(text)
    return next((start for start, word in words if word.endswith(("NaN", "Infinity"))), 0)


def long_number(text: str) -> int:
    """Return where the first number stands that Python refuses to read for its length."""
    words = _words(text)
    return next(
        (start for start, word in words if len(word) > _DIGITS_MAX and word[-1].isdigit()), 0
    )


def too_deep(text: str) -> int:
    """Return where a list or object is opened that lies too deep."""
    depth = 0
    for start, word in _words(text):
        depth += (word in "[{") - (word in "]}")
        if depth > DEPTH_MAX:
            return start
    return 0


def repeated_name(text: str) -> tuple[int, str]:
    """Return where a name stands in its object for the second time, and the name."""
    open_names: list[set[str]] = []
    for start, word in _words(text):
        if word in "[{":
            open_names.append(set())
        elif word in "]}":
            open_names.pop()
        elif word[-1] == ":":
            name = json.loads(word[:-1])
            if name in open_names[-1]:
                return start, name
            open_names[-1].add(name)
    return 0, ""


def _words(text: str) -> Iterator[tuple[int, str]]:
    for found in _WORD.finditer(text):
        yield found.start(), found.group()
