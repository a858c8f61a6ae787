"""Reads the text of a PDF that fpdf2 has made, with nothing but its own character maps."""

import re
import zlib

_OBJECT = re.compile(rb"(?ms)^(\d+) 0 obj\n(.*?)\nendobj")
_SHOWN = re.compile(rb"(?s)/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj|(ET)")
_ESCAPED = re.compile(rb"(?s)\\(.)")
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of_pdf(content: bytes) -> str:
    """Return the shown text in the order of drawing, one line for each piece of it."""
    return "".join(letters for letters, _, _ in _glyphs(content))


def shapes_of(content: bytes) -> dict[str, set[tuple[str, bytes]]]:
    """Return the different glyphs (font, code) that were drawn for each letter."""
    found: dict[str, set[tuple[str, bytes]]] = {}
    for letters, font, code in _glyphs(content):
        found.setdefault(letters, set()).add((font, code))
    return found


def _glyphs(content: bytes) -> list[tuple[str, str, bytes]]:
    objects = {int(number): body for number, body in _OBJECT.findall(content)}
    fonts = _fonts(objects)
    shown: list[tuple[str, str, bytes]] = []
    for body in objects.values():
        stream = _stream(body)
        if b" Tf" not in stream:
            continue
        font = ""
        for name, text, end in _SHOWN.findall(stream):
            if name:
                font = name.decode()
            elif end:
                shown.append(("\n", "", b""))
            else:
                raw = _ESCAPED.sub(lambda found: _NAMED.get(found[1], found[1]), text)
                codes = [raw[at : at + 2] for at in range(0, len(raw), 2)]
                shown += [(fonts[font].get(code, ""), font, code) for code in codes]
    return shown


def _fonts(objects: dict[int, bytes]) -> dict[str, dict[bytes, str]]:
    names = {
        name.decode(): int(number)
        for body in objects.values()
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", body)
    }
    return {name: _letters(objects, objects[number]) for name, number in names.items()}


def _letters(objects: dict[int, bytes], font: bytes) -> dict[bytes, str]:
    link = re.search(rb"/ToUnicode (\d+) 0 R", font)
    assert link is not None
    rows = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", _stream(objects[int(link[1])]))
    return {
        bytes.fromhex(code.decode()): bytes.fromhex(text.decode()).decode("utf-16-be")
        for code, text in rows
    }


def _stream(body: bytes) -> bytes:
    found = re.search(rb"(?s)stream\n(.*)\nendstream", body)
    if found is None:
        return b""
    try:
        return zlib.decompress(found[1])
    except zlib.error:
        return found[1]
