"""The one place that asks for the time; only doors call it, so that time is an argument inside."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(tz=UTC)
