"""Papers: the same bytes every time, shaped letters, both directions, files inside."""

import hashlib
from datetime import UTC, datetime

from clearinghouse.shared.papers import FONTS, Paper
from tests.shared.pdf_text import shapes_of, text_of_pdf

MADE_AT = datetime(2026, 12, 1, 13, 1, tzinfo=UTC)
ARABIC = "هو كان هنا وهذا وجهه، في \u2068Welder (m/f), Hamburg\u2069 (\u2068DE-2026-001\u2069)."


def _paper(language: str, text: str) -> bytes:
    paper = Paper(title="Title", language=language, made_at=MADE_AT)
    paper.paragraph(text)
    paper.table(("One", "Two"), [("first cell", "second cell")], (60, 60))
    paper.attach("signed.jws", b"abc", mime_type="application/jose", about="About")
    return paper.finish()


def test_paper_shows_its_text_and_carries_its_file() -> None:
    content = _paper("fr", "Où est l'été ?")
    text = text_of_pdf(content)
    assert "Où est l'été ?" in text
    assert text.index("first cell") < text.index("second cell")
    assert "1 / 1" in text
    assert b"/Lang (fr)" in content
    assert b"(signed.jws)" in content
    assert b"D:20261201130100Z" in content


def test_paper_is_the_same_bytes_every_time() -> None:
    assert _paper("en", "Text") == _paper("en", "Text") != _paper("en", "Texts")


def test_arabic_letters_take_the_form_of_their_place_in_the_word() -> None:
    shapes = shapes_of(_paper("ar", ARABIC))
    # Alone or last, first, in the middle: without shaping each letter has one glyph.
    assert len(shapes["ه"]) >= 3
    assert len(shapes["W"]) == 1


def test_columns_are_mirrored_and_latin_names_keep_their_direction() -> None:
    text = text_of_pdf(_paper("ar", ARABIC))
    assert text.index("second cell") < text.index("first cell")
    assert "Welder (m/f), Hamburg" in text
    assert "DE-2026-001" in text


def test_every_letter_has_a_glyph() -> None:
    shapes = shapes_of(_paper("ar", ARABIC + "؛؟٪ «Ñ É œ ç» – · 0123456789"))
    missing = {letter for letter, drawn in shapes.items() if any(not ord(c) for c in letter)}
    assert missing == set()


def test_fonts_are_those_that_were_vendored() -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in FONTS.glob("*.ttf")
    }
    assert found == FONT_DIGESTS
    assert sum(path.stat().st_size for path in FONTS.glob("*.ttf")) < 1_600_000
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text(encoding="utf-8")


FONT_DIGESTS = {
    "NotoSans-Bold.ttf": "e83493c945848ecd",
    "NotoSans-Regular.ttf": "89c3c497f618fdaa",
    "NotoSansArabic-Bold.ttf": "ded6fc7359ca36d1",
    "NotoSansArabic-Regular.ttf": "504d7407d86875ac",
}
