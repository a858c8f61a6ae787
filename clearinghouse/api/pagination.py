"""Pages of lists: cursors only, so that no total counts hidden rows."""

from rest_framework.pagination import CursorPagination


class CursorPages(CursorPagination):
    """Pages of at most 100 rows, newest first unless the view says else.

    A view sets `ordering` of a subclass to columns that are unique together.
    """

    page_size = 50
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering: str | tuple[str, ...] = ("-created_at", "-id")


class ByCode(CursorPages):
    """Occupations by code."""

    ordering = ("code",)


class ByIso2(CursorPages):
    """States by code."""

    ordering = ("iso2",)
    page_size = 100
    max_page_size = 250
