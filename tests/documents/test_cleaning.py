"""Ordinary documents keep what is seen on them, and one is read at a time."""

import io
from concurrent.futures import ThreadPoolExecutor

import pypdfium2
import pytest
from PIL import Image

from clearinghouse.documents import cleaning
from clearinghouse.documents.cleaning import clean
from clearinghouse.documents.limits import Limits
from clearinghouse.shared.errors import Invalid, NotNow
from tests.documents import pdfs
from tests.documents.judge import opened, pages_of
from tests.documents.pictures import exif, saved

PATIENT = Limits(wall=30, cpu=30)


def test_keeps_the_points_of_a_picture():
    for form in ("PNG", "JPEG"):
        before, after = saved(form), clean(saved(form), limits=PATIENT)
        assert after.kind == form.lower()
        assert opened(after.content).size == opened(before).size
        near = opened(after.content).convert("RGB").getpixel((10, 10))
        assert all(abs(value - 200) < 6 for value in near)


def test_turns_a_photo_upright():
    result = clean(saved("JPEG", size=(60, 30), exif=exif(orientation=6)), limits=PATIENT)
    assert opened(result.content).size == (30, 60)
    assert not opened(result.content).getexif()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_reads_every_kind_of_points(mode):
    source = saved("PNG", mode) if mode != "LA" else saved("PNG", "L")
    result = clean(source, limits=PATIENT)
    assert opened(result.content).mode in {"L", "RGB", "RGBA"}


def test_keeps_the_grey_of_sixteen_bits():
    picture = Image.new("I;16", (9, 9), 40_000)
    result = clean(_bytes(picture), limits=PATIENT)
    assert opened(result.content).getpixel((3, 3)) in {155, 156, 157}


def test_makes_large_pictures_smaller():
    result = clean(_bytes(Image.new("RGB", (5_000, 2_500), "red")), limits=PATIENT)
    assert opened(result.content).size == (4_000, 2_000)


def test_writes_a_png_that_would_be_too_large_as_jpeg():
    noise = Image.effect_noise((900, 900), 90).convert("RGBA")
    result = clean(_bytes(noise), limits=Limits(wall=30, result=700_000))
    assert result.kind == "jpeg"
    with pytest.raises(Invalid) as refusal:
        clean(_bytes(noise), limits=Limits(wall=30, result=50_000))
    assert refusal.value.code == "too_large"


def test_keeps_each_page_of_a_pdf_and_its_size():
    result = clean(pdfs.pages(30), limits=PATIENT)
    assert (result.kind, result.pages, result.media_type) == ("pdf", 30, "application/pdf")
    assert pages_of(result.content) == 30


def test_draws_what_was_on_the_page():
    result = clean(pdfs.pdf(), limits=PATIENT)
    document = pypdfium2.PdfDocument(result.content)
    assert document[0].get_size() == pytest.approx((200, 200), abs=1)
    red, green, blue = document[0].render().to_pil().getpixel((50, 150))
    document.close()
    assert blue > 240
    assert max(red, green) < 20


def test_goes_on_after_a_document_that_was_killed():
    for _attempt in range(2):
        with pytest.raises(Invalid):
            clean(pdfs.broken()["pattern-in-itself"], limits=Limits(wall=1, cpu=1))
        assert clean(saved("PNG"), limits=PATIENT).pages == 1


def test_says_that_it_is_busy():
    assert cleaning._one_at_a_time.acquire(timeout=20)
    try:
        with pytest.raises(NotNow) as refusal:
            clean(saved("PNG"), patience=0.01)
    finally:
        cleaning._one_at_a_time.release()
    assert refusal.value.code == "busy"


def test_serves_several_threads_one_after_the_other():
    with ThreadPoolExecutor(4) as threads:
        results = threads.map(
            lambda _number: clean(saved("PNG"), limits=PATIENT, patience=60), range(4)
        )
    assert {result.kind for result in results} == {"png"}


def test_refuses_where_no_safe_place_can_be_made(monkeypatch):
    """A kernel that does not grant the filter gets no document, not an unsafe one."""
    broken = cleaning._PROGRAM.replace(
        "import main; main()",
        "import confine, main\nconfine._CALLS.clear()\nmain()",
    )
    monkeypatch.setattr(cleaning, "_PROGRAM", broken)
    with pytest.raises(NotNow) as refusal:
        clean(saved("PNG"), limits=PATIENT)
    assert refusal.value.code == "unsafe"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense",
        b"[]\n",
        b"{}\n%PDF-",
        b'{"kind": "pdf", "pages": 1}\n<html>',
        b'{"kind": "html", "pages": 1}\n<html>',
        b'{"kind": "pdf", "pages": "1"}\n%PDF-1.4',
        b'{"kind": "pdf", "pages": 31}\n%PDF-1.4',
        b'{"refused": "<script>"}\n',
        b'{"refused": ["a"]}\n',
    ],
)
def test_believes_no_nonsense_from_the_cell(answer):
    with pytest.raises(Invalid):
        cleaning._believe(answer, Limits())


def _bytes(picture):
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()
