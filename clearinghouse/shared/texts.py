"""What a written text shows, and characters that make it read differently from what it is."""

import unicodedata

_UNSEEN = frozenset({"Cf", "Cc"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: str) -> str:
    """Return what a reader sees of a text; empty if nothing (Unicode categories Cf and Cc)."""
    return "".join(one for one in text if unicodedata.category(one) not in _UNSEEN).strip()


def turns_direction(text: str) -> bool:
    """Tell whether a text holds overrides or isolates that turn its direction (UAX 9)."""
    return not _TURNING.isdisjoint(text)


def holds_controls(text: str) -> bool:
    """Tell whether a text holds line breaks, tabs or other controls (Unicode category Cc)."""
    return any(unicodedata.category(letter) == "Cc" for letter in text)


def small_number(text: str) -> int:
    """Read a whole number of at most six digits; anything else is 0."""
    return int(text) if text.isdecimal() and len(text) < 7 else 0


def isolated(text: str) -> str:
    """Keep a name, number or address from scrambling a line of the other direction (UAX 9)."""
    return f"\u2068{text}\u2069"
