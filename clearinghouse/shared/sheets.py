"""The one writer of CSV: a spreadsheet shows every cell and runs none."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

MARK: Final = "\ufeff"
"""Tells spreadsheets, at the start of a file, that it is UTF-8."""

CSV: Final = "text/csv; charset=utf-8"

# A cell begins where the text does, and for a reader with another separator in the middle too.
_LIVE: Final = re.compile(
    r"(^|[;,|\t\r\n])((?:[^\S\t\r\n]|[\"'\ufeff])*)(?=[=+\-@＝＋－＠])|^(?=[\t\r])"
)


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as CSV; a text that a spreadsheet would run gets an apostrophe (ASVS 1.2.10)."""
    text = io.StringIO()
    csv.writer(text).writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def _safe(cell: Any) -> Any:
    return _LIVE.sub(r"\1'\2", cell) if isinstance(cell, str) else cell
