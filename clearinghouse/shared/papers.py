"""Papers to keep and to print: A4 pages in any of the portal's languages, in both directions.

The same content gives the same bytes. Headings are bookmarks, title and language are in the file.
Importing this costs about half a second, so import it where a paper is made.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from fpdf import FPDF, FontFace
from fpdf.enums import Align, TableBordersLayout, TextDirection, XPos, YPos

FONTS = Path(__file__).resolve().parent / "fonts"
_RIGHT_TO_LEFT = frozenset({"ar"})
_LATIN, _ARABIC = "Noto Sans", "Noto Sans Arabic"
_INK, _QUIET, _LINE = (27, 31, 38), (90, 98, 110), (200, 205, 212)
_MARGIN = 18.0


class Paper:
    """One document that is written from top to bottom; sizes are points, distances millimetres."""

    def __init__(self, *, title: str, language: str, made_at: datetime) -> None:
        """Begin a paper; `made_at` is the date in the file, never the present moment."""
        self.mirrored = language in _RIGHT_TO_LEFT
        self._side = Align.R if self.mirrored else Align.L
        self._pdf = _Pages(mirrored=self.mirrored)
        pdf = self._pdf
        pdf.set_title(title)
        pdf.set_lang(language)
        pdf.set_creation_date(made_at)
        pdf.set_producer("fpdf2")
        pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
        pdf.set_auto_page_break(auto=True, margin=_MARGIN + 4)
        for family, name in ((_LATIN, "NotoSans"), (_ARABIC, "NotoSansArabic")):
            for style, weight in (("", "Regular"), ("B", "Bold")):
                pdf.add_font(family, style, FONTS / f"{name}-{weight}.ttf")
        pdf.set_fallback_fonts([_LATIN if self.mirrored else _ARABIC], exact_match=True)
        direction = TextDirection.RTL if self.mirrored else TextDirection.LTR
        # The script is left to the shaper: lines mix Arabic with Latin names.
        pdf.set_text_shaping(use_shaping_engine=True, direction=direction, language=language)
        pdf.add_page()
        self._write(title, size=17, style="B", after=3)

    def paragraph(self, text: str, *, quiet: bool = False) -> None:
        """Write a paragraph."""
        self._write(text, size=10, colour=_QUIET if quiet else _INK, after=1.6)

    def heading(self, text: str) -> None:
        """Write a heading, which is a bookmark too, and keep it with what follows."""
        pdf = self._pdf
        if pdf.will_page_break(24):
            pdf.add_page()
        pdf.ln(2.5)
        pdf.start_section(text)
        self._write(text, size=12.5, style="B", after=1.2)

    def facts(self, rows: Sequence[tuple[str, str]], *, size: float = 9) -> None:
        """Write labels and values in two columns; values are numbers, dates or digests."""
        self._table([list(row) for row in rows], widths=(50, 124), size=size, headed=False)

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]
    ) -> None:
        """Write a table; columns are given in reading order and mirrored where needed."""
        self._table([list(head), *map(list, rows)], widths=widths, size=9, headed=True)

    def command(self, text: str) -> None:
        """Write a line for a terminal, from left to right in every language."""
        pdf = self._pdf
        with pdf.local_context():
            pdf.set_text_shaping(use_shaping_engine=True, direction=TextDirection.LTR)
            pdf.set_fill_color(240, 242, 245)
            pdf.set_font(_LATIN, size=9)
            pdf.multi_cell(
                0, 6.5, text, align=Align.L, fill=True, new_x=XPos.LMARGIN, new_y=YPos.NEXT
            )
        pdf.ln(1.6)

    def attach(self, name: str, content: bytes, *, mime_type: str, about: str) -> None:
        """Put a file into the paper."""
        made_at = self._pdf.creation_date
        self._pdf.embed_file(
            bytes=content,
            basename=name,
            mime_type=mime_type,
            modification_date=made_at,
            creation_date=made_at,
            desc=about,
            compress=True,
        )

    def finish(self) -> bytes:
        """Return the file."""
        return bytes(self._pdf.output())

    def _write(
        self,
        text: str,
        *,
        size: float,
        style: str = "",
        colour: tuple[int, int, int] = _INK,
        after: float,
    ) -> None:
        pdf = self._pdf
        self._font(size, style)
        pdf.set_text_color(*colour)
        pdf.multi_cell(0, size * 0.53, text, align=self._side, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        pdf.ln(after)

    def _font(self, size: float, style: str = "") -> None:
        family = _ARABIC if self.mirrored else _LATIN
        # A line that borrowed letters from the other font leaves the file with an older font than
        # fpdf2 remembers, and it writes no font that it believes to be set: ask for another first.
        self._pdf.set_font(family, style, size + 1)
        self._pdf.set_font(family, style, size)

    def _table(
        self, rows: list[list[str]], *, widths: Sequence[float], size: float, headed: bool
    ) -> None:
        pdf = self._pdf
        self._font(size)
        pdf.set_text_color(*_INK)
        pdf.set_draw_color(*_LINE)
        ordered = tuple(reversed(widths)) if self.mirrored else tuple(widths)
        with pdf.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=ordered,
            first_row_as_headings=headed,
            headings_style=FontFace(emphasis="BOLD"),
            line_height=size * 0.53,
            text_align=self._side,
            v_align="TOP",
            padding=(0.9, 1.2),
            width=sum(widths),
        ) as table:
            for row in rows:
                table.row(list(reversed(row)) if self.mirrored else row)
        pdf.ln(1.6)


class _Pages(FPDF):
    """A4 pages with their number at the foot."""

    def __init__(self, *, mirrored: bool) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self._mirrored = mirrored

    def footer(self) -> None:
        """Write "1 / 2", which reads the same in both directions only if it is isolated."""
        self.set_y(-_MARGIN + 2)
        self.set_font(_LATIN, size=8)
        self.set_text_color(*_QUIET)
        with self.local_context():
            self.set_text_shaping(use_shaping_engine=True, direction=TextDirection.LTR)
            self.cell(0, 5, f"{self.page_no()} / {{nb}}", align=Align.C)
