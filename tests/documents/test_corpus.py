"""Every hostile file is refused with a reason, or comes back as something that is only seen."""

import pytest

from clearinghouse.documents.cleaning import REASONS, clean
from clearinghouse.documents.limits import Limits
from clearinghouse.shared.errors import Invalid
from tests.documents import others, pdfs, pictures
from tests.documents.judge import harm_in, opened, pages_of

QUICK = {"forms-in-forms", "pattern-in-itself"}
"""These run until they are killed; a shorter end keeps the tests short."""

REFUSED = {
    "damaged": """tree-loop tree-loop-long no-pages no-catalog truncated header-only
    header-and-noise postscript-after jpeg-no-height jpeg-truncated jpeg-header-only
    jpeg-three-bytes jpeg-segment-lies jpeg-noise jpeg-lossless png-ztxt-bomb png-itxt-bomb
    png-icc-bomb png-no-width png-depth-lies png-check-sum png-no-points png-truncated
    png-header-only""",
    "too_many_pages": "thirty-one-pages ten-thousand-pages",
    "too_many_pixels": """jpeg-pixel-flood png-pixel-flood png-pixel-flood-most png-row-flood
    png-just-above""",
    "too_hard": "forms-in-forms pattern-in-itself",
    "too_large": "too-large",
    "empty": "empty",
    "locked": "encrypted",
}
FOREIGN = others.others()
LEFT = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "transparency"}
CORPUS = {
    **pdfs.acting(),
    **pdfs.noted(),
    **pdfs.carrying(),
    **pdfs.broken(),
    **{f"jpeg-{name}": content for name, content in pictures.jpegs().items()},
    **{f"png-{name}": content for name, content in pictures.pngs().items()},
    **FOREIGN,
}
FATES = dict.fromkeys(FOREIGN, "unknown") | {
    name: reason for reason, names in REFUSED.items() for name in names.split()
}
HARMLESS = [name for name in CORPUS if name not in FATES]


def test_holds_enough_files():
    assert len(CORPUS) == len(set(CORPUS.values())) >= 120
    assert set(FATES) <= set(CORPUS)
    assert set(FATES.values()) == set(REASONS)


@pytest.mark.parametrize("name", sorted(FATES))
def test_refuses(name):
    limits = Limits(wall=2, cpu=2) if name in QUICK else Limits(wall=30)
    with pytest.raises(Invalid) as refusal:
        clean(CORPUS[name], limits=limits)
    assert refusal.value.code == FATES[name]
    assert str(refusal.value) == str(REASONS[FATES[name]])


@pytest.mark.parametrize("name", HARMLESS)
def test_writes_anew(name):
    result = clean(CORPUS[name], limits=Limits(wall=30))
    assert harm_in(result.content) == []
    if result.kind == "pdf":
        assert pages_of(result.content) == result.pages
    else:
        assert opened(result.content).info.keys() <= LEFT


def test_finds_harm_in_the_files_as_they_came():
    """The twin: without the cleaning, what the judge looks for is there."""
    unseen = {name for name in HARMLESS if not harm_in(CORPUS[name])}
    assert unseen == set(COSTLY.split())
    assert len(HARMLESS) - len(unseen) >= 100


COSTLY = """count-lies-high count-lies-low huge-page long-page negative-box no-box
    not-a-number-box xref-far jpeg-restart-flood png-idat-bomb png-interlaced-bomb png-no-end
    png-sixteen-bits"""
"""Their harm is what reading them costs, or they are only strange."""
