"""Pictures that a reader should not trust, and files that only look like pictures."""

import io
import struct
import zlib

from PIL import Image, PngImagePlugin

from tests.documents.pdfs import CANARY, EICAR, SCRIPT, URL, pdf

GPS_TAG = 0x8825
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!DOCTYPE a [<!ENTITY x SYSTEM "%s">]>%s</x:xmpmeta>'


def saved(
    form: str, mode: str = "RGB", size: tuple[int, int] = (64, 48), **kwargs: object
) -> bytes:
    """Return an ordinary picture with a dark square in it."""
    picture = Image.new(mode, size)
    picture.paste(Image.new("L", (20, 20), 200).convert(mode), (4, 4))
    target = io.BytesIO()
    picture.save(target, form, **kwargs)
    return target.getvalue()


def segment(mark: int, content: bytes) -> bytes:
    """Return a segment of a JPEG file."""
    return bytes((0xFF, mark)) + struct.pack(">H", len(content) + 2) + content


def with_segment(mark: int, content: bytes) -> bytes:
    """Return a JPEG with one segment more."""
    whole = saved("JPEG")
    return whole[:2] + segment(mark, content) + whole[2:]


def chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG file with its check sum."""
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png(*chunks: bytes, size: tuple[int, int] = (8, 8), depth: int = 8, colour: int = 0) -> bytes:
    """Return a PNG of a header and the given chunks."""
    head = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunks)


def with_chunk(*chunks: bytes) -> bytes:
    """Return an ordinary PNG with chunks more before its points."""
    whole = saved("PNG")
    place = whole.index(b"IDAT") - 4
    return whole[:place] + b"".join(chunks) + whole[place:]


def exif(orientation: int = 1) -> bytes:
    """Return EXIF with a place, a maker and a thumbnail's worth of words."""
    found = Image.Exif()
    found[0x010F], found[0x9286], found[0x0112] = CANARY.decode(), SCRIPT, orientation
    found.get_ifd(GPS_TAG).update({1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (2.0, 3.0, 4.0)})
    return found.tobytes()


def jpegs() -> dict[str, bytes]:
    """Return hostile JPEG files."""
    plain = saved("JPEG")
    bomb = b"ICC_PROFILE\0\1\xff" + b"\0" * 60_000
    frame = plain.index(b"\xff\xc0")
    flood = plain[: frame + 5] + struct.pack(">HH", 65_500, 65_500) + plain[frame + 9 :]
    return {
        "exif-gps": saved("JPEG", exif=exif()),
        "exif-upside-down": saved("JPEG", exif=exif(orientation=3)),
        "exif-damaged": with_segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\x7f" + CANARY * 40),
        "exif-loop": with_segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0\x08\0\0\0" + CANARY),
        "xmp-xxe": with_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP % (URL, CANARY)),
        "comment-script": with_segment(0xFE, b"<script>" + SCRIPT + b"</script>"),
        "comment-php": with_segment(0xFE, b"<?php system('" + CANARY + b"'); ?>"),
        "comment-eicar": with_segment(0xFE, EICAR),
        "iptc": with_segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x20" + CANARY * 4),
        "icc-bomb": with_segment(0xE2, bomb),
        "icc-many": plain[:2] + segment(0xE2, bomb) * 120 + plain[2:],
        "icc-canary": saved("JPEG", icc_profile=CANARY * 100),
        "multi-picture": with_segment(0xE2, b"MPF\0II*\0\x08\0\0\0\xff\xff" + CANARY * 9),
        "thumbnail": with_segment(0xE0, b"JFXX\0\x10" + saved("JPEG", size=(8, 8)) + CANARY),
        "cmyk": saved("JPEG", "CMYK"),
        "adobe-transform": with_segment(0xEE, b"Adobe\0\x64\0\0\0\0\xff"),
        "progressive": saved("JPEG", progressive=True, comment=CANARY),
        "pixel-flood": flood,
        "no-height": plain[: frame + 5] + b"\0\0" + plain[frame + 7 :],
        "truncated": plain[: len(plain) // 2],
        "header-only": plain[:4],
        "three-bytes": b"\xff\xd8\xff",
        "segment-lies": b"\xff\xd8\xff\xe1\xff\xff" + CANARY,
        "zip-after": plain + b"PK\x03\x04" + CANARY * 9,
        "html-after": plain + b"<html><script>" + SCRIPT + b"</script></html>",
        "php-after": plain + b"<?php echo '" + CANARY + b"';",
        "pdf-after": plain + pdf(catalog=b"/OpenAction << /S /Launch /F (" + CANARY + b") >>"),
        "html-in-comment": with_segment(0xFE, b"--><html><body onload=alert(1)>" + CANARY),
        "noise": b"\xff\xd8\xff\xe0" + bytes(range(256)) * 100,
        "arithmetic": plain.replace(b"\xff\xc0", b"\xff\xc9", 1),
        "lossless": plain.replace(b"\xff\xc0", b"\xff\xc3", 1),
        "restart-flood": plain[:-2] + b"\xff\xd0" * 200_000 + b"\xff\xd9",
    }


def pngs() -> dict[str, bytes]:
    """Return hostile PNG files."""
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", CANARY.decode())
    words.add_itxt("XML:com.adobe.xmp", (XMP % (URL, CANARY)).decode())
    end, row = chunk(b"IEND", b""), zlib.compress(b"\0" * 9 * 8)
    bomb = zlib.compress(b"\0" * 40_000_000, 9)
    plain = saved("PNG")
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    moving = io.BytesIO()
    frames[0].save(moving, "PNG", save_all=True, append_images=frames[1:], pnginfo=words)
    return {
        "text": saved("PNG", pnginfo=words),
        "ztxt-bomb": with_chunk(chunk(b"zTXt", b"a\0\0" + bomb)),
        "itxt-bomb": with_chunk(chunk(b"iTXt", b"a\0\1\0\0\0" + bomb)),
        "icc-bomb": with_chunk(chunk(b"iCCP", b"a\0\0" + bomb)),
        "icc-canary": saved("PNG", icc_profile=CANARY * 99),
        "exif-gps": saved("PNG", exif=exif()),
        "animated": moving.getvalue(),
        "animated-million": with_chunk(chunk(b"acTL", struct.pack(">II", 1_000_000, 0))),
        "private-chunk": with_chunk(chunk(b"caNb", b"<script>" + SCRIPT)),
        "script-in-palette": png(
            chunk(b"PLTE", b"<script>x=1;//////" + CANARY.ljust(21)),
            chunk(b"IDAT", row),
            end,
            colour=3,
        ),
        "pixel-flood": png(chunk(b"IDAT", bomb), end, size=(50_000, 50_000), colour=2),
        "pixel-flood-most": png(chunk(b"IDAT", bomb), end, size=(2**31 - 1, 2**31 - 1)),
        "row-flood": png(chunk(b"IDAT", bomb), end, size=(2_000_000_000, 1)),
        "just-above": png(chunk(b"IDAT", bomb), end, size=(7_100, 7_100)),
        "idat-bomb": png(chunk(b"IDAT", bomb), end, size=(8, 8)),
        "no-width": png(chunk(b"IDAT", row), end, size=(0, 8)),
        "depth-lies": png(chunk(b"IDAT", row), end, depth=77),
        "check-sum": plain[:40] + b"\xff" + plain[41:],
        "length-lies": plain[:33] + b"\x7f\xff\xff\xff" + plain[37:],
        "no-points": png(end),
        "no-end": png(chunk(b"IDAT", row)),
        "truncated": plain[: len(plain) // 2],
        "header-only": plain[:8],
        "zip-after": plain + b"PK\x03\x04" + CANARY,
        "html-after": plain + b"<html onload=alert('" + CANARY + b"')>",
        "eicar-after": plain + EICAR,
        "chunk-flood": with_chunk(chunk(b"tEXt", b"a\0" + CANARY) * 20_000),
        "sixteen-bits": saved("PNG", "I;16"),
        "palette-transparent": saved("PNG", "P", transparency=0, pnginfo=words),
        "interlaced-bomb": png(chunk(b"IDAT", bomb), end, size=(6_000, 6_000)),
    }
