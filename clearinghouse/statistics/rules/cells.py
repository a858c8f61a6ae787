"""One published number: how a count is shown, what it tells, and when a later one may differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from clearinghouse.statistics.enums import Precision

ENDLESS: Final = 10**9


@dataclass(frozen=True, slots=True)
class Limits:
    """The two numbers of disclosure control: the smallest cell, and what counts are rounded to."""

    smallest: int = 10
    step: int = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as it is published; `value` is None unless `precision` is exact or about.

    `since` is the release that it comes from: a later one may repeat it.
    """

    precision: Precision
    value: int | None = None
    since: int = 1

    def to_json(self) -> dict[str, object]:
        """Return it as plain values, for a release and for files."""
        return {"precision": self.precision.value, "value": self.value, "since": self.since}

    def moved_to(self, value: int) -> "Shown":
        """Return another value that is told as exactly."""
        return Shown(self.precision, value, self.since)

    def range(self, limits: Limits) -> tuple[int, int]:
        """Return the least and the greatest count that it can stand for."""
        if self.precision == Precision.WITHHELD:
            return 0, ENDLESS
        if self.precision == Precision.MANY:
            return limits.smallest, ENDLESS
        if self.precision == Precision.FEW or self.value is None:
            return 0, limits.smallest - 1
        if self.precision == Precision.EXACT:
            return self.value, self.value
        half = limits.step // 2
        return max(limits.smallest, self.value - half), self.value + half


def shown_from(cell: Mapping[str, Any]) -> Shown:
    """Read a number back from a release."""
    return Shown(Precision(cell["precision"]), cell["value"], cell["since"])


def plain(count: int, limits: Limits, *, since: int = 1) -> Shown:
    """Show a count by itself: too small, or rounded; halves cannot occur with an odd step."""
    if count < limits.smallest:
        return Shown(Precision.FEW, since=since)
    rounded = (count + limits.step // 2) // limits.step * limits.step
    return Shown(Precision.ABOUT, rounded, since)


def follow(old: Shown, new: Shown, limits: Limits) -> Shown:
    """Choose between a number as published before and as it would be now.

    The new one is taken only if any count that it can stand for differs from any count that the
    old one can stand for by the smallest cell or more. The choice depends on published numbers
    only, so it tells no more than the number that is printed.
    """
    (old_low, old_high), (new_low, new_high) = old.range(limits), new.range(limits)
    apart = max(new_low - old_high, old_low - new_high)
    return new if apart >= limits.smallest else old


def kept_range(old: Shown, limits: Limits) -> tuple[int, int]:
    """Return what everybody can tell of a new count from the fact that the old number was kept.

    Large new counts are never excluded: theirs might have been shown as `many`.
    """
    low, _high = old.range(limits)
    small_would_show = low - (limits.smallest - 1) >= limits.smallest
    return (limits.smallest if small_would_show else 0), ENDLESS


def rest_of(total: int, part: Shown, smallest: int) -> Shown:
    """Return what is left of an exact total, as exactly as the part is told."""
    if part.precision == Precision.EXACT and part.value is not None:
        return Shown(Precision.EXACT, total - part.value, part.since)
    if part.precision != Precision.ABOUT or part.value is None:
        return Shown(Precision.WITHHELD, since=part.since)
    left = total - part.value
    return Shown(Precision.FEW, since=part.since) if left < smallest else part.moved_to(left)
