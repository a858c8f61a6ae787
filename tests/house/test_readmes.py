"""Every room has its screen and its line in the house page."""

import pytest

from tests.house.sources import ROOT

ROOMS = sorted(
    path.name
    for path in (ROOT / "clearinghouse").iterdir()
    if path.is_dir() and (path / "__init__.py").exists() and path.name != "shared"
)


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in {"web", "api"}])
def test_explains_each_room_on_one_screen(room):
    page = (ROOT / "clearinghouse" / room / "README.md").read_text(encoding="utf-8")
    assert page.startswith("# ")
    assert len(page.splitlines()) <= 130


@pytest.mark.parametrize("room", ROOMS)
def test_lists_each_room_in_the_house_page(room):
    assert f"`{room}`" in (ROOT / "clearinghouse" / "README.md").read_text(encoding="utf-8")
