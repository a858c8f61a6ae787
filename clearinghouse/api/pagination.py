"""Pages of lists: cursors only, so that no total counts hidden rows."""

from base64 import b64decode
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q
from django.utils.timezone import is_naive
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class Place(NamedTuple):
    """Where a page begins: the ordering columns of the row before it, and which way to read."""

    offset: int
    reverse: bool
    position: list[str]


class CursorPages(CursorPagination):
    """Pages of at most 100 rows, newest first unless the view says else.

    A view sets `ordering` of a subclass to columns that are unique together and never empty. The
    cursor holds all of them, so that rows of one moment are neither lost nor shown twice; hence it
    never holds a sequential id.
    """

    page_size = 50
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering: str | tuple[str, ...] = ("-created_at", "-public_id")
    place: Place | None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows after the cursor, or before it when going back."""
        self.page_size = self.get_page_size(request) or self.max_page_size
        self.base_url = request.build_absolute_uri()
        self.ordering = self.get_ordering(request, queryset, view)
        self.place = self.decode_cursor(request)
        back = self.place is not None and self.place.reverse
        columns = [_direction(column, back=back) for column in self.ordering]
        rows = queryset.order_by(*columns)
        if self.place is not None:
            rows = rows.filter(_beyond(columns, self._values(queryset.model, self.place)))
        found = list(rows[: self.page_size + 1])
        more = len(found) > self.page_size
        self.page = found[: self.page_size]
        if back:
            self.page.reverse()
        self.has_next = back or more
        self.has_previous = more if back else self.place is not None
        return self.page

    def get_next_link(self) -> str | None:
        """Return the address of the rows after the last one of this page."""
        return self._link(-1, back=False) if self.has_next else None

    def get_previous_link(self) -> str | None:
        """Return the address of the rows before the first one of this page."""
        return self._link(0, back=True) if self.has_previous else None

    def decode_cursor(self, request: Request) -> Any:
        """Return where to go on, or nothing for the first page; nonsense is not found."""
        encoded = request.query_params.get(self.cursor_query_param)
        if not encoded:
            return None
        try:
            text = b64decode(encoded.encode("ascii")).decode("ascii")
            tokens = parse_qs(text, keep_blank_values=True)
        except ValueError as error:
            raise NotFound(self.invalid_cursor_message) from error
        return Place(0, tokens.get("r") == ["1"], tokens.get("p", []))

    def _link(self, index: int, *, back: bool) -> str:
        position = self.place.position if self.place else []
        if self.page:
            row = self.page[index]
            position = [str(getattr(row, column.lstrip("-"))) for column in self.ordering]
        place: Any = Place(0, back, position)
        return str(self.encode_cursor(place))

    def _values(self, model: type[Model], place: Place) -> list[Any]:
        """Parse the cursor's position; only what a cursor of ours could hold is let through."""
        try:
            return [
                _value(model, column, text)
                for column, text in zip(self.ordering, place.position, strict=True)
            ]
        except (ValueError, ValidationError) as error:
            raise NotFound(self.invalid_cursor_message) from error


class ByCode(CursorPages):
    """Occupations by code."""

    ordering = ("code",)


class ByIso2(CursorPages):
    """States by code."""

    ordering = ("iso2",)
    page_size = 100
    max_page_size = 250


def _direction(column: str, *, back: bool) -> str:
    if not back:
        return column
    return column[1:] if column.startswith("-") else f"-{column}"


def _beyond(columns: list[str], values: list[Any]) -> Q:
    """Match the rows that follow these values in this order."""
    matching, equal = Q(), Q()
    for column, value in zip(columns, values, strict=True):
        name = column.lstrip("-")
        step = "lt" if column.startswith("-") else "gt"
        matching |= equal & Q((f"{name}__{step}", value))
        equal &= Q((name, value))
    return matching


def _value(model: type[Model], column: str, text: str) -> Any:
    field = model._meta.get_field(column.lstrip("-"))
    value = field.to_python(text) if isinstance(field, Field) else None
    if "\0" in text or str(value) != text or (isinstance(value, datetime) and is_naive(value)):
        raise ValueError(column)
    return value
