"""Reads of published numbers: always from a release, never counted anew."""

from clearinghouse.statistics.enums import Kind
from clearinghouse.statistics.models import Release
from clearinghouse.statistics.rules import Range, Shown, shown_from


def find_release(kind: Kind, subject: int) -> Release | None:
    """Find the newest release of a subject."""
    return Release.objects.filter(kind=kind, subject=subject).order_by("-number").first()


def list_releases(kind: Kind, subject: int) -> list[Release]:
    """List every release of a subject, the first one first."""
    return list(Release.objects.filter(kind=kind, subject=subject).order_by("number"))


def list_deductions(kind: Kind, subject: int) -> list[dict[str, Range]]:
    """List what could be worked out from each release of a subject, the first one first."""
    rows = Release.objects.filter(kind=kind, subject=subject).order_by("number")
    return [
        {name: (low, high) for name, (low, high) in ranges.items()}
        for ranges in rows.values_list("deduction__ranges", flat=True)
    ]


def cells_of(row: Release) -> dict[str, Shown]:
    """Return the numbers of a release by name."""
    return {name: shown_from(cell) for name, cell in row.content["cells"].items()}
