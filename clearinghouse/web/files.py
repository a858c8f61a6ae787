"""What every download does the same way: a name, and cells that no spreadsheet runs."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase

R = TypeVar("R", bound=HttpResponseBase)

MARK: Final = "\ufeff"
"""Tells spreadsheets, at the start of a file, that it is UTF-8."""

CSV: Final = "text/csv; charset=utf-8"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def attachment(content: str | bytes, content_type: str, name: str) -> HttpResponse:
    """Return a file that the browser keeps under a name."""
    return named(HttpResponse(content, content_type=content_type), name)


def named(response: R, name: str) -> R:
    """Let the browser keep a response as a file of this name."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as CSV; a text that a spreadsheet would run gets an apostrophe (ASVS 1.2.10)."""
    text = io.StringIO()
    csv.writer(text).writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
