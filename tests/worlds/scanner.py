"""Layer four: looks for canaries in everything that leaves the house, under every coat it may wear.

A canary is a value that stands nowhere but in the record of one shielded person. The scanner takes
bytes apart before it looks: compressed streams, archives, pages of PDF, base64, percent signs,
escapes of JSON and HTML, and digits in hexadecimal.
"""

import base64
import binascii
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from urllib.parse import unquote_to_bytes
from uuid import UUID

_DEEP = 4
_PRINTABLE = bytes(range(32, 127))
_LARGEST = 4_000_000
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){8,}")
_ESCAPE = re.compile(rb"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_STRING = re.compile(rb"<([0-9a-fA-F]{4,})>|\(((?:[^()\\]|\\.)*)\)", re.DOTALL)


@dataclass(frozen=True)
class Canary:
    """One value of one person, in all the ways in which the house would print it."""

    name: str
    spellings: tuple[bytes, ...]


@dataclass
class Scanner:
    """Knows the canaries and finds them. `pieces` and `bytes` count what was looked through."""

    canaries: list[Canary] = field(default_factory=list)
    pieces: int = 0
    bytes: int = 0

    def add(self, name: str, value: str | date | UUID) -> None:
        """Watch for a value: text, a date, or a public id."""
        spellings = {spelling.lower().encode() for spelling in _spellings(value)}
        self.canaries.append(Canary(name, tuple(sorted(spellings))))

    def find(self, content: bytes, *, but_not: bytes = b"") -> list[str]:
        """Name the canaries in the content, except those in `but_not`: what the caller said."""
        self.pieces += 1
        self.bytes += len(content)
        hits = set()
        for layer in unwrapped(content):
            # Letters outside ASCII have capitals too.
            text = layer if layer.isascii() else layer.decode("utf-8", "replace").lower().encode()
            lowered = text.lower()
            hits |= {
                canary.name
                for canary in self.canaries
                if any(spelling in lowered for spelling in canary.spellings)
            }
        if hits and but_not:
            hits -= set(self.find(but_not))
        return sorted(hits)


def unwrapped(content: bytes, deep: int = _DEEP) -> Iterator[bytes]:
    """Yield the content itself and everything that can be unpacked or decoded from it."""
    yield content
    if deep == 0 or not content:
        return
    seen = {content}
    for inner in _opened(content):
        if inner and inner not in seen and len(inner) <= _LARGEST:
            seen.add(inner)
            yield from unwrapped(inner, deep - 1)


def _opened(content: bytes) -> Iterator[bytes]:
    if content[:2] == b"\x1f\x8b":
        yield from _inflated(content, 31)
    elif content[:4] == b"PK\x03\x04":
        yield from _members(content)
    elif content[:5] == b"%PDF-":
        yield from _pages(content)
    elif b"\0" not in content[:200]:
        yield from _decoded(content)


def _inflated(content: bytes, bits: int = 15) -> Iterator[bytes]:
    try:
        yield zlib.decompressobj(bits).decompress(content, _LARGEST)
    except zlib.error:
        return


def _members(content: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                with archive.open(name) as member:
                    yield member.read(_LARGEST)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return


def _pages(content: bytes) -> Iterator[bytes]:
    """Yield the streams of a PDF, and the text of its strings put together."""
    for stream in _STREAM.findall(content):
        for plain in (*_inflated(stream), stream):
            yield plain
            strings = [
                bytes.fromhex(hexed.decode() + "0" * (len(hexed) % 2)) if hexed else text
                for hexed, text in _STRING.findall(plain)
            ]
            yield b"".join(strings).replace(b"\0", b"")


def _decoded(content: bytes) -> Iterator[bytes]:
    if b"%" in content:
        yield unquote_to_bytes(content)
    if b"&" in content:
        yield html.unescape(content.decode("utf-8", "replace")).encode()
    if b"\\u" in content or b"\\x" in content:
        yield _ESCAPE.sub(
            lambda found: chr(int(found[1] or found[2], 16)).encode("utf-8", "replace"), content
        )
    if found := [text for run in set(_BASE64.findall(content)) for text in _from_base64(run)]:
        yield b"\n".join(found)
    if found := [bytes.fromhex(run.decode()) for run in _HEX.findall(content)]:
        yield b"\n".join(found)


@lru_cache(maxsize=50_000)
def _from_base64(run: bytes) -> tuple[bytes, ...]:
    """Return what a run decodes to, from each of the four places at which it may begin.

    Every page repeats the addresses of the same menus, so what they decode to is kept.
    """
    found = []
    plain = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    for start in range(4 if len(plain) < 2000 else 1):
        part = plain[start:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        try:
            decoded = base64.b64decode(part + b"=" * (-len(part) % 4))
        except (binascii.Error, ValueError):
            continue
        if _readable(decoded):
            found.append(decoded)
    return tuple(found)


def _readable(content: bytes) -> bool:
    """Tell whether bytes look like text or something packed: the rest is chance."""
    if content[:2] in {b"\x1f\x8b", b"PK", b"x\x9c"}:
        return True
    return len(content.translate(None, _PRINTABLE)) * 4 <= len(content)


def _spellings(value: str | date | UUID) -> Iterable[str]:
    if isinstance(value, UUID):
        return [str(value), value.hex, f"A-{value.hex[:8]}"]
    if isinstance(value, date):
        months = value.strftime("%B"), value.strftime("%b")
        return [
            value.isoformat(),
            value.strftime("%d/%m/%Y"),
            value.strftime("%d.%m.%Y"),
            *(f"{value.day} {month} {value.year}" for month in months),
            *(f"{month} {value.day}, {value.year}" for month in months),
        ]
    squeezed = "".join(value.split())
    return [value, squeezed] if squeezed != value and squeezed.startswith("+") else [value]
