"""How files arrive: in memory, cut off above what anybody may send, never on a disk."""

import io
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

MOST = 10 * 1024 * 1024
"""Bytes of the largest file; one more is kept, so that who reads it sees that it is too large."""


class InMemory(FileUploadHandler):
    """Keeps a file in memory up to the limit and forgets the rest of it."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self._kept = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's
        """Keep a piece as far as there is room."""
        self._kept.write(raw_data[: max(0, MOST + 1 - self._kept.tell())])

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:  # noqa: ARG002 - Django's
        """Return the file as far as it was kept."""
        size = self._kept.tell()
        self._kept.seek(0)
        return InMemoryUploadedFile(
            self._kept,
            self.field_name,
            self.file_name,
            self.content_type,
            size,
            self.charset,
            self.content_type_extra,
        )
