"""The explanation as a paper: what the document says, in four languages, with the JWS inside."""

import re
import zlib
from collections import Counter
from typing import Any

import pytest
from django.utils import translation

from clearinghouse.matching import queries
from clearinghouse.matching.papers import paper_of
from clearinghouse.shared import signing
from tests.factories.matching import World, make_world
from tests.shared.pdf_text import shapes_of, text_of_pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world([(0, 1), (0, 1), (1, 0)])


def _paper(world: World, language: str) -> tuple[queries.SignedExplanation, bytes]:
    found = queries.signed_explanation_for(world.workers[1], world.round, language=language)
    return found, paper_of(found)


def _attached(content: bytes) -> bytes:
    """Return the one file inside, by the standard's own words for it (ISO 32000, 7.11.4)."""
    (found,) = re.findall(rb"(?s)/EmbeddedFile\n>>\nstream\n(.*?)\nendstream", content)
    return zlib.decompress(found)


def _facts(document: dict[str, Any]) -> list[str]:
    numbers = [document["lottery"]["place"], document["lottery"]["of"]]
    for wish in document["wishes"]:
        numbers += [wish["points"], wish["cutoff"] or "–", wish["points_needed"] or "–"]
    digests = [document[key] for key in ("input_digest", "seed", "market_digest", "plan_digest")]
    return [document["candidate"], *digests, *map(str, numbers)]


@pytest.mark.parametrize("language", ["ar", "en", "es", "fr"])
def test_paper_says_what_the_document_says(world: World, language: str) -> None:
    found, content = _paper(world, language)
    text = text_of_pdf(content)
    assert [fact for fact in _facts(found.document) if fact not in text] == []
    assert signing.key_id() in text
    assert "python3 verify_round.py explanation.jws --keys keys.json" in text
    assert all(wish["posting"] in text for wish in found.document["wishes"])
    assert f"/Lang ({language})".encode() in content
    assert _attached(content).decode() == found.token


def test_paper_of_the_same_result_is_the_same_bytes(world: World) -> None:
    _, first = _paper(world, "ar")
    with translation.override("fr"):
        assert queries.explanation_paper_for(world.workers[1], world.round, language="ar") == first
    assert first != _paper(world, "fr")[1]


def test_arabic_paper_is_shaped(world: World) -> None:
    shapes = shapes_of(_paper(world, "ar")[1])
    letters = {letter for letter in shapes if len(letter) == 1 and "\u0620" <= letter <= "\u064a"}
    assert len(letters) > 20
    # Alone or last, first, in the middle; without shaping one glyph of each font.
    assert {letter: _forms(shapes[letter]) for letter in "لمني" if _forms(shapes[letter]) < 3} == {}


def _forms(drawn: set[tuple[str, bytes]]) -> int:
    """Count the glyphs of a letter in the font that has most of them."""
    return max(Counter(font for font, _ in drawn).values())


def test_cover_says_nothing_about_the_group() -> None:
    world = make_world([(0,)], reserve_share=(100, 0), protected=(0,))
    content = queries.explanation_paper_for(world.workers[0], world.round, language="en")
    (information,) = re.findall(rb"(?s)<<\n/CreationDate.*?>>", content)
    title = f"Explanation of your result, round {world.number}"
    assert title.encode("utf-16-be").hex().encode() in information or title.encode() in information
    assert b"flee" not in information and b"reserved" not in information
