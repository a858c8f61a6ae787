"""From the bytes of a file to its rows: encoding, separator, header, size. No database."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clearinghouse.applications.services.nominations_rows import COLUMNS, REQUIRED_COLUMNS
from clearinghouse.shared.errors import Invalid

BYTES_MAX = 10_485_760
_SEPARATORS = (",", ";", "\t")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one cell; the header is row 1. `value` is cut to 60 characters."""

    row: int
    column: str
    message: str
    value: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file: its number as a spreadsheet shows it, and its cells by column."""

    number: int
    cells: dict[str, str]
    surplus: int


def read_rows(content: bytes, *, limit: int) -> list[Row]:
    """Read a file of nominations: UTF-8, with comma, semicolon or tab, at most `limit` rows.

    Raises `Invalid` with one sentence that says what is wrong with the file as a whole.
    """
    if len(content) > BYTES_MAX:
        raise _refused(
            "too_large",
            _("The file is larger than %(limit)d MB.") % {"limit": BYTES_MAX // 1_048_576},
        )
    text = _decode(content)
    lines = _lines(text)
    header = next(lines, [])
    columns = _columns(header)
    rows = list(islice(_numbered(lines, columns), limit + 1))
    if len(rows) > limit:
        sentence = ngettext(
            "The file has more than %(limit)d row. Split it into several files.",
            "The file has more than %(limit)d rows. Split it into several files.",
            limit,
        )
        raise _refused("too_many_rows", sentence % {"limit": limit}, limit=limit)
    if not rows:
        raise _refused("no_rows", _("The file has a header, but no rows below it."))
    return rows


def _decode(content: bytes) -> str:
    try:
        if content.startswith(_UTF_16) or b"\x00" in content[:200]:
            raise _refused("encoding", _how_to_save(byte=1, row=1))
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise _refused(
            "encoding", _how_to_save(byte=error.start + 1, row=row), byte=error.start + 1, row=row
        ) from error
    if not text.strip():
        raise _refused("empty", _("The file is empty."))
    if "\x00" in text:
        row = text.count("\n", 0, text.index("\x00")) + 1
        raise _refused("broken", _broken(row), row=row)
    return text


def _how_to_save(*, byte: int, row: int) -> str:
    return _(
        "The file is not in UTF-8 (first problem: byte %(byte)d, in row %(row)d). In your "
        "spreadsheet choose “Save as” and the type “CSV UTF-8”, then upload it again."
    ) % {"byte": byte, "row": row}


def _lines(text: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    try:
        yield from reader
    except csv.Error as error:
        row = reader.line_num
        raise _refused("broken", _broken(row), row=row) from error


def _broken(row: int) -> str:
    return _("The file cannot be read at line %(row)d: check the quotation marks there.") % {
        "row": row
    }


def _separator(text: str) -> str:
    """Choose the separator that finds most of our columns in the first line; comma if none does."""
    first = text.lstrip("\r\n").splitlines()[0]
    return max(
        _SEPARATORS, key=lambda mark: len({_name(cell) for cell in first.split(mark)} & {*COLUMNS})
    )


def _columns(header: Sequence[str]) -> list[str]:
    names = [_name(cell) for cell in header]
    while names and not names[-1]:
        names.pop()
    sentences = []
    if missing := [name for name in REQUIRED_COLUMNS if name not in names]:
        sentences.append(_("Missing columns: %(names)s.") % {"names": ", ".join(missing)})
    if unknown := [name or "?" for name in names if name not in COLUMNS]:
        shown = ", ".join(name[:40] for name in unknown[:10])
        sentences.append(_("Unknown columns: %(names)s.") % {"names": shown})
    if twice := sorted({name for name in names if name in COLUMNS and names.count(name) > 1}):
        sentences.append(_("Columns that stand twice: %(names)s.") % {"names": ", ".join(twice)})
    if sentences:
        expected = _("The first row must name these columns: %(names)s.") % {
            "names": ", ".join(COLUMNS)
        }
        raise _refused("header", " ".join([*sentences, expected]))
    return names


def _numbered(lines: Iterator[list[str]], columns: list[str]) -> Iterator[Row]:
    for number, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        filled = [*cells, *[""] * (len(columns) - len(cells))]
        surplus = len([cell for cell in cells[len(columns) :] if cell.strip()])
        yield Row(number, dict(zip(columns, filled, strict=False)), surplus)


def _name(cell: str) -> str:
    return cell.strip().strip('"').strip().lower().replace(" ", "_")


def _refused(code: str, sentence: str, **facts: object) -> Invalid:
    return Invalid(sentence, code=f"file_{code}", fields={"file": [sentence]}, **facts)
