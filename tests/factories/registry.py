"""Agencies."""

from itertools import count

from clearinghouse.registry.models import Agency, State

_numbers = count(1)


def make_agency(kind: str = "destination", *, state: str | None = "DE", name: str = "") -> Agency:
    """Make an agency; pass `state=None` for an international body."""
    row = State.objects.get(iso2=state) if state else None
    return Agency.objects.create(kind=kind, state=row, name=name or f"Agency {next(_numbers)}")
