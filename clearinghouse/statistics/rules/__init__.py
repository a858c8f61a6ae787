"""Disclosure control: values in, values out; no database, no clock, no solver."""

from clearinghouse.statistics.rules.cells import Limits, Shown, follow, plain, rest_of, shown_from
from clearinghouse.statistics.rules.protecting import Release, find_unsafe, protect
from clearinghouse.statistics.rules.tables import Range, Table, ranges_of

__all__ = [
    "Limits",
    "Range",
    "Release",
    "Shown",
    "Table",
    "find_unsafe",
    "follow",
    "plain",
    "protect",
    "ranges_of",
    "rest_of",
    "shown_from",
]
