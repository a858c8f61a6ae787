"""Says what in a document could act, speak or lead elsewhere; empty for one that is only seen."""

import io
import re
import struct

import pypdfium2
from PIL import Image

from tests.documents.pdfs import CANARY, EICAR

WORDS = (CANARY, EICAR, b"<script", b"<html", b"http://", b"/etc/passwd", b"PK\x03\x04", b"Exif\0")
NAMES = {
    *(b"/Type", b"/Catalog", b"/Pages", b"/Kids", b"/Count", b"/Page", b"/Parent", b"/MediaBox"),
    *(b"/Resources", b"/XObject", b"/P", b"/Contents", b"/Length", b"/Subtype", b"/Image"),
    *(b"/Width", b"/Height", b"/ColorSpace", b"/DeviceRGB", b"/BitsPerComponent", b"/Filter"),
    *(b"/DCTDecode", b"/Size", b"/Root"),
}
CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
SEGMENTS = {0xC0, 0xC4, 0xDB, 0xDA}
_STREAM = re.compile(rb"/Length (\d+) >>\nstream\n")
_DRAWING = re.compile(rb"q [\d.]+ 0 0 [\d.]+ 0 0 cm /P Do Q")


def harm_in(content: bytes) -> list[str]:
    """List what a file holds beyond its visible points."""
    found = [f"word {word!r}" for word in WORDS if word in content]
    if content.startswith(b"%PDF"):
        return found + _in_pdf(content)
    if content.startswith(b"\x89PNG"):
        return found + _in_png(content)
    return found + _in_jpeg(content)


def pages_of(content: bytes) -> int:
    """Open every page of a PDF as a reader does, and count them."""
    document = pypdfium2.PdfDocument(content)
    for page in document:
        page.render(scale=0.2).close()
    count = len(document)
    document.close()
    return count


def opened(content: bytes) -> Image.Image:
    """Open a picture to its last point."""
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def _in_pdf(content: bytes) -> list[str]:
    rest, found = b"", []
    place = 0
    while match := _STREAM.search(content, place):
        inside = content[match.end() : match.end() + int(match[1])]
        rest += content[place : match.start()] + b"/Length\n"
        place = match.end() + len(inside)
        if inside.startswith(b"\xff\xd8"):
            found += _in_jpeg(inside)
        elif not _DRAWING.fullmatch(inside):
            found.append("a stream that is no picture")
    rest += content[place:]
    found += [f"name {name!r}" for name in set(re.findall(rb"/[^\s/<>\[\]()]+", rest)) - NAMES]
    if b"(" in rest or rest.count(b"%") != 3 or not rest.endswith(b"%%EOF\n"):
        found.append("texts or remarks")
    return found


def _in_png(content: bytes) -> list[str]:
    place, found = 8, []
    while place + 8 <= len(content):
        length = struct.unpack_from(">I", content, place)[0]
        name = content[place + 4 : place + 8]
        if name not in CHUNKS:
            found.append(f"chunk {name!r}")
        place += length + 12
        if name == b"IEND":
            break
    return found if place == len(content) else [*found, "something after the end"]


def _in_jpeg(content: bytes) -> list[str]:
    place, found = 2, []
    while place + 4 <= len(content):
        mark, length = content[place + 1], struct.unpack_from(">H", content, place + 2)[0]
        jfif = mark == 0xE0 and content[place + 4 : place + 9] == b"JFIF\0" and length == 16
        if mark not in SEGMENTS and not jfif:
            found.append(f"segment {mark:x}")
        place += length + 2
        if mark == 0xDA:
            break
    end = content.find(b"\xff\xd9", place)
    return found if end + 2 == len(content) else [*found, "something after the end"]
