"""The page of the matrix says what the table says."""

import os

from tests.house.sources import ROOT
from tests.matrix.page import page


def test_draws_the_page_as_it_is_kept() -> None:
    file = ROOT / "docs" / "matrix.md"
    if os.environ.get("MATRIX_WRITE"):
        file.write_text(page(), encoding="utf-8")
    assert file.read_text(encoding="utf-8") == page()
