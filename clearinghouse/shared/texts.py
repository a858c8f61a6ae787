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
