"""The design kept by rules: direction, weight, content policy, vendored files, contrast, fields."""

import gzip
import hashlib
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import RequestFactory
from django.urls import path as route
from django.utils import translation

from clearinghouse.web.templatetags import ui

pytestmark = pytest.mark.urls(__name__)


def _nothing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


NAMES = "home set_language account_login account_signup public-quotas public-rules api-docs privacy"
urlpatterns = [route(f"{name}/", _nothing, name=name) for name in NAMES.split()]

ROOT = Path(settings.BASE_DIR)
STATIC = ROOT / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OUR_CSS = sorted((STATIC / "css").glob("*.css"))
FIRST_LOAD_CSS = [*OUR_CSS, STATIC / "vendor" / "designsystemet" / "designsystemet.css"]
COLOURS = ("accent", "neutral", "info", "success", "warning", "danger")
PHYSICAL = re.compile(
    r"(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right)"
    r"|[{;\s](?:left|right)\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)"
)
RESERVED = re.compile(r"""<style|\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:""", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)


def _compressed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def _render(source: str, context: dict[str, Any] | None = None, query: str = "") -> str:
    request = RequestFactory().get(f"/quotas/{query}")
    return engines["django"].from_string("{% load i18n ui %}" + source).render(context, request)


# Direction, weight, content policy


@pytest.mark.parametrize("path", OUR_CSS, ids=lambda path: path.name)
def test_our_css_knows_no_left_and_no_right(path: Path) -> None:
    """Keep one file right for both directions."""
    css = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert PHYSICAL.findall(css) == []


def test_first_load_stays_light() -> None:
    """Keep compressed styles, script and an ordinary page far below the promised 100 KB."""
    css = sum(_compressed(path) for path in FIRST_LOAD_CSS)
    page = len(gzip.compress(_render('{% include "errors/404.html" %}').encode(), 9))
    assert css < 40_000
    assert css + page < 60_000
    assert (STATIC / "js" / "app.js").stat().st_size < 6_000


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_obeys_the_content_policy(path: Path) -> None:
    """Refuse inline script, style and event handlers, which the policy would block anyway."""
    source = path.read_text(encoding="utf-8")
    assert RESERVED.findall(source) == []
    for attributes in SCRIPT.findall(source):
        assert "src=" in attributes or "application/json" in attributes


@pytest.mark.parametrize("folder", [STATIC / "vendor", ROOT / "tests" / "vendor"], ids=str)
def test_vendored_files_are_unchanged(folder: Path) -> None:
    """Match every vendored file with its recorded digest."""
    listed = dict(
        re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})`", (folder / "README.md").read_text(), re.M)
    )
    found = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    assert found == listed


# Contrast


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _schemes() -> dict[str, dict[str, str]]:
    css = (STATIC / "css" / "theme.css").read_text(encoding="utf-8")
    light, dark = css.split("prefers-color-scheme: dark", 1)
    variable = re.compile(r"--([a-z0-9-]+): (#[0-9a-f]{6});")
    first = dict(variable.findall(light))
    return {"light": first, "dark": first | dict(variable.findall(dark))}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("colour", COLOURS)
def test_text_can_be_read_on_its_background(scheme: str, colour: str) -> None:
    """Reach WCAG AA for every text and background pair that components use."""
    theme = _schemes()[scheme]
    grounds = [
        "background-default",
        "background-tinted",
        "surface-default",
        "surface-tinted",
        "surface-hover",
    ]
    pairs = [(text, ground) for text in ("text-default", "text-subtle") for ground in grounds]
    pairs += [
        ("base-contrast-default", f"base-{state}") for state in ("default", "hover", "active")
    ]
    for text, ground in pairs:
        ratio = _contrast(theme[f"ds-color-{colour}-{text}"], theme[f"ds-color-{colour}-{ground}"])
        assert ratio >= 4.5, (colour, text, ground, round(ratio, 2))
    edge = _contrast(
        theme[f"ds-color-{colour}-border-default"],
        theme[f"ds-color-{colour}-background-default"],
    )
    assert edge >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_menu_and_neutral_text_can_be_read(scheme: str) -> None:
    """Reach WCAG AA for white words in the menu and plain words on tinted boxes."""
    theme = _schemes()[scheme]
    assert _contrast("#ffffff", theme["nav-background"]) >= 4.5
    assert _contrast("#ffffff", theme["nav-hover"]) >= 4.5
    for colour in ("accent", "danger"):
        ground = theme[f"ds-color-{colour}-surface-tinted"]
        assert _contrast(theme["ds-color-neutral-text-default"], ground) >= 4.5
    link = theme["ds-color-accent-text-subtle"]
    assert _contrast(link, theme["ds-color-neutral-background-tinted"]) >= 4.5


# Fields


class _Sample(forms.Form):
    places = forms.IntegerField(help_text="Whole places", min_value=1)
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    note = forms.CharField(required=False, widget=forms.TextInput(attrs={"placeholder": "Note"}))
    agree = forms.BooleanField()


def _sample(data: dict[str, str] | None = None) -> dict[str, Any]:
    return {"form": _Sample(data)}


def test_field_ties_label_hint_and_error_to_its_input() -> None:
    """Let a screen reader say label, hint and error together."""
    html = _render("{% field form.places %}", _sample({"places": "0"}))
    assert '<label class="ds-label" for="id_places">' in html
    assert 'aria-describedby="id_places_helptext id_places_error"' in html
    assert 'id="id_places_helptext"' in html
    assert 'id="id_places_error"' in html
    assert 'aria-invalid="true"' in html


def test_field_without_error_is_not_called_invalid() -> None:
    """Mark only what is wrong, and say which field may stay empty."""
    html = _render("{% field form.note %}", _sample())
    assert "aria-invalid" not in html
    assert "placeholder" not in html
    assert "(optional)" in html


def test_choices_form_a_group_with_a_legend() -> None:
    """Give radio buttons one legend and one label each."""
    html = _render("{% field form.kind %}", _sample())
    assert html.count("<fieldset") == html.count("<legend") == 1
    assert html.count('class="ds-input"') == html.count('<label class="ds-label" for="id_kind_')


def test_error_summary_links_to_every_wrong_field() -> None:
    """Lead from the summary to the first control of each wrong field."""
    html = _render("{% form_errors form %}", _sample({"places": "0"}))
    for target in ("#id_places", "#id_kind_0", "#id_agree"):
        assert f'href="{target}"' in html
    assert 'role="alert"' in html


def test_error_summary_is_absent_without_errors_and_without_form() -> None:
    """Print nothing for a fresh form or a page without one."""
    assert _render("{% form_errors form nothing %}", _sample()).strip() == ""


# Lists and values


@pytest.mark.parametrize(
    ("query", "direction", "link"),
    [
        ("", "none", "?sort=places"),
        ("?sort=places&q=x&page=3", "ascending", "?sort=-places&amp;q=x"),
        ("?sort=-places", "descending", "?sort=places"),
    ],
)
def test_sort_header_toggles_and_keeps_the_rest(query: str, direction: str, link: str) -> None:
    """Sort by a link that keeps the search and starts at the first page."""
    html = _render('{% sort_header "places" "Places" %}', query=query)
    assert f'aria-sort="{direction}"' in html
    assert f'href="{link}"' in html


def test_toolbar_keeps_foreign_parameters_and_offers_to_clear() -> None:
    """Keep what the form does not own; escape what it repeats."""
    filters = [{"name": "status", "label": "Status", "choices": [("", "All"), ("open", "Open")]}]
    html = _render(
        '{% list_toolbar search="Search" filters=filters %}',
        {"filters": filters},
        query="?q=%3Cb%3E&status=open&view=map&page=2",
    )
    assert '<input type="hidden" name="view" value="map">' in html
    assert 'value="&lt;b&gt;"' in html
    assert '<option value="open" selected>' in html
    assert 'href="?view=map"' in html
    assert "page=2" not in html


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "1,250\xa0EUR"), ("fr", "1\u202f250\xa0EUR"), ("es", "1.250\xa0EUR")],
)
def test_money_follows_the_language_and_names_the_currency(language: str, expected: str) -> None:
    """Print the same three letters everywhere, the figures as the reader writes them."""
    with translation.override(language):
        assert expected in ui.money(1250, "EUR")
        assert "EUR" in ui.money(Decimal("10.5"), "EUR")


def test_absent_values_are_said_not_guessed() -> None:
    """Print a dash that a screen reader reads as words."""
    for value in (ui.number(None), ui.money(None, "EUR"), ui.percent(None), ui.localdate(None)):
        assert "not stated" in value


def test_percent_keeps_one_decimal() -> None:
    """Print a share as it was declared."""
    with translation.override("en"):
        assert "12.5%" in ui.percent(Decimal("0.125"))
        assert "25%" in ui.percent(0.25)


def test_bars_grow_from_the_start_of_the_line() -> None:
    """Draw bars from the right in right-to-left pages."""
    with translation.override("en"):
        assert [bar["start"] for bar in ui.bar_chart("t", [("a", 4), ("b", 1)])["bars"]] == [
            "0",
            "0",
        ]
    with translation.override("ar"):
        bars = ui.bar_chart("t", [("a", 4), ("b", 1), ("c", None, "few")])["bars"]
    assert [bar["start"] for bar in bars] == ["0.00", "75.00", "100.00"]


def test_server_error_page_needs_nothing() -> None:
    """Render the page of last resort without request, database or static manifest."""
    html = engines["django"].get_template("500.html").render()
    assert html.count("<h1>") == 1
