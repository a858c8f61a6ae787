"""The three kinds of document, told by their first bytes and by nothing else."""

from typing import Final

MARKS: Final = {"pdf": b"%PDF-", "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}
MEDIA_TYPES: Final = {"pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png"}


def kind_of(content: bytes) -> str:
    """Return what a document is by its first bytes: pdf, jpeg or png; empty for all else."""
    return next((kind for kind, mark in MARKS.items() if content.startswith(mark)), "")
