"""What a written text shows."""

import pytest

from clearinghouse.shared.texts import turns_direction, visible


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "\u200b\u2060 \ufeff"])
def test_sees_nothing_in_invisible_texts(text):
    assert visible(text) == ""


def test_sees_a_name_with_joiners():
    assert visible("\u0645\u06cc\u200c\u0646\u0627") == "\u0645\u06cc\u0646\u0627"


@pytest.mark.parametrize("sign", "\u202a\u202e\u2066\u2069")
def test_finds_signs_that_turn_a_text(sign):
    assert turns_direction(f"a{sign}b")
    assert not turns_direction("a\u200db")
