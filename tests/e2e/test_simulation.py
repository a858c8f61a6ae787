"""Result pages of simulations in a real browser: narrow, right to left, without serious fault."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clearinghouse.simulation import services
from tests.factories.accounts import make_user
from tests.factories.quotas import make_quota
from tests.factories.simulation import ASKED, ask, count_round, do, make_pool
from tests.web.doors import signed_in, stop_clock

pytestmark = [pytest.mark.e2e, pytest.mark.django_db]

ROOT = Path(__file__).parents[2]
AXE = ROOT / "tests" / "vendor" / "axe.min.js"
# A folder in which to leave pictures for people to look at.
PICTURES = os.environ.get("PICTURES", "")
MORE = {"changes": [{"on": "all", "share": "60", "factor": "1.5"}]}


def _pages(language: str) -> list[tuple[str, Client, str]]:
    """Make a pool with everything about it, and name the pages that show it."""
    world = make_pool(24, places=(30, 4), reserve_share=(50, 0), order="reserve_first")
    operator = make_user("operator", language=language)
    approver = make_user("approver", state="DE", language=language)
    whole = do(ask(operator, world, MORE))
    waiting = ask(operator, world)
    quota = make_quota("DE", "submitted", 12, 50)
    forecast = services.simulate_quota(
        by=approver,
        quota_id=quota.public_id,
        number=world.number,
        mapped_to=world.quotas[0].reference,
        now=ASKED,
    )
    do(forecast)
    count_round()
    anybody = Client(headers={"accept-language": language})
    inside, state = signed_in(operator), signed_in(approver)
    return [
        ("simulation", inside, reverse("simulation", args=[whole.public_id])),
        ("waiting", inside, reverse("simulation", args=[waiting.public_id])),
        ("list", inside, reverse("simulations")),
        ("new", inside, reverse("simulation-new")),
        ("attach", state, reverse("simulation-quota", args=[quota.public_id])),
        ("forecast", state, reverse("simulation", args=[forecast.public_id])),
        ("quota", state, reverse("state-quota", args=[quota.public_id])),
        ("approve", state, reverse("state-quota-move", args=[quota.public_id, "approve"])),
        ("result", anybody, reverse("public-result", args=[world.number])),
        ("rules", anybody, reverse("public-rules")),
    ]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_pages_fit_a_phone_and_pass_axe(
    chromium: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    stop_clock(monkeypatch, ASKED)
    page = chromium.new_page()
    wrong = []
    for name, client, url in _pages(language):
        answer = client.get(url)
        assert answer.status_code == 200, name
        html = answer.content.decode().replace('"/static/', f'"file://{ROOT}/static/')
        file = tmp_path / f"{name}.html"
        file.write_text(html, encoding="utf-8")
        for width in (360, 1000):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(file.as_uri())
            if PICTURES:
                page.screenshot(path=f"{PICTURES}/{name}-{language}-{width}.png", full_page=True)
            wide = page.evaluate(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if wide > 0:
                wrong.append(f"{name} at {width}: {wide} too wide")
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
        wrong += [
            f"{name}: {fault['id']} {fault['nodes'][0]['html'][:120]}"
            for fault in found["violations"]
            if fault["impact"] in {"serious", "critical"}
        ]
    page.close()
    assert wrong == []
