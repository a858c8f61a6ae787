"""The same page in both directions: every box must be the mirror image of its twin."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import RequestFactory
from django.urls import path
from django.utils import translation

from clearinghouse.web.templatetags import ui

pytestmark = [pytest.mark.e2e, pytest.mark.urls(__name__)]

ROOT = Path(settings.BASE_DIR)
AXE = ROOT / "tests" / "vendor" / "axe.min.js"
WIDTHS = (360, 1000)

NAMES = "home set_language account_login account_signup public-quotas public-rules api-docs privacy"


def _nothing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path(f"{name}/", _nothing, name=name) for name in NAMES.split()]

PAGE = """
{% extends "base.html" %}{% load ui %}
{% block title %}Components{% endblock %}
{% block content %}
<header class="page-header"><div class="spread"><h1>Components</h1>
  <a class="ds-button" href="#x">Post a quota</a></div><p class="lead">Every part once.</p></header>
<div class="stack">
{% include "partials/steps.html" %}
{% include "partials/stats.html" %}
{% list_toolbar search="Search" filters=filters sorts=sorts total=42 %}
<table class="ds-table table-cards"><caption>Quotas</caption>
  <thead><tr>{% sort_header "ref" "Number" %}{% sort_header "places" "Places" numeric=True %}
    <th scope="col">Closes</th><th scope="col">Status</th></tr></thead>
  <tbody>{% for row in rows %}<tr><th scope="row"><a href="#x">{% bdi row.0 %}</a></th>
    <td class="number" data-label="Places">{% number row.1 %}</td>
    <td data-label="Closes">{% localdate row.2 %}</td>
    <td data-label="Status">{% status_tag row.3 row.3 %}</td></tr>{% endfor %}</tbody></table>
{% include "partials/pagination.html" %}
<form method="post" class="stack" novalidate>{% form_errors form %}{% fields form %}
  {% field priced.wage suffix="EUR" %}
  <div class="actions"><button class="ds-button">Save</button>
    <a class="ds-button" data-variant="tertiary" href="#x">Cancel</a></div></form>
<div class="with-aside"><div class="stack">
  {% include "partials/definition_list.html" with items=facts %}
  {% bar_chart "Places by state" bars unit="Places" %}
  {% include "partials/progress.html" with label="Matching" percent=62 stage="Second step" %}
  <div class="table-scroll" role="region" tabindex="0" aria-label="Wide table">
    <table class="ds-table">
    <thead><tr>{% for row in rows %}<th scope="col" class="nowrap">A long heading {{ row.0 }}</th>
    {% endfor %}</tr></thead><tbody><tr>{% for row in rows %}<td>{{ row.1 }}</td>{% endfor %}</tr>
    </tbody></table></div>
  {% include "partials/empty.html" with title="Nothing yet" action_url="#x" action_label="Post" %}
</div><aside class="stack"><section class="ds-card stack"><h2>Card</h2><p>Words.</p></section>
  {% include "partials/alert.html" with kind="warning" title="Look" text="Words." %}
  {% include "partials/alert.html" with kind="success" text="Words." %}</aside></div>
<details class="ds-details" open><summary>More</summary><div><p>Words.</p></div></details>
</div>
{% endblock %}
"""

BOXES = """() => {
  const width = document.documentElement.clientWidth;
  const sides = (style, name, suffix) =>
    ["Left", "Right"].map((side) => style[name + side + suffix]);
  const rows = [];
  for (const element of document.body.querySelectorAll("*")) {
    const style = getComputedStyle(element);
    if (["inline", "none", "contents"].includes(style.display)) continue;
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || element.closest("noscript, .ds-sr-only")) continue;
    rows.push({
      name: `${element.tagName}.${element.getAttribute("class") ?? ""}`,
      left: box.left, right: width - box.right, top: box.top, height: box.height,
      padding: sides(style, "padding", ""), border: sides(style, "border", "Width"),
    });
  }
  return { overflow: document.documentElement.scrollWidth - width, rows };
}"""


class _Sample(forms.Form):
    places = forms.IntegerField(help_text="Whole places", min_value=1)
    kind = forms.ChoiceField(choices=[("a", "First"), ("b", "Second")], widget=forms.RadioSelect)
    state = forms.ChoiceField(choices=[("", "Choose"), ("no", "Norway")])
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    tongues = forms.MultipleChoiceField(
        choices=[("ar", "Arabic")], required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    paper = forms.FileField(required=False)
    agree = forms.BooleanField()


class _Priced(forms.Form):
    wage = forms.DecimalField()


def _context() -> dict[str, Any]:
    link = {"url": "#x", "current": False}
    days = dt.date(2026, 12, 31)
    kinds = ("open", "draft", "refused", "returned")
    return {
        "form": _Sample({"places": "0"}),
        "priced": _Priced(),
        "demo_mode": True,
        "crumbs": [("Quotas", "#x"), ("Components", "")],
        "navigation": [
            {**link, "label": "Start", "count": 3},
            {**link, "label": "Quotas", "current": True},
        ],
        "section_navigation": [{**link, "label": "Facts", "current": True}],
        "steps": [
            {"label": "Employer", "state": "done", "url": "#x"},
            {"label": "Places", "state": "current"},
            {"label": "Rights", "state": "todo"},
        ],
        "stats": [{"label": "Places", "value": "1,645", "hint": "in 4 quotas"}] * 3,
        "filters": [{"name": "status", "label": "Status", "choices": [("", "All")]}],
        "sorts": [("ref", "Number")],
        "rows": [(f"Q-{n}", 1000 * n, days, kind) for n, kind in enumerate(kinds, 1)],
        "page": Paginator(range(42), 10).page(2),
        "facts": [("Employer", "Nordlys"), ("Reserve", Decimal("0.25"))],
        "bars": [("Norway", 1200), ("Kenya", 340), ("Fiji", None, "fewer than 10")],
    }


def _draw(folder: Path, direction: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the component page with the same English words in one direction."""
    with monkeypatch.context() as patch:
        for module in (translation, ui):
            patch.setattr(module, "get_language_bidi", lambda: direction == "rtl")
        request = RequestFactory().get("/components/?sort=-places&page=2")
        with translation.override("en"):
            html = engines["django"].from_string(PAGE).render(_context(), request)
    file = folder / f"{direction}.html"
    file.write_text(html.replace('"/static/', f'"file://{ROOT}/static/'), encoding="utf-8")
    return file


@pytest.fixture
def browser(chromium: Any) -> Any:
    """Use the one browser of the session."""
    return chromium


def _differences(ltr: dict[str, Any], rtl: dict[str, Any]) -> list[str]:
    wrong = []
    for one, other in zip(ltr["rows"], rtl["rows"], strict=True):
        same_place = (
            abs(one["left"] - other["right"]) <= 1
            and abs(one["right"] - other["left"]) <= 1
            and abs(one["top"] - other["top"]) <= 1
            and abs(one["height"] - other["height"]) <= 1
        )
        mirrored = all(one[edge] == other[edge][::-1] for edge in ("padding", "border"))
        if not (same_place and mirrored):
            wrong.append(f"{one} != {other}")
    return wrong


@pytest.mark.parametrize("width", WIDTHS)
def test_right_to_left_is_the_mirror_image(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """Find no box out of place and no page that scrolls sideways."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    measured = {}
    for direction in ("ltr", "rtl"):
        page.goto(_draw(tmp_path, direction, monkeypatch).as_uri())
        measured[direction] = page.evaluate(BOXES)
        assert measured[direction]["overflow"] <= 0
    page.close()
    assert len(measured["ltr"]["rows"]) > 100
    assert _differences(measured["ltr"], measured["rtl"]) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_components_have_no_serious_accessibility_fault(  # noqa: PLR0917 - a fixture each
    browser: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    direction: str,
    scheme: str,
) -> None:
    """Find nothing serious or critical with axe-core, in either direction and colour scheme."""
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(_draw(tmp_path, direction, monkeypatch).as_uri())
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    page.close()
    faults = [
        f"{fault['id']}: {[node['target'] for node in fault['nodes']]}"
        for fault in found["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]
    assert faults == []


def test_keyboard_reaches_the_skip_link_first(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let the first press of Tab offer the way past the menu, when no error takes the focus."""
    page = browser.new_page(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    monkeypatch.setattr(f"{__name__}._Sample", lambda _data: "")
    monkeypatch.setattr(f"{__name__}.PAGE", '{% extends "base.html" %}')
    page.goto(_draw(tmp_path, "rtl", monkeypatch).as_uri())
    page.keyboard.press("Tab")
    assert page.locator(".ds-skip-link:focus").count() == 1
    page.close()
