"""Zip archives that are the same bytes for the same content, written as they are sent."""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, Final

from clearinghouse import engine

MANIFEST: Final = "manifest.json"
# The earliest moment that the format knows: an archive says nothing of when it was made.
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)

Files = Iterable[tuple[str, Iterable[bytes]]]


class _Outlet(io.RawIOBase):
    """Holds what the archive has written until somebody takes it."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        """Tell the archive that it can write here; it can never go back."""
        return True

    def write(self, data: Any) -> int:
        """Take some bytes."""
        self.held += data
        return len(data)

    def take(self) -> bytes:
        """Give away what is held."""
        found, self.held = bytes(self.held), bytearray()
        return found


def zip_bytes(files: Files, facts: dict[str, object]) -> Iterator[bytes]:
    """Yield an archive of files, each given in pieces, and last a manifest with their digests.

    `facts` stand in the manifest too. Only one piece is in memory at a time.
    """
    outlet = _Outlet()
    sums: dict[str, object] = {}
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, pieces in files:
            digest, size = hashlib.sha256(), 0
            with archive.open(_info(name), "w", force_zip64=True) as file:
                for piece in pieces:
                    digest.update(piece)
                    size += len(piece)
                    file.write(piece)
                    yield outlet.take()
            sums[name] = {"sha256": digest.hexdigest(), "size": size}
        with archive.open(_info(MANIFEST), "w") as file:
            file.write(engine.canonical_bytes({**facts, "files": sums}))
    yield outlet.take()


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _MOMENT)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o644 << 16
    return info
