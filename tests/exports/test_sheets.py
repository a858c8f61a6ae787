"""No cell of a file runs, whichever separator the reader's spreadsheet takes."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearinghouse.shared.sheets import csv_text

STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
ALPHABET = st.sampled_from([*STARTS, *";,|\t\r\n ", '"', "'", "\ufeff", "a", "1", "ش"])
CELLS = st.lists(
    st.lists(st.text(ALPHABET, min_size=1, max_size=12), min_size=10, max_size=10),
    min_size=10,
    max_size=10,
)


def live_cells(text):
    """List the cells that a spreadsheet would run, read with each separator that is in use."""
    return [
        cell
        for separator in ",;\t|"
        for row in csv.reader(text.replace("\r", "\n").split("\n"), delimiter=separator)
        for cell in row
        if cell.lstrip("\ufeff \t\r\n").startswith(STARTS)
    ]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(CELLS)
def test_runs_no_cell(rows):
    """100 files of 100 cells: 10,000 cells made of what spreadsheets react to."""
    assert live_cells(csv_text(rows)) == []


def test_raw_writer_lets_cells_run():
    """The twin: the writer of the standard library keeps formulas alive."""
    text = io.StringIO()
    csv.writer(text).writerow(["=1+1", "a;=2", "-3", "@x"])
    assert len(live_cells(text.getvalue())) >= 4


@pytest.mark.parametrize(
    "cell", ["Amina", "O'Brien", "Anne-Marie", "a=b", "x@example.org", "2026-11-21", "7212", ""]
)
def test_leaves_ordinary_cells_as_they_are(cell):
    assert next(csv.reader(io.StringIO(csv_text([[cell, "x"]]))))[0] == cell


def test_keeps_numbers():
    assert csv_text([[-5, 1.5, None]]) == "-5,1.5,\r\n"
