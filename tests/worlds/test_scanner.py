"""The scanner sees a canary under every coat, and nothing where there is none."""

import base64
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from urllib.parse import quote
from uuid import UUID

import pytest
from fpdf import FPDF

from tests.worlds.scanner import Scanner

WORD = "Zéphyrine Quillfeather"
ID = UUID("6f1c2f0e-93a1-4a3e-9b55-0c7d1d1f8a42")


def _zip(text: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.csv", text)
    return file.getvalue()


def _pdf(text: bytes) -> bytes:
    paper = FPDF()
    paper.add_page()
    paper.set_font("helvetica")
    paper.cell(text=text.decode())
    return bytes(paper.output())


COATS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda text: text,
    "upper case": lambda text: text.decode().upper().encode(),
    "gzip": gzip.compress,
    "zip": _zip,
    "base64": base64.b64encode,
    "base64 inside": lambda text: b"cursor=" + base64.urlsafe_b64encode(b"p=1&p=" + text),
    "base64 of gzip": lambda text: base64.b64encode(gzip.compress(text)),
    "percent": lambda text: quote(text).encode(),
    "twice percent": lambda text: quote(quote(text)).encode(),
    "json": lambda text: json.dumps({"name": text.decode()}).encode(),
    "html": lambda text: text.replace(b"\xc3\xa9", b"&eacute;").replace(b" ", b"&#32;"),
    "hexadecimal": lambda text: text.hex().encode(),
    "zip in zip": lambda text: _zip(_zip(text)),
}


@pytest.mark.parametrize("coat", COATS)
def test_finds_a_canary_under(coat: str) -> None:
    scanner = Scanner()
    scanner.add("name", WORD)
    assert scanner.find(COATS[coat](b"before " + WORD.encode() + b" after")) == ["name"]
    assert scanner.find(COATS[coat](b"before somebody else after")) == []


def test_finds_a_canary_on_paper() -> None:
    scanner = Scanner()
    scanner.add("name", "Quillfeather")
    assert scanner.find(_pdf(b"Dear Quillfeather,")) == ["name"]
    assert scanner.find(_pdf(b"Dear reader,")) == []


def test_knows_dates_and_ids_as_they_are_printed() -> None:
    scanner = Scanner()
    scanner.add("born", date(1931, 2, 27))
    scanner.add("id", ID)
    texts = ("27 February 1931", "1931-02-27", "A-6F1C2F0E", ID.hex, f"/checks/{ID}/")
    assert [scanner.find(text.encode()) for text in texts] == [["born"]] * 2 + [["id"]] * 3


def test_leaves_out_what_the_caller_said() -> None:
    scanner = Scanner()
    scanner.add("id", ID)
    scanner.add("name", WORD)
    page = f"No page at /checks/{ID}/ for {WORD}".encode()
    assert scanner.find(page, but_not=f"/checks/{ID}/".encode()) == ["name"]
