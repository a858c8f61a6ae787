"""PDF: take a picture of each page and write a new file that holds nothing but the pictures."""

import io
import math
from dataclasses import dataclass
from typing import Final

import pypdfium2

from clearinghouse.documents.cell.pictures import write
from clearinghouse.documents.cell.refusal import Refusal
from clearinghouse.documents.limits import Limits

_FINEST: Final = 150 / 72
"""Points of the picture a point of the page: 150 an inch."""
_SMALLEST: Final = 1.0
_LOCKED: Final = 4
"""FPDF_ERR_PASSWORD of the library."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as a JPEG picture: `pixels` and `points` are width and height."""

    jpeg: bytes
    pixels: tuple[int, int]
    points: tuple[float, float]


def rewrite(content: bytes, limits: Limits) -> tuple[int, bytes]:
    """Return the number of pages and the bytes of a new PDF made of their pictures.

    Raises `Refusal`. Forms, scripts, links, attachments and layers of the old file are not read.
    """
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == _LOCKED
        raise Refusal("locked" if locked else "damaged") from error
    count = len(document)
    if count < 1:
        raise Refusal("damaged")
    if count > limits.pages:
        raise Refusal("too_many_pages")
    return count, bind([_photograph(document, number, limits) for number in range(count)])


def _photograph(document: pypdfium2.PdfDocument, number: int, limits: Limits) -> Page:
    try:
        page = document[number]
        width, height = page.get_size()
        if not (math.isfinite(width) and math.isfinite(height)) or min(width, height) < _SMALLEST:
            raise Refusal("damaged")
        scale = min(_FINEST, limits.page_side / max(width, height))
        drawn = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True)
    except pypdfium2.PdfiumError as error:
        raise Refusal("damaged") from error
    picture = drawn.to_pil().convert("RGB")
    page.close()
    points = (picture.width / scale, picture.height / scale)
    return Page(jpeg=write(picture, "JPEG"), pixels=picture.size, points=points)


def bind(pages: list[Page]) -> bytes:
    """Write a PDF of JPEG pictures, one a page, and nothing else (ISO 32000-1, section 7.5)."""
    kids = " ".join(f"{3 + 3 * number} 0 R" for number in range(len(pages)))
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
    ]
    for number, page in enumerate(pages):
        parts += _objects(page, first=3 + 3 * number)
    target = io.BytesIO()
    target.write(b"%PDF-1.4\n")
    places = []
    for number, part in enumerate(parts, start=1):
        places.append(target.tell())
        target.write(b"%d 0 obj\n%s\nendobj\n" % (number, part))
    start = target.tell()
    target.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1))
    target.writelines(b"%010d 00000 n \n" % place for place in places)
    target.write(b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(parts) + 1))
    target.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return target.getvalue()


def _objects(page: Page, *, first: int) -> tuple[bytes, bytes, bytes]:
    width, height = page.points
    drawing = f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /P Do Q".encode()
    leaf = (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.2f} {height:.2f}] "
        f"/Resources << /XObject << /P {first + 1} 0 R >> >> /Contents {first + 2} 0 R >>"
    )
    about = (
        f"<< /Type /XObject /Subtype /Image /Width {page.pixels[0]} /Height {page.pixels[1]} "
        f"/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length {len(page.jpeg)} >>"
    )
    return (
        leaf.encode(),
        _stream(about.encode(), page.jpeg),
        _stream(b"<< /Length %d >>" % len(drawing), drawing),
    )


def _stream(about: bytes, content: bytes) -> bytes:
    return about + b"\nstream\n" + content + b"\nendstream"
