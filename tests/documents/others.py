"""Files of other kinds under any name: none of them is a document here."""

import bz2
import gzip
import io
import lzma
import random
import tarfile
import zipfile

from tests.documents.pdfs import CANARY, EICAR, SCRIPT, URL, pdf
from tests.documents.pictures import saved

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="%s"><image href="%s"/></svg>'
XXE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><l>&b;</l>'


def others() -> dict[str, bytes]:
    """Return files that are neither PDF nor JPEG nor PNG by their first bytes."""
    chance = random.Random(4)
    html = b"<!doctype html><script>" + SCRIPT + b"</script>"
    return {
        "empty": b"",
        "one-byte": b"\0",
        "one-letter": b"P",
        "text": b"I was born in a town by the sea. " + CANARY,
        "text-override": "\u202e".encode() + b"fdp.exe",
        "nul-bytes": b"\0" * 4_096,
        "noise": chance.randbytes(50_000),
        "too-large": b"%PDF-1.7\n" + b"\0" * (10 * 1024 * 1024),
        "html": html,
        "html-says-pdf": html + pdf(),
        "html-mark-far": b" " * 900 + pdf(),
        "line-before-pdf": b"\n" + pdf(),
        "bom-before-pdf": b"\xef\xbb\xbf" + pdf(),
        "lower-case-pdf": b"%pdf-1.7" + pdf()[8:],
        "svg": SVG % (SCRIPT, URL),
        "svg-xml": b'<?xml version="1.0"?>' + SVG % (SCRIPT, URL),
        "xml-xxe": XXE,
        "xml-laughs": LAUGHS,
        "mail": b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + html,
        "zip": _zip({"a.txt": CANARY}),
        "zip-bomb": _zip({f"{number}.txt": b"\0" * 2_000_000 for number in range(20)}),
        "zip-traversal": _zip({"../../../tmp/" + CANARY.decode(): b"a"}),
        "zip-then-pdf": _zip({"a": b"a"}) + pdf(),
        "docx": _zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": XXE}),
        "docm": _zip({"[Content_Types].xml": b"<Types/>", "word/vbaProject.bin": EICAR}),
        "odt": _zip({"mimetype": b"application/vnd.oasis.opendocument.text"}),
        "jar": _zip({"META-INF/MANIFEST.MF": b"Main-Class: A"}),
        "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + CANARY * 99,
        "rtf": rb"{\rtf1{\object\objdata " + CANARY + b"}}",
        "gzip": gzip.compress(pdf(), mtime=0),
        "gzip-bomb": gzip.compress(b"\0" * 9_000_000, mtime=0),
        "bzip2": bz2.compress(pdf()),
        "xz": lzma.compress(pdf()),
        "tar": _tar(),
        "seven-zip": b"7z\xbc\xaf\x27\x1c" + CANARY,
        "rar": b"Rar!\x1a\x07\0" + CANARY,
        "gif": saved("GIF", "P"),
        "gif-script": b"GIF89a=1;" + SCRIPT,
        "bmp": saved("BMP"),
        "tiff": saved("TIFF"),
        "webp": b"RIFF\x24\0\0\0WEBPVP8L" + CANARY,
        "ico": b"\0\0\1\0" + CANARY,
        "psd": b"8BPS\0\1" + CANARY,
        "heic": b"\0\0\0\x18ftypheic" + CANARY,
        "jpeg-2000": b"\0\0\0\x0cjP  \r\n\x87\n" + CANARY,
        "postscript": b"%!PS-Adobe-3.0\n(%pipe%id) (r) file\n",
        "eps-with-pdf-inside": b"%!PS-Adobe-3.0 EPSF\n" + pdf(),
        "program": b"\x7fELF\2\1\1" + CANARY * 9,
        "windows-program": b"MZ\x90\0" + CANARY * 9,
        "shell": b"#!/bin/sh\ncurl " + URL,
        "pickle": b"\x80\x04cos\nsystem\n(S'id'\ntR.",
        "eicar": EICAR,
        "shortcut": b"[InternetShortcut]\nURL=" + URL,
        "playlist": b"#EXTM3U\nconcat:" + URL,
        "mvg": b"push graphic-context\nimage over 0,0 0,0 '" + URL + b"'\npop graphic-context",
    }


def _zip(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _tar() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        info = tarfile.TarInfo("../" + CANARY.decode())
        info.size = len(CANARY)
        archive.addfile(info, io.BytesIO(CANARY))
    return target.getvalue()
