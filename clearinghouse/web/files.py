"""What every download does the same way: a name, and the browser keeps it as a file."""

from typing import TypeVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from clearinghouse.shared.sheets import CSV, MARK, csv_text

__all__ = ["CSV", "MARK", "attachment", "csv_text", "named"]

R = TypeVar("R", bound=HttpResponseBase)


def attachment(content: str | bytes, content_type: str, name: str) -> HttpResponse:
    """Return a file that the browser keeps under a name."""
    return named(HttpResponse(content, content_type=content_type), name)


def named(response: R, name: str) -> R:
    """Let the browser keep a response as a file of this name."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
